/**
 * Typed builders for the TensorFlow operations that the networks use, with shape inference.
 * Images are NHWC; a first dimension of -1 is the free batch. Names and attributes as in TensorFlow's op registry.
 */
import type { AttrValue } from './graph-def';
import type { GraphBuilder, GraphTensor, GraphVariable } from './graph-builder';
import type { Padding } from '../network-spec';
import { mayEndOneDnn } from './faulty-convolution';

export const float32Type: AttrValue = { kind: 'type', value: 'float32' };
export const int32Type: AttrValue = { kind: 'type', value: 'int32' };

/** The element type of a tensor as the attribute `T` of what is computed on it. */
export function typeOf(tensor: GraphTensor): AttrValue {
  return { kind: 'type', value: tensor.dtype };
}

const nhwc: AttrValue = { kind: 'string', value: 'NHWC' };

/** Dimension `axis` of a tensor; an error when the tensor has no such axis. */
export function dimension(tensor: GraphTensor, axis: number): number {
  const size = tensor.shape.at(axis);
  if (size === undefined) throw new Error(`${tensor.ref} [${tensor.shape.join()}] has no axis ${axis}`);
  return size;
}

/** Output length of a convolution along one axis (TensorFlow's SAME and VALID). */
export function convolvedLength(length: number, kernelSize: number, strides: number, padding: Padding): number {
  return padding === 'same' ? Math.ceil(length / strides) : Math.floor((length - kernelSize) / strides) + 1;
}

export function convolutionAttrs(x: GraphTensor, strides: number, padding: Padding): Record<string, AttrValue> {
  return {
    T: typeOf(x),
    strides: { kind: 'ints', value: [1, strides, strides, 1] },
    padding: { kind: 'string', value: padding.toUpperCase() },
    data_format: nhwc,
  };
}

function convolvedShape(x: GraphTensor, kernelSize: number, channels: number, strides: number, padding: Padding): number[] {
  return [
    dimension(x, 0),
    convolvedLength(dimension(x, 1), kernelSize, strides, padding),
    convolvedLength(dimension(x, 2), kernelSize, strides, padding),
    channels,
  ];
}

/** @param kernel [k, k, in, out] */
export function conv2d(g: GraphBuilder, x: GraphTensor, kernel: GraphTensor, strides: number, padding: Padding): GraphTensor {
  const shape = convolvedShape(x, dimension(kernel, 0), dimension(kernel, 3), strides, padding);
  if (mayEndOneDnn(kernel.shape, strides)) return pointwiseProduct(g, x, kernel, shape);
  return g.op1({ op: 'Conv2D', inputs: [x, kernel], outputs: [{ shape, dtype: x.dtype }], attrs: convolutionAttrs(x, strides, padding) });
}

/** A convolution with a 1x1 kernel at stride 1 as a product of matrices. */
function pointwiseProduct(g: GraphBuilder, x: GraphTensor, kernel: GraphTensor, shape: readonly number[]): GraphTensor {
  const pixels = reshape(g, x, [-1, dimension(kernel, 2)]);
  return reshape(g, matMul(g, pixels, reshape(g, kernel, kernel.shape.slice(2))), shape);
}

/** @param kernel [k, k, in, 1] */
export function depthwiseConv2d(g: GraphBuilder, x: GraphTensor, kernel: GraphTensor, strides: number, padding: Padding): GraphTensor {
  const shape = convolvedShape(x, dimension(kernel, 0), dimension(x, 3), strides, padding);
  return g.op1({ op: 'DepthwiseConv2dNative', inputs: [x, kernel], outputs: [{ shape, dtype: x.dtype }], attrs: convolutionAttrs(x, strides, padding) });
}

/** Adds a [channels] vector along the last axis. */
export function biasAdd(g: GraphBuilder, x: GraphTensor, bias: GraphTensor): GraphTensor {
  return g.op1({ op: 'BiasAdd', inputs: [x, bias], outputs: [{ shape: x.shape, dtype: x.dtype }], attrs: { T: typeOf(x), data_format: nhwc } });
}

/** @param paddings [before, after] per axis */
export function pad(g: GraphBuilder, x: GraphTensor, paddings: readonly (readonly [number, number])[]): GraphTensor {
  const shape = x.shape.map((size, axis) => (size < 0 ? size : size + (paddings[axis]?.[0] ?? 0) + (paddings[axis]?.[1] ?? 0)));
  return g.op1({
    op: 'Pad', inputs: [x, g.int32(paddings.flat(), [paddings.length, 2])], outputs: [{ shape, dtype: x.dtype }], attrs: { T: typeOf(x), Tpaddings: int32Type },
  });
}

export interface BatchNormalizationInputs {
  readonly x: GraphTensor;
  readonly gamma: GraphTensor;
  readonly beta: GraphTensor;
  readonly movingMean: GraphTensor;
  readonly movingVariance: GraphTensor;
}

/** Batch normalisation over N, H, W with the batch's own statistics; also returns the new moving statistics. */
export function batchNormalizationInTraining(
  g: GraphBuilder,
  inputs: BatchNormalizationInputs,
  epsilon: number,
  momentum: number,
): { y: GraphTensor; movingMean: GraphTensor; movingVariance: GraphTensor } {
  const channels = [dimension(inputs.x, -1)];
  const [y, movingMean, movingVariance] = g.op({
    op: 'FusedBatchNormV3',
    inputs: [inputs.x, inputs.gamma, inputs.beta, inputs.movingMean, inputs.movingVariance],
    outputs: [{ shape: inputs.x.shape, dtype: inputs.x.dtype }, { shape: channels }, { shape: channels }, { shape: channels }, { shape: channels }, { shape: channels }],
    attrs: {
      ...fusedBatchNormAttrs(inputs.x, epsilon, true),
      exponential_avg_factor: { kind: 'float', value: 1 - momentum },
    },
  });
  if (!y || !movingMean || !movingVariance) throw new Error('FusedBatchNormV3 lacks outputs');
  return { y, movingMean, movingVariance };
}

/** Batch normalisation with given statistics (inference). */
export function batchNormalizationInInference(g: GraphBuilder, inputs: BatchNormalizationInputs, epsilon: number): GraphTensor {
  const channels = [dimension(inputs.x, -1)];
  const [y] = g.op({
    op: 'FusedBatchNormV3',
    inputs: [inputs.x, inputs.gamma, inputs.beta, inputs.movingMean, inputs.movingVariance],
    outputs: [{ shape: inputs.x.shape, dtype: inputs.x.dtype }, { shape: channels }, { shape: channels }, { shape: channels }, { shape: channels }, { shape: channels }],
    attrs: fusedBatchNormAttrs(inputs.x, epsilon, false),
  });
  if (!y) throw new Error('FusedBatchNormV3 lacks outputs');
  return y;
}

/** Statistics and parameters are float32 whatever the images are. */
export function fusedBatchNormAttrs(x: GraphTensor, epsilon: number, isTraining: boolean): Record<string, AttrValue> {
  return { T: typeOf(x), U: float32Type, epsilon: { kind: 'float', value: epsilon }, data_format: nhwc, is_training: { kind: 'bool', value: isTraining } };
}

type UnaryOp = 'Relu' | 'Relu6' | 'Square' | 'Sqrt' | 'Rsqrt' | 'Neg' | 'Cos' | 'Sin' | 'Acos' | 'Exp' | 'Log' | 'Identity' | 'StopGradient';

export function unary(g: GraphBuilder, op: UnaryOp, x: GraphTensor, name?: string): GraphTensor {
  return g.op1({ op, inputs: [x], outputs: [{ shape: x.shape, dtype: x.dtype }], attrs: { T: typeOf(x) }, ...(name === undefined ? {} : { name }) });
}

export function leakyRelu(g: GraphBuilder, x: GraphTensor, negativeSlope: number): GraphTensor {
  return g.op1({ op: 'LeakyRelu', inputs: [x], outputs: [{ shape: x.shape, dtype: x.dtype }], attrs: { T: typeOf(x), alpha: { kind: 'float', value: negativeSlope } } });
}

type BinaryOp = 'AddV2' | 'Sub' | 'Mul' | 'RealDiv' | 'Maximum' | 'Minimum';
type ComparisonOp = 'Greater' | 'GreaterEqual' | 'Equal';

/** Shape of two shapes broadcast against each other (NumPy's rule). */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const p = a[a.length - rank + i] ?? 1;
    const q = b[b.length - rank + i] ?? 1;
    if (p !== q && p !== 1 && q !== 1) throw new Error(`[${a.join()}] and [${b.join()}] cannot be broadcast`);
    return p === 1 ? q : p;
  });
}

export function binary(g: GraphBuilder, op: BinaryOp, a: GraphTensor, b: GraphTensor): GraphTensor {
  return g.op1({ op, inputs: [a, b], outputs: [{ shape: broadcastShape(a.shape, b.shape), dtype: a.dtype }], attrs: { T: typeOf(a) } });
}

export function compare(g: GraphBuilder, op: ComparisonOp, a: GraphTensor, b: GraphTensor): GraphTensor {
  return g.op1({ op, inputs: [a, b], outputs: [{ shape: broadcastShape(a.shape, b.shape), dtype: 'bool' }], attrs: { T: typeOf(a) } });
}

/** `condition ? a : b`, element by element; all of one shape. */
export function select(g: GraphBuilder, condition: GraphTensor, a: GraphTensor, b: GraphTensor): GraphTensor {
  return g.op1({ op: 'SelectV2', inputs: [condition, a, b], outputs: [{ shape: broadcastShape(a.shape, b.shape), dtype: a.dtype }], attrs: { T: typeOf(a) } });
}

/** `x` itself when it has this type already. */
export function cast(g: GraphBuilder, x: GraphTensor, dtype: 'float32' | 'bfloat16' | 'int32'): GraphTensor {
  if (x.dtype === dtype) return x;
  return g.op1({ op: 'Cast', inputs: [x], outputs: [{ shape: x.shape, dtype }], attrs: { SrcT: { kind: 'type', value: x.dtype }, DstT: { kind: 'type', value: dtype }, Truncate: { kind: 'bool', value: false } } });
}

export function matMul(g: GraphBuilder, a: GraphTensor, b: GraphTensor, transposeA = false, transposeB = false): GraphTensor {
  const inner = dimension(a, transposeA ? 0 : 1);
  if (inner !== dimension(b, transposeB ? 1 : 0)) throw new Error(`MatMul of [${a.shape.join()}] and [${b.shape.join()}]`);
  return g.op1({
    op: 'MatMul', inputs: [a, b], outputs: [{ shape: [dimension(a, transposeA ? 1 : 0), dimension(b, transposeB ? 0 : 1)], dtype: a.dtype }],
    attrs: { T: typeOf(a), transpose_a: { kind: 'bool', value: transposeA }, transpose_b: { kind: 'bool', value: transposeB } },
  });
}

/** @param shape may hold one -1 */
export function reshape(g: GraphBuilder, x: GraphTensor, shape: readonly number[]): GraphTensor {
  return g.op1({ op: 'Reshape', inputs: [x, g.int32(shape)], outputs: [{ shape, dtype: x.dtype }], attrs: { T: typeOf(x), Tshape: int32Type } });
}

/** Sum, mean or largest value over `axes`. */
export function reduce(g: GraphBuilder, op: 'Sum' | 'Mean' | 'Max', x: GraphTensor, axes: readonly number[], keepDims: boolean): GraphTensor {
  const shape = x.shape.flatMap((size, axis) => (axes.includes(axis) ? (keepDims ? [1] : []) : [size]));
  return g.op1({ op, inputs: [x, g.int32(axes)], outputs: [{ shape, dtype: x.dtype }], attrs: { T: typeOf(x), Tidx: int32Type, keep_dims: { kind: 'bool', value: keepDims } } });
}

/** Divides by the Euclidean length along `axis`. */
export function l2Normalize(g: GraphBuilder, x: GraphTensor, axis: 0 | 1): GraphTensor {
  const squares = reduce(g, 'Sum', unary(g, 'Square', x), [axis], true);
  return binary(g, 'Mul', x, unary(g, 'Rsqrt', binary(g, 'Maximum', squares, g.scalar(1e-12))));
}

/** Index of the largest value of each row. */
export function argMax(g: GraphBuilder, x: GraphTensor): GraphTensor {
  return g.op1({
    op: 'ArgMax', inputs: [x, g.int32([1], [])], outputs: [{ shape: [dimension(x, 0)], dtype: 'int32' }],
    attrs: { T: float32Type, Tidx: int32Type, output_type: int32Type },
  });
}

/** [row, column[row]] for each row: indices for `gatherNd` and `scatterUpdate`. Shape [rows, 2]. */
export function rowIndices(g: GraphBuilder, columns: GraphTensor): GraphTensor {
  const rows = dimension(columns, 0);
  return g.op1({
    op: 'Pack', inputs: [g.int32(Array.from({ length: rows }, (_, i) => i)), columns], outputs: [{ shape: [rows, 2], dtype: 'int32' }],
    attrs: { N: { kind: 'int', value: 2 }, T: int32Type, axis: { kind: 'int', value: 1 } },
  });
}

/** One value of a matrix per row of `indices` [n, 2]. */
export function gatherNd(g: GraphBuilder, matrix: GraphTensor, indices: GraphTensor): GraphTensor {
  return g.op1({ op: 'GatherNd', inputs: [matrix, indices], outputs: [{ shape: [dimension(indices, 0)] }], attrs: { Tparams: float32Type, Tindices: int32Type } });
}

/** A copy of `matrix` with `values` [n] at `indices` [n, 2]. */
export function scatterUpdate(g: GraphBuilder, matrix: GraphTensor, indices: GraphTensor, values: GraphTensor): GraphTensor {
  return g.op1({ op: 'TensorScatterUpdate', inputs: [matrix, indices, values], outputs: [{ shape: matrix.shape }], attrs: { T: float32Type, Tindices: int32Type } });
}

/** Cross-entropy of each row of logits [n, classes] against its label [n]. Shape [n]. */
export function sparseSoftmaxCrossEntropy(g: GraphBuilder, logits: GraphTensor, labels: GraphTensor): GraphTensor {
  const [loss] = g.op({
    op: 'SparseSoftmaxCrossEntropyWithLogits', inputs: [logits, labels], outputs: [{ shape: [dimension(logits, 0)] }, { shape: logits.shape }],
    attrs: { T: float32Type, Tlabels: int32Type },
  });
  if (!loss) throw new Error('SparseSoftmaxCrossEntropyWithLogits lacks outputs');
  return loss;
}

/** Uniform numbers in [0, 1) that depend on `seed` (int32 [2]) alone. */
export function statelessUniform(g: GraphBuilder, shape: readonly number[], seed: GraphTensor): GraphTensor {
  return g.op1({
    op: 'StatelessRandomUniform', inputs: [g.int32(shape), seed], outputs: [{ shape }],
    attrs: { dtype: float32Type, T: int32Type, Tseed: int32Type },
  });
}

/** A tensor of zeros, without a constant of its size in the graph. */
export function zeros(g: GraphBuilder, shape: readonly number[]): GraphTensor {
  return g.op1({ op: 'BroadcastTo', inputs: [g.scalar(0), g.int32(shape)], outputs: [{ shape }], attrs: { T: float32Type, Tidx: int32Type } });
}

/** @param order the axes of `x` in their new order */
export function transpose(g: GraphBuilder, x: GraphTensor, order: readonly number[]): GraphTensor {
  return g.op1({
    op: 'Transpose', inputs: [x, g.int32(order)], outputs: [{ shape: order.map((axis) => dimension(x, axis)), dtype: x.dtype }],
    attrs: { T: typeOf(x), Tperm: int32Type },
  });
}

/** The rows of a variable at `indices` [n], without reading the others. Shape [n, ...rest]. */
export function gatherRows(g: GraphBuilder, variable: GraphVariable, indices: GraphTensor): GraphTensor {
  return g.op1({
    op: 'ResourceGather', inputs: [variable.handle, indices], outputs: [{ shape: [dimension(indices, 0), ...variable.shape.slice(1)] }],
    attrs: { dtype: float32Type, Tindices: int32Type },
  });
}

/** The rows of a tensor at `indices` [n]. Shape [n, ...rest]. */
export function gather(g: GraphBuilder, x: GraphTensor, indices: GraphTensor): GraphTensor {
  return g.op1({
    op: 'GatherV2', inputs: [x, indices, g.int32([0], [])], outputs: [{ shape: [dimension(indices, 0), ...x.shape.slice(1)], dtype: x.dtype }],
    attrs: { Tparams: typeOf(x), Tindices: int32Type, Taxis: int32Type, batch_dims: { kind: 'int', value: 0 } },
  });
}

/** Replaces the rows of a variable at `indices` [n], each at most once, by `rows` [n, ...rest]. @returns the node to run */
export function assignRows(g: GraphBuilder, variable: GraphVariable, indices: GraphTensor, rows: GraphTensor, name: string): string {
  return g.action({ op: 'ResourceScatterUpdate', name, inputs: [variable.handle, indices, rows], attrs: { dtype: float32Type, Tindices: int32Type } });
}

/** `x` with the values along each of `axes` in the opposite order. */
export function reverse(g: GraphBuilder, x: GraphTensor, axes: readonly number[]): GraphTensor {
  return g.op1({ op: 'ReverseV2', inputs: [x, g.int32(axes)], outputs: [{ shape: x.shape, dtype: x.dtype }], attrs: { T: typeOf(x), Tidx: int32Type } });
}

export function concat(g: GraphBuilder, tensors: readonly GraphTensor[], axis: number): GraphTensor {
  const [first] = tensors;
  if (!first) throw new Error('There is nothing to concatenate');
  const shape = first.shape.map((size, i) => (i === axis ? tensors.reduce((sum, tensor) => sum + dimension(tensor, axis), 0) : size));
  return g.op1({
    op: 'ConcatV2', inputs: [...tensors, g.int32([axis], [])], outputs: [{ shape, dtype: first.dtype }],
    attrs: { N: { kind: 'int', value: tensors.length }, T: typeOf(first), Tidx: int32Type },
  });
}

/** The pieces of a tensor along an axis. @param sizes of each, all in all that of `x` */
export function splitSizes(g: GraphBuilder, x: GraphTensor, sizes: readonly number[], axis = 0): readonly GraphTensor[] {
  return g.op({
    op: 'SplitV', inputs: [x, g.int32(sizes), g.int32([axis], [])], outputs: sizes.map((size) => ({ shape: x.shape.map((length, i) => (i === axis ? size : length)), dtype: x.dtype })),
    attrs: { num_split: { kind: 'int', value: sizes.length }, T: typeOf(x), Tlen: int32Type },
  });
}
