import { elementCount, type ElementType, type HostTensor } from '../../network/graph/graph-def';
import { dataTypeCodes, isByteStrings } from '../../network/graph/graph-def-writer';
import type { Pointer } from './c-api';
import { present, type TensorFlowLibrary } from './tensorflow-library';

/** sizeof(TF_TString). */
const stringSizeBytes = 24;

const elementTypes = new Map(Object.entries(dataTypeCodes).map(([type, code]) => [code, type as ElementType]));

/** A TF_Tensor made from a HostTensor. Strings belong to it and must outlive every use: `free` it last. */
export interface FedTensor {
  readonly pointer: Pointer;
  free(): void;
}

/** Copies a tensor into TensorFlow. @throws Error when data and shape disagree */
export function createNativeTensor(tensorflow: TensorFlowLibrary, tensor: HostTensor): FedTensor {
  const count = elementCount(tensor.shape);
  const data = tensor.data;
  if (data.length !== count) throw new Error(`A tensor of shape [${tensor.shape.join()}] needs ${count} elements, not ${data.length}`);
  const dims = BigInt64Array.from(tensor.shape, BigInt);
  const sizeBytes = isByteStrings(data) ? count * stringSizeBytes : data.byteLength;
  const { api } = tensorflow;
  const pointer = present(api.TF_AllocateTensor(dataTypeCodes[tensor.dtype], dims, dims.length, sizeBytes), 'tensor');
  if (isByteStrings(data)) {
    const strings = writeStrings(tensorflow, pointer, data);
    return {
      pointer,
      free() {
        for (const text of strings) api.TF_StringDealloc(text);
        api.TF_DeleteTensor(pointer);
      },
    };
  }
  if (sizeBytes > 0) tensorflow.copy.toC(present(api.TF_TensorData(pointer), 'tensor data'), data, sizeBytes);
  return { pointer, free: () => api.TF_DeleteTensor(pointer) };
}

/** Fills a string tensor; returns the addresses of its strings. */
export function writeStrings(tensorflow: TensorFlowLibrary, tensor: Pointer, texts: readonly Uint8Array[]): Pointer[] {
  if (texts.length === 0) return [];
  const { api } = tensorflow;
  const start = present(api.TF_TensorData(tensor), 'tensor data');
  return texts.map((bytes, index) => {
    const text = start + BigInt(index * stringSizeBytes);
    api.TF_StringInit(text);
    api.TF_StringCopy(text, bytes, bytes.byteLength);
    return text;
  });
}

/** Copies a TF_Tensor out of TensorFlow; the caller still frees it. */
export function readNativeTensor(tensorflow: TensorFlowLibrary, tensor: Pointer): HostTensor {
  const { api } = tensorflow;
  const code = api.TF_TensorType(tensor);
  const dtype = elementTypes.get(code);
  const shape = Array.from({ length: api.TF_NumDims(tensor) }, (_, axis) => Number(api.TF_Dim(tensor, axis)));
  if (dtype === undefined || dtype === 'resource' || dtype === 'bfloat16') throw new Error(`TensorFlow data type ${code} cannot be fetched`);
  if (dtype === 'string') return { dtype, shape, data: readStrings(tensorflow, tensor) };
  const data = allocate(dtype, elementCount(shape));
  if (data.byteLength > 0) tensorflow.copy.fromC(data, present(api.TF_TensorData(tensor), 'tensor data'), data.byteLength);
  return { dtype, shape, data };
}

export function readStrings(tensorflow: TensorFlowLibrary, tensor: Pointer): Uint8Array[] {
  const { api } = tensorflow;
  const count = Number(api.TF_TensorElementCount(tensor));
  if (count === 0) return [];
  const start = present(api.TF_TensorData(tensor), 'tensor data');
  return Array.from({ length: count }, (_, index) => {
    const text = start + BigInt(index * stringSizeBytes);
    const bytes = new Uint8Array(Number(api.TF_StringGetSize(text)));
    if (bytes.length > 0) tensorflow.copy.fromC(bytes, present(api.TF_StringGetDataPointer(text), 'string'), bytes.length);
    return bytes;
  });
}

function allocate(dtype: Exclude<ElementType, 'string' | 'resource' | 'bfloat16'>, count: number): Float32Array | Int32Array | BigInt64Array | Uint8Array {
  switch (dtype) {
    case 'float32':
      return new Float32Array(count);
    case 'int32':
      return new Int32Array(count);
    case 'int64':
      return new BigInt64Array(count);
    case 'uint8':
    case 'bool':
      return new Uint8Array(count);
  }
}
