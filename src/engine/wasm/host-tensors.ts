import type * as tfjs from '@tensorflow/tfjs';
import type { ElementType, GraphNode, HostTensor } from '../../network/graph/graph-def';
import { isByteStrings } from '../../network/graph/graph-def-writer';
import type { Tf } from './convolution-window';

/** TensorFlow.js knows float32, int32 and bool; int64 and uint8 are carried as int32. */
export function toTensorflowJs(tf: Tf, tensor: HostTensor): tfjs.Tensor {
  const { data } = tensor;
  if (isByteStrings(data)) throw new Error('the WebAssembly engine takes no strings');
  const shape = [...tensor.shape];
  if (data instanceof BigInt64Array) return tf.tensor(Int32Array.from(data, int32Of), shape, 'int32');
  switch (tensor.dtype) {
    case 'bool':
      return tf.tensor(data as Uint8Array, shape, 'bool');
    case 'uint8':
      return tf.tensor(Int32Array.from(data), shape, 'int32');
    case 'int32':
      return tf.tensor(data as Int32Array, shape, 'int32');
    default:
      return tf.tensor(data as Float32Array, shape, 'float32');
  }
}

function int32Of(value: bigint): number {
  if (BigInt.asIntN(32, value) !== value) throw new Error(`${value} does not fit into the 32 bits that the WebAssembly engine has for it`);
  return Number(value);
}

/** Copies a result out, with the element type that `node` declares for it. */
export function toHostTensor(tensor: tfjs.Tensor, node: GraphNode): HostTensor {
  const values = tensor.dataSync();
  const shape = [...tensor.shape];
  if (tensor.dtype === 'float32') return { dtype: 'float32', shape, data: Float32Array.from(values) };
  if (tensor.dtype === 'bool') return { dtype: 'bool', shape, data: Uint8Array.from(values) };
  switch (declaredIntegerType(node)) {
    case 'int64':
      return { dtype: 'int64', shape, data: BigInt64Array.from(values, BigInt) };
    case 'uint8':
      return { dtype: 'uint8', shape, data: Uint8Array.from(values) };
    default:
      return { dtype: 'int32', shape, data: Int32Array.from(values) };
  }
}

/** Attributes that give the type of an operation's result, the most specific first. */
const resultTypeAttrs = ['output_type', 'DstT', 'out_type', 'dtype', 'Tparams', 'T'] as const;

function declaredIntegerType(node: GraphNode): ElementType | undefined {
  if (node.op === 'ArgMax' && !node.attrs['output_type']) return 'int64';
  if (node.op === 'Shape' && !node.attrs['out_type']) return 'int32';
  for (const name of resultTypeAttrs) {
    const attr = node.attrs[name];
    if (attr?.kind === 'type') return attr.value;
  }
  return undefined;
}
