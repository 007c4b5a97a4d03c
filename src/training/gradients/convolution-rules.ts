import type { GraphTensor } from '../../network/graph/graph-builder';
import type { AttrValue } from '../../network/graph/graph-def';
import { elementCount } from '../../network/graph/graph-def';
import * as ops from '../../network/graph/operations';
import { attr, gradient, input, type GradientContext, type GradientRule } from './rule';

/** Attributes of the forward convolution that its gradients take over. */
function convolutionAttrs(context: GradientContext): Record<string, AttrValue> {
  const { strides, padding, data_format } = context.node.attrs;
  if (!strides || !padding || !data_format) throw new Error(`${context.node.name} lacks convolution attributes`);
  return { T: ops.typeOf(input(context, 0)), strides, padding, data_format };
}

function inputGradient(context: GradientContext, op: string): GraphTensor {
  const { shape, dtype } = input(context, 0);
  return context.g.op1({
    op, inputs: [context.g.int32(shape), input(context, 1), gradient(context)], outputs: [{ shape, dtype }], attrs: convolutionAttrs(context),
  });
}

function kernelGradient(context: GradientContext, op: string): GraphTensor {
  const { shape, dtype } = input(context, 1);
  return context.g.op1({
    op, inputs: [input(context, 0), context.g.int32(shape), gradient(context)], outputs: [{ shape, dtype }], attrs: convolutionAttrs(context),
  });
}

function hasStrideOne(context: GradientContext): boolean {
  return attr(context, 'strides', 'ints')[1] === 1;
}

/**
 * Gradients of a 1x1 convolution with stride 1: of the images as the convolution with the transposed kernel, of the kernel as a
 * product of matrices. That product is taken with the gradient first, which oneDNN computes 10 to 15 % faster than its transposed.
 */
function pointwise(context: GradientContext): ReturnType<GradientRule> {
  const { g } = context;
  const x = input(context, 0);
  const dy = gradient(context);
  const dx = (): GraphTensor => ops.conv2d(g, dy, ops.transpose(g, input(context, 1), [0, 1, 3, 2]), 1, 'valid');
  const rows = (tensor: GraphTensor): GraphTensor => ops.reshape(g, tensor, [elementCount(tensor.shape) / ops.dimension(tensor, 3), ops.dimension(tensor, 3)]);
  const dKernel = (): GraphTensor => {
    const transposed = ops.matMul(g, rows(dy), rows(x), true, false);
    return ops.reshape(g, ops.transpose(g, transposed, [1, 0]), input(context, 1).shape);
  };
  return [context.wanted[0] ? dx() : undefined, context.wanted[1] ? dKernel() : undefined];
}

function conv2d(context: GradientContext): ReturnType<GradientRule> {
  const isPointwise = ops.dimension(input(context, 1), 0) === 1 && ops.dimension(input(context, 1), 1) === 1 && hasStrideOne(context);
  if (isPointwise) return pointwise(context);
  return [
    context.wanted[0] ? inputGradient(context, 'Conv2DBackpropInput') : undefined,
    context.wanted[1] ? kernelGradient(context, 'Conv2DBackpropFilter') : undefined,
  ];
}

function depthwiseConv2d(context: GradientContext): ReturnType<GradientRule> {
  return [context.wanted[0] ? depthwiseInputGradient(context) : undefined, context.wanted[1] ? depthwiseKernelGradient(context) : undefined];
}

/** Where the images' gradient is itself a forward operation, that is taken: oneDNN has fast bfloat16 code for those alone. */
function depthwiseInputGradient(context: GradientContext): GraphTensor {
  const { g } = context;
  const kernel = input(context, 1);
  const dy = gradient(context);
  if (isSamePadded(context)) return ops.depthwiseConv2d(g, dy, ops.reverse(g, kernel, [0, 1]), 1, 'same');
  const [, height, width, channels] = input(context, 0).shape;
  const coversAll = kernel.shape[0] === height && kernel.shape[1] === width && dy.shape[1] === 1 && dy.shape[2] === 1;
  if (coversAll && channels !== undefined) return ops.binary(g, 'Mul', dy, ops.reshape(g, kernel, [1, height ?? 1, width ?? 1, channels]));
  return inFloat32(context, (wide) => inputGradient(wide, 'DepthwiseConv2dNativeBackpropInput'));
}

function depthwiseKernelGradient(context: GradientContext): GraphTensor {
  const op = 'DepthwiseConv2dNativeBackpropFilter';
  return isSamePadded(context) ? kernelGradient(context, op) : inFloat32(context, (wide) => kernelGradient(wide, op));
}

/** An odd kernel that moves by one pixel over an image padded so that its size stays. */
function isSamePadded(context: GradientContext): boolean {
  const kernel = input(context, 1);
  return hasStrideOne(context) && attr(context, 'padding', 'string') === 'SAME' && ops.dimension(kernel, 0) % 2 === 1 && ops.dimension(kernel, 1) % 2 === 1;
}

/** Computes a gradient in float32: with strides, and over the whole image, oneDNN has no bfloat16 code and falls to a tenth of its speed. */
function inFloat32(context: GradientContext, compute: (context: GradientContext) => GraphTensor): GraphTensor {
  const { g } = context;
  const { dtype } = input(context, 0);
  if (dtype === 'float32') return compute(context);
  const wide = (tensor: GraphTensor): GraphTensor => ops.cast(g, tensor, 'float32');
  const result = compute({ ...context, inputs: context.inputs.map(wide), gradients: [wide(gradient(context))] });
  return ops.cast(g, result, dtype === 'bfloat16' ? 'bfloat16' : 'float32');
}

export const convolutionRules: Readonly<Record<string, GradientRule>> = {
  Conv2D: conv2d,
  DepthwiseConv2dNative: depthwiseConv2d,
};
