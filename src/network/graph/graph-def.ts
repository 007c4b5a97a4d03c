/**
 * A TensorFlow graph as plain data: what the graph builders produce and what an engine runs.
 * It mirrors tensorflow.GraphDef (tensorflow/core/framework/graph.proto), without anything that this product does not use.
 */
export type ElementType = 'float32' | 'bfloat16' | 'int32' | 'int64' | 'uint8' | 'bool' | 'string' | 'resource';

export type TensorData = Float32Array | Int32Array | BigInt64Array | Uint8Array | readonly Uint8Array[];

/**
 * A tensor in this process's memory, row-major. `data` by `dtype`: float32 Float32Array, int32 Int32Array, int64 BigInt64Array,
 * uint8 and bool Uint8Array, string an array of byte strings. Scalars have shape []. bfloat16 stays inside a graph: nothing of it is fed or fetched.
 */
export interface HostTensor {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export type AttrValue =
  | { readonly kind: 'type'; readonly value: ElementType }
  | { readonly kind: 'types'; readonly value: readonly ElementType[] }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  /** A dimension of -1 is unknown. */
  | { readonly kind: 'shape'; readonly value: readonly number[] }
  | { readonly kind: 'tensor'; readonly value: HostTensor };

export interface GraphNode {
  /** Unique in the graph; `/` groups nodes in TensorBoard. */
  readonly name: string;
  /** Registered TensorFlow operation, e.g. "Conv2D". */
  readonly op: string;
  /** `node` (output 0), `node:1` (output 1), or `^node` (control dependency). */
  readonly inputs: readonly string[];
  readonly attrs: Readonly<Record<string, AttrValue>>;
}

/** Nodes in topological order: a node comes after everything it reads. */
export interface GraphDef {
  readonly nodes: readonly GraphNode[];
}

/** Number of elements of a shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
