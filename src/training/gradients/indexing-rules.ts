import type { GraphTensor } from '../../network/graph/graph-builder';
import * as ops from '../../network/graph/operations';
import { gradient, input, type GradientContext, type GradientRule } from './rule';

function reshape(context: GradientContext): ReturnType<GradientRule> {
  return [ops.reshape(context.g, gradient(context), input(context, 0).shape), undefined];
}

/** Each row of indices is different, so placing the gradients at their origins is the sum. */
function gatherNd(context: GradientContext): ReturnType<GradientRule> {
  return [ops.scatterUpdate(context.g, ops.zeros(context.g, input(context, 0).shape), input(context, 1), gradient(context)), undefined];
}

/** The replaced elements pass their gradient to the updates, all others to the matrix. */
function tensorScatterUpdate(context: GradientContext): ReturnType<GradientRule> {
  const { g } = context;
  const dy = gradient(context);
  const indices = input(context, 1);
  const updates = input(context, 2);
  const zeros = g.constant({ dtype: 'float32', shape: updates.shape, data: new Float32Array(ops.dimension(updates, 0)) });
  return [
    context.wanted[0] ? ops.scatterUpdate(g, dy, indices, zeros) : undefined,
    undefined,
    context.wanted[2] ? ops.gatherNd(g, dy, indices) : undefined,
  ];
}

function selectV2(context: GradientContext): ReturnType<GradientRule> {
  const { g } = context;
  const dy = gradient(context);
  const condition = input(context, 0);
  if (input(context, 1).shape.join() !== input(context, 2).shape.join()) throw new Error('No gradient for a broadcasting SelectV2');
  const zeros = ops.zeros(g, dy.shape);
  return [undefined, ops.select(g, condition, dy, zeros), ops.select(g, condition, zeros, dy)];
}

function biasAdd(context: GradientContext): ReturnType<GradientRule> {
  const dy = gradient(context);
  const dBias = (): GraphTensor =>
    context.g.op1({
      op: 'BiasAddGrad', inputs: [dy], outputs: [{ shape: input(context, 1).shape }], attrs: { T: ops.float32Type, data_format: { kind: 'string', value: 'NHWC' } },
    });
  return [dy, context.wanted[1] ? dBias() : undefined];
}

/** Puts the axes back. */
function transpose(context: GradientContext): ReturnType<GradientRule> {
  const order = constantOf(context, 1);
  return [ops.transpose(context.g, gradient(context), [...order.keys()].map((axis) => order.indexOf(axis))), undefined];
}

/** Cuts the padding off again. */
function pad(context: GradientContext): ReturnType<GradientRule> {
  const { g } = context;
  const x = input(context, 0);
  const padding = constantOf(context, 1);
  const begin = g.int32(x.shape.map((_, axis) => padding[axis * 2] ?? 0));
  const dx = g.op1({ op: 'Slice', inputs: [gradient(context), begin, g.int32(x.shape)], outputs: [{ shape: x.shape, dtype: x.dtype }], attrs: { T: ops.typeOf(x), Index: ops.int32Type } });
  return [dx, undefined];
}

/** The whole numbers of an input that is a constant. */
function constantOf(context: GradientContext, index: number): Int32Array {
  const { ref } = input(context, index);
  const value = context.g.records.find((record) => record.node.name === ref)?.node.attrs['value'];
  if (value?.kind !== 'tensor' || !(value.value.data instanceof Int32Array)) throw new Error(`Input ${index} of ${context.node.name} is not constant`);
  return value.value.data;
}

export const indexingRules: Readonly<Record<string, GradientRule>> = {
  Reshape: reshape,
  GatherNd: gatherNd,
  TensorScatterUpdate: tensorScatterUpdate,
  SelectV2: selectV2,
  BiasAdd: biasAdd,
  Transpose: transpose,
  Pad: pad,
};
