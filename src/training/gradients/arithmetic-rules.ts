import type { GraphBuilder, GraphTensor } from '../../network/graph/graph-builder';
import * as ops from '../../network/graph/operations';
import { attr, gradient, input, output, type GradientContext, type GradientRule } from './rule';

/** Sums a gradient over the axes along which an operand of `shape` was broadcast. */
function sumToShape(g: GraphBuilder, tensor: GraphTensor, shape: readonly number[]): GraphTensor {
  if (tensor.shape.join() === shape.join()) return tensor;
  if (shape.length === 1 && tensor.shape.length > 1 && shape[0] === tensor.shape.at(-1)) {
    // BiasAddGrad is TensorFlow's fast sum per channel.
    return g.op1({
      op: 'BiasAddGrad', inputs: [tensor], outputs: [{ shape, dtype: tensor.dtype }], attrs: { T: ops.typeOf(tensor), data_format: { kind: 'string', value: 'NHWC' } },
    });
  }
  const missing = tensor.shape.length - shape.length;
  const axes = tensor.shape.flatMap((size, axis) => (axis < missing || (shape[axis - missing] === 1 && size !== 1) ? [axis] : []));
  const summed = ops.reduce(g, 'Sum', tensor, axes, true);
  return missing > 0 ? ops.reshape(g, summed, shape) : summed;
}

/** Gradients of an elementwise operation with two operands, each summed back to its operand's shape and made only if wanted. */
function elementwise(left: (context: GradientContext) => GraphTensor, right: (context: GradientContext) => GraphTensor): GradientRule {
  return (context) =>
    [left, right].map((make, index) => (context.wanted[index] ? sumToShape(context.g, make(context), input(context, index).shape) : undefined));
}

function divide(context: GradientContext, index: 0 | 1): GraphTensor {
  const scaled = ops.binary(context.g, 'RealDiv', gradient(context), input(context, 1));
  if (index === 0) return scaled;
  return ops.unary(context.g, 'Neg', ops.binary(context.g, 'Mul', scaled, output(context, 0)));
}

/** The gradient goes to the larger operand; to the second when they are equal. */
function maximum(context: GradientContext, index: 0 | 1): GraphTensor {
  const { g } = context;
  const firstWins = ops.cast(g, ops.compare(g, 'Greater', input(context, 0), input(context, 1)), 'float32');
  const share = index === 0 ? firstWins : ops.binary(g, 'Sub', g.scalar(1), firstWins);
  return ops.binary(g, 'Mul', gradient(context), share);
}

/** The gradient goes to the smaller operand; to the second when they are equal. */
function minimum(context: GradientContext, index: 0 | 1): GraphTensor {
  const { g } = context;
  const firstWins = ops.cast(g, ops.compare(g, 'Greater', input(context, 1), input(context, 0)), 'float32');
  const share = index === 0 ? firstWins : ops.binary(g, 'Sub', g.scalar(1), firstWins);
  return ops.binary(g, 'Mul', gradient(context), share);
}

/** -1 / sqrt(1 - x^2). Infinite at +-1: whoever takes an angle keeps its cosine away from there. */
function acos(context: GradientContext): ReturnType<GradientRule> {
  const { g } = context;
  const sineSquared = ops.binary(g, 'Sub', g.scalar(1), ops.unary(g, 'Square', input(context, 0)));
  return [ops.unary(g, 'Neg', ops.binary(g, 'Mul', gradient(context), ops.unary(g, 'Rsqrt', sineSquared)))];
}

/** Every element that is the largest of its group gets an equal share. */
function max(context: GradientContext): ReturnType<GradientRule> {
  const { g } = context;
  const x = input(context, 0);
  const y = output(context, 0);
  if (y.shape.length !== x.shape.length) throw new Error(`No gradient for ${context.node.op} that drops axes`);
  const axes = x.shape.flatMap((size, axis) => (y.shape[axis] === size ? [] : [axis]));
  const largest = ops.cast(g, ops.compare(g, 'Equal', x, y), 'float32');
  const share = ops.binary(g, 'RealDiv', gradient(context), ops.reduce(g, 'Sum', largest, axes, true));
  return [ops.binary(g, 'Mul', largest, share)];
}

function matMul(context: GradientContext): ReturnType<GradientRule> {
  if (attr(context, 'transpose_a', 'bool') || attr(context, 'transpose_b', 'bool')) throw new Error('No gradient for a transposing MatMul');
  const { g } = context;
  const dy = gradient(context);
  return [
    context.wanted[0] ? ops.matMul(g, dy, input(context, 1), false, true) : undefined,
    context.wanted[1] ? ops.matMul(g, input(context, 0), dy, true, false) : undefined,
  ];
}

/** Broadcasts a gradient back over the axes that were summed. */
function sum(context: GradientContext): ReturnType<GradientRule> {
  const { g } = context;
  const x = input(context, 0);
  const kept = x.shape.map((size, axis) => (output(context, 0).shape.length === x.shape.length ? (output(context, 0).shape[axis] ?? size) : 1));
  const dy = gradient(context);
  const aligned = dy.shape.length === x.shape.length ? dy : reshapeForBroadcast(g, dy, kept, context);
  const shape = g.int32(x.shape);
  return [g.op1({ op: 'BroadcastTo', inputs: [aligned, shape], outputs: [{ shape: x.shape }], attrs: { T: ops.float32Type, Tidx: ops.int32Type } })];
}

function reshapeForBroadcast(g: GraphBuilder, dy: GraphTensor, kept: readonly number[], context: GradientContext): GraphTensor {
  if (dy.shape.length !== 0) throw new Error(`No gradient for ${context.node.op} that drops some axes but not all`);
  return ops.reshape(g, dy, kept);
}

function mean(context: GradientContext): ReturnType<GradientRule> {
  const count = input(context, 0).shape.reduce((product, size) => product * size, 1) / output(context, 0).shape.reduce((product, size) => product * size, 1);
  const [dx] = sum(context);
  return [dx && ops.binary(context.g, 'Mul', dx, context.g.scalar(1 / count))];
}

function cast(context: GradientContext): ReturnType<GradientRule> {
  const { dtype } = input(context, 0);
  if (dtype !== 'float32' && dtype !== 'bfloat16') throw new Error(`No gradient through Cast from ${dtype}: that is for labels and masks only`);
  return [ops.cast(context.g, gradient(context), dtype)];
}

export const arithmeticRules: Readonly<Record<string, GradientRule>> = {
  AddV2: elementwise(gradient, gradient),
  Sub: elementwise(gradient, (context) => ops.unary(context.g, 'Neg', gradient(context))),
  Mul: elementwise(
    (context) => ops.binary(context.g, 'Mul', gradient(context), input(context, 1)),
    (context) => ops.binary(context.g, 'Mul', gradient(context), input(context, 0)),
  ),
  RealDiv: elementwise((context) => divide(context, 0), (context) => divide(context, 1)),
  Maximum: elementwise((context) => maximum(context, 0), (context) => maximum(context, 1)),
  Minimum: elementwise((context) => minimum(context, 0), (context) => minimum(context, 1)),
  MatMul: matMul,
  Max: max,
  Sum: sum,
  Mean: mean,
  Neg: (context) => [ops.unary(context.g, 'Neg', gradient(context))],
  Identity: (context) => [gradient(context)],
  Square: (context) => [ops.binary(context.g, 'Mul', gradient(context), ops.binary(context.g, 'Mul', input(context, 0), context.g.scalar(2)))],
  Sqrt: (context) => [ops.binary(context.g, 'Mul', ops.binary(context.g, 'RealDiv', gradient(context), output(context, 0)), context.g.scalar(0.5))],
  Rsqrt: (context) => {
    const { g } = context;
    const y = output(context, 0);
    const cube = ops.binary(g, 'Mul', y, ops.unary(g, 'Square', y));
    return [ops.binary(g, 'Mul', gradient(context), ops.binary(g, 'Mul', cube, g.scalar(-0.5)))];
  },
  Cos: (context) => [ops.unary(context.g, 'Neg', ops.binary(context.g, 'Mul', gradient(context), ops.unary(context.g, 'Sin', input(context, 0))))],
  Sin: (context) => [ops.binary(context.g, 'Mul', gradient(context), ops.unary(context.g, 'Cos', input(context, 0)))],
  Acos: acos,
  Cast: cast,
};
