import type { GraphTensor } from '../../network/graph/graph-builder';
import { elementCount } from '../../network/graph/graph-def';
import * as ops from '../../network/graph/operations';
import { attr, gradient, input, type GradientContext, type GradientRule } from './rule';

/** Attributes of the forward convolution that its gradients take over. */
function convolutionAttrs(context: GradientContext): Parameters<GradientContext['g']['op1']>[0]['attrs'] {
  const { T, strides, padding, data_format } = context.node.attrs;
  if (!T || !strides || !padding || !data_format) throw new Error(`${context.node.name} lacks convolution attributes`);
  return { T, strides, padding, data_format };
}

function inputGradient(context: GradientContext, op: string): GraphTensor {
  const x = input(context, 0);
  return context.g.op1({
    op, inputs: [context.g.int32(x.shape), input(context, 1), gradient(context)], outputs: [{ shape: x.shape }], attrs: convolutionAttrs(context) ?? {},
  });
}

function kernelGradient(context: GradientContext, op: string): GraphTensor {
  const kernel = input(context, 1);
  return context.g.op1({
    op, inputs: [input(context, 0), context.g.int32(kernel.shape), gradient(context)], outputs: [{ shape: kernel.shape }], attrs: convolutionAttrs(context) ?? {},
  });
}

/** Gradients of a 1x1 convolution with stride 1 as matrix products, which oneDNN runs faster than its convolution gradients. */
function pointwise(context: GradientContext): ReturnType<GradientRule> {
  const { g } = context;
  const x = input(context, 0);
  const kernel = input(context, 1);
  const [channelsIn, channelsOut] = [ops.dimension(kernel, 2), ops.dimension(kernel, 3)];
  const rows = elementCount(x.shape) / channelsIn;
  const dy = ops.reshape(g, gradient(context), [rows, channelsOut]);
  const dx = (): GraphTensor => ops.reshape(g, ops.matMul(g, dy, ops.reshape(g, kernel, [channelsIn, channelsOut]), false, true), x.shape);
  const dKernel = (): GraphTensor => ops.reshape(g, ops.matMul(g, ops.reshape(g, x, [rows, channelsIn]), dy, true, false), kernel.shape);
  return [context.wanted[0] ? dx() : undefined, context.wanted[1] ? dKernel() : undefined];
}

function conv2d(context: GradientContext): ReturnType<GradientRule> {
  const isPointwise = ops.dimension(input(context, 1), 0) === 1 && attr(context, 'strides', 'ints')[1] === 1;
  if (isPointwise) return pointwise(context);
  return [
    context.wanted[0] ? inputGradient(context, 'Conv2DBackpropInput') : undefined,
    context.wanted[1] ? kernelGradient(context, 'Conv2DBackpropFilter') : undefined,
  ];
}

function depthwiseConv2d(context: GradientContext): ReturnType<GradientRule> {
  return [
    context.wanted[0] ? inputGradient(context, 'DepthwiseConv2dNativeBackpropInput') : undefined,
    context.wanted[1] ? kernelGradient(context, 'DepthwiseConv2dNativeBackpropFilter') : undefined,
  ];
}

export const convolutionRules: Readonly<Record<string, GradientRule>> = {
  Conv2D: conv2d,
  DepthwiseConv2dNative: depthwiseConv2d,
};
