import { mayEndOneDnn } from '../../network/graph/faulty-convolution';
import { dataTypeCodes } from '../../network/graph/graph-def-writer';
import type { Pointer } from './c-api';
import type { EagerContext } from './eager-context';
import { attrTypes, createEagerOp, type EagerAttr } from './eager-op';
import { readStrings, writeStrings } from './native-tensor';
import { SavedModels } from './saved-models';
import { present, throwIfFailed, type TensorFlowLibrary } from './tensorflow-library';

/** What an operation returned, as TensorFlow.js wants to know it. `dtype` is a tensorflow.DataType. */
interface TensorMetadata {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

type TensorValues = Float32Array | Int32Array | Uint8Array | BigInt64Array | Uint8Array[];

const complex64Code = 8;
const stringSizeBytes = 24;
const elementBytes = new Map<number, number>([
  [dataTypeCodes.float32, 4], [dataTypeCodes.int32, 4], [dataTypeCodes.uint8, 1], [dataTypeCodes.int64, 8], [dataTypeCodes.bool, 1],
  [dataTypeCodes.resource, 1], [complex64Code, 8],
]);

/**
 * The interface between tfjs-node's JavaScript and TensorFlow (its dist/tfjs_binding.d.ts) on the C API's eager mode.
 * Tensors are numbered; each number stands for a TFE_TensorHandle until `deleteTensor`.
 */
export class TfjsBinding {
  readonly TF_FLOAT = dataTypeCodes.float32;
  readonly TF_INT32 = dataTypeCodes.int32;
  readonly TF_INT64 = dataTypeCodes.int64;
  readonly TF_BOOL = dataTypeCodes.bool;
  readonly TF_COMPLEX64 = complex64Code;
  readonly TF_STRING = dataTypeCodes.string;
  readonly TF_RESOURCE = dataTypeCodes.resource;
  readonly TF_UINT8 = dataTypeCodes.uint8;
  readonly TF_ATTR_STRING = attrTypes.string;
  readonly TF_ATTR_INT = attrTypes.int;
  readonly TF_ATTR_FLOAT = attrTypes.float;
  readonly TF_ATTR_BOOL = attrTypes.bool;
  readonly TF_ATTR_TYPE = attrTypes.type;
  readonly TF_ATTR_SHAPE = attrTypes.shape;
  readonly TF_ATTR_RESOURCE = attrTypes.resource;
  readonly TF_Version: string;

  private readonly handles = new Map<number, Pointer>();
  private readonly savedModels: SavedModels;
  private readonly status: Pointer;
  private nextId = 0;

  constructor(
    private readonly tensorflow: TensorFlowLibrary,
    private readonly context: EagerContext,
  ) {
    this.TF_Version = tensorflow.version;
    this.status = tensorflow.api.TF_NewStatus();
    this.savedModels = new SavedModels(tensorflow);
  }

  createTensor(shape: number[], dtype: number, values: TensorValues): number {
    const tensor = Array.isArray(values) ? this.allocate(shape, dtype, values.length * stringSizeBytes) : this.numericTensor(shape, dtype, values);
    if (!Array.isArray(values)) return this.keep(this.toDevice(this.handleOf(tensor), dtype));
    const strings = writeStrings(this.tensorflow, tensor, values);
    const borrowed = this.handleOf(tensor);
    try {
      return this.keep(this.ownStrings(borrowed));
    } finally {
      // The strings lie in the memory that the handle keeps.
      for (const text of strings) this.tensorflow.api.TF_StringDealloc(text);
      this.tensorflow.api.TFE_DeleteTensorHandle(borrowed);
    }
  }

  deleteTensor(id: number): void {
    this.tensorflow.api.TFE_DeleteTensorHandle(this.handle(id));
    this.handles.delete(id);
  }

  tensorDataSync(id: number): TensorValues {
    const { api, copy } = this.tensorflow;
    const handle = this.handle(id);
    const dtype = api.TFE_TensorHandleDataType(handle);
    const tensor = this.resolve(handle);
    try {
      if (dtype === dataTypeCodes.string) return readStrings(this.tensorflow, tensor);
      const sizeBytes = Number(api.TF_TensorByteSize(tensor));
      const values = allocateValues(dtype, sizeBytes);
      if (sizeBytes > 0) copy.fromC(values, present(api.TF_TensorData(tensor), 'tensor data'), sizeBytes);
      return values;
    } finally {
      api.TF_DeleteTensor(tensor);
    }
  }

  executeOp(name: string, attrs: readonly EagerAttr[], inputIds: readonly number[], outputCount: number): TensorMetadata[] {
    const inputs = inputIds.map((id) => this.handle(id));
    const outputs = name === 'Conv2D' && this.mayEnd(attrs, inputs) ? [this.pointwiseProduct(inputs)] : this.execute(name, attrs, inputs, outputCount);
    return outputs.map((handle) => this.metadata(handle));
  }

  loadSavedModel(folder: string, tags: string): number {
    return this.savedModels.load(folder, tags.split(','));
  }

  deleteSavedModel(id: number): void {
    this.savedModels.delete(id);
  }

  runSavedModel(id: number, inputIds: readonly number[], inputNames: string, outputNames: string): TensorMetadata[] {
    const { api } = this.tensorflow;
    const inputs = inputIds.map((inputId) => this.resolve(this.handle(inputId)));
    try {
      const outputs = this.savedModels.run(id, splitNames(inputNames), inputs, splitNames(outputNames));
      return outputs.map((tensor) => this.metadata(this.handleOf(tensor)));
    } finally {
      for (const tensor of inputs) api.TF_DeleteTensor(tensor);
    }
  }

  getNumOfSavedModels(): number {
    return this.savedModels.count;
  }

  getNumOfTensors(): number {
    return this.handles.size;
  }

  isUsingGpuDevice(): boolean {
    return this.context.usesGpu;
  }

  /** Frees everything that is left, then the context. */
  close(): void {
    for (const handle of this.handles.values()) this.tensorflow.api.TFE_DeleteTensorHandle(handle);
    this.handles.clear();
    this.savedModels.close();
    this.tensorflow.api.TF_DeleteStatus(this.status);
    this.context.close();
  }

  private execute(name: string, attrs: readonly EagerAttr[], inputs: readonly Pointer[], outputCount: number): Pointer[] {
    const { api } = this.tensorflow;
    const op = createEagerOp(this.tensorflow, this.context.pointer, this.status, name, attrs, inputs);
    try {
      const outputs = new BigUint64Array(outputCount);
      api.TFE_Execute(op, outputs, Int32Array.of(outputCount), this.status);
      throwIfFailed(api, this.status);
      return [...outputs];
    } finally {
      api.TFE_DeleteOp(op);
    }
  }

  private mayEnd(attrs: readonly EagerAttr[], [, kernel]: readonly Pointer[]): boolean {
    const strides = attrs.find(({ name }) => name === 'strides')?.value;
    return kernel !== undefined && Array.isArray(strides) && mayEndOneDnn(this.shapeOf(kernel), Math.max(...strides.map(Number)));
  }

  /** A convolution with a 1x1 kernel at stride 1 as a product of matrices. */
  private pointwiseProduct([x, kernel]: readonly Pointer[]): Pointer {
    if (x === undefined || kernel === undefined) throw new Error('Conv2D takes two inputs');
    const [, , channels = 0, filters = 0] = this.shapeOf(kernel);
    const typeAttr = { name: 'T', type: attrTypes.type, value: dataTypeCodes.float32 };
    const transposeAttrs = ['transpose_a', 'transpose_b'].map((name) => ({ name, type: attrTypes.bool, value: false }));
    const owned: Pointer[] = [];
    const own = (handle: Pointer | undefined): Pointer => {
      const kept = present(handle ?? null, 'tensor handle');
      owned.push(kept);
      return kept;
    };
    const reshaped = (handle: Pointer, shape: readonly number[]): Pointer | undefined => {
      const wanted = own(this.handleOf(this.numericTensor([shape.length], dataTypeCodes.int32, Int32Array.from(shape))));
      const attrs = [typeAttr, { name: 'Tshape', type: attrTypes.type, value: dataTypeCodes.int32 }];
      return this.execute('Reshape', attrs, [handle, wanted], 1)[0];
    };
    try {
      const factors = [own(reshaped(x, [-1, channels])), own(reshaped(kernel, [channels, filters]))];
      const product = own(this.execute('MatMul', [typeAttr, ...transposeAttrs], factors, 1)[0]);
      return present(reshaped(product, [...this.shapeOf(x).slice(0, 3), filters]) ?? null, 'tensor handle');
    } finally {
      for (const handle of owned) this.tensorflow.api.TFE_DeleteTensorHandle(handle);
    }
  }

  private numericTensor(shape: readonly number[], dtype: number, values: Exclude<TensorValues, Uint8Array[]>): Pointer {
    const wantedBytes = shape.reduce((product, size) => product * size, elementBytes.get(dtype) ?? 0);
    if (values.byteLength !== wantedBytes) throw new Error(`Shape [${shape.join()}] does not match a typed array of ${values.byteLength} bytes`);
    const tensor = this.allocate(shape, dtype, wantedBytes);
    if (wantedBytes > 0) this.tensorflow.copy.toC(present(this.tensorflow.api.TF_TensorData(tensor), 'tensor data'), values, wantedBytes);
    return tensor;
  }

  private allocate(shape: readonly number[], dtype: number, sizeBytes: number): Pointer {
    return present(this.tensorflow.api.TF_AllocateTensor(dtype, BigInt64Array.from(shape, BigInt), shape.length, sizeBytes), 'tensor');
  }

  /** Turns a TF_Tensor into a handle; the tensor is freed. */
  private handleOf(tensor: Pointer): Pointer {
    const { api } = this.tensorflow;
    const handle = api.TFE_NewTensorHandle(tensor, this.status);
    api.TF_DeleteTensor(tensor);
    throwIfFailed(api, this.status);
    return present(handle, 'tensor handle');
  }

  /** A copy whose strings TensorFlow frees itself; those of a TF_Tensor filled from outside belong to nobody. */
  private ownStrings(borrowed: Pointer): Pointer {
    const attrs = [{ name: 'T', type: attrTypes.type, value: dataTypeCodes.string }];
    const [copy] = this.execute('DeepCopy', attrs, [borrowed], 1);
    return present(copy ?? null, 'tensor handle');
  }

  private toDevice(handle: Pointer, dtype: number): Pointer {
    if (!this.context.usesGpu || dtype === dataTypeCodes.int32) return handle;
    const { api } = this.tensorflow;
    const moved = api.TFE_TensorHandleCopyToDevice(handle, this.context.pointer, this.context.device, this.status);
    api.TFE_DeleteTensorHandle(handle);
    throwIfFailed(api, this.status);
    return present(moved, 'tensor handle');
  }

  private resolve(handle: Pointer): Pointer {
    const { api } = this.tensorflow;
    const tensor = api.TFE_TensorHandleResolve(handle, this.status);
    throwIfFailed(api, this.status);
    return present(tensor, 'tensor');
  }

  private metadata(handle: Pointer): TensorMetadata {
    const { api } = this.tensorflow;
    const shape = this.shapeOf(handle);
    return { id: this.keep(handle), shape, dtype: api.TFE_TensorHandleDataType(handle) };
  }

  private shapeOf(handle: Pointer): number[] {
    const { api } = this.tensorflow;
    const rank = api.TFE_TensorHandleNumDims(handle, this.status);
    throwIfFailed(api, this.status);
    return Array.from({ length: rank }, (_, axis) => Number(api.TFE_TensorHandleDim(handle, axis, this.status)));
  }

  private keep(handle: Pointer): number {
    const id = this.nextId++;
    this.handles.set(id, handle);
    return id;
  }

  private handle(id: number): Pointer {
    const handle = this.handles.get(id);
    if (handle === undefined) throw new Error(`Tensor ${id} is not known to TensorFlow`);
    return handle;
  }
}

function splitNames(names: string): string[] {
  return names.split(',').filter((name) => name !== '');
}

function allocateValues(dtype: number, sizeBytes: number): Float32Array | Int32Array | BigInt64Array | Uint8Array {
  switch (dtype) {
    case dataTypeCodes.float32:
    case complex64Code:
      return new Float32Array(sizeBytes / 4);
    case dataTypeCodes.int32:
      return new Int32Array(sizeBytes / 4);
    case dataTypeCodes.int64:
      return new BigInt64Array(sizeBytes / 8);
    default:
      return new Uint8Array(sizeBytes);
  }
}
