/** Operations of the detectors' networks that the face networks do not have. Images are NHWC, float32. */
import type { GraphBuilder, GraphTensor } from '../../../network/graph/graph-builder';
import { biasAdd, conv2d, convolutionAttrs, convolvedLength, depthwiseConv2d, dimension, float32Type, int32Type } from '../../../network/graph/operations';
import type { Padding } from '../../../network/network-spec';
import type { Weight } from '../published-weights';

export function weightConstant(g: GraphBuilder, { shape, data }: Weight, name: string): GraphTensor {
  return g.constant({ dtype: 'float32', shape, data }, name);
}

export interface ConvolutionWeights {
  readonly filters: Weight;
  readonly bias: Weight;
}

/** Convolution and bias. */
export function convolution(g: GraphBuilder, x: GraphTensor, { filters, bias }: ConvolutionWeights, strides: number, padding: Padding): GraphTensor {
  return biasAdd(g, conv2d(g, x, weightConstant(g, filters, 'filters'), strides, padding), weightConstant(g, bias, 'bias'));
}

export interface SeparableWeights {
  readonly depthwise: Weight;
  readonly pointwise: Weight;
  readonly bias: Weight;
}

/** Depthwise 3x3 (SAME), pointwise 1x1, bias; nothing between the two convolutions. */
export function separableConvolution(g: GraphBuilder, x: GraphTensor, { depthwise, pointwise, bias }: SeparableWeights, strides: number): GraphTensor {
  const filtered = depthwiseConv2d(g, x, weightConstant(g, depthwise, 'depthwise'), strides, 'same');
  return convolution(g, filtered, { filters: pointwise, bias }, 1, 'same');
}

export function pool(g: GraphBuilder, op: 'MaxPool' | 'AvgPool', x: GraphTensor, size: number, strides: number, padding: Padding): GraphTensor {
  const length = (axis: number): number => convolvedLength(dimension(x, axis), size, strides, padding);
  const shape = [dimension(x, 0), length(1), length(2), dimension(x, 3)];
  return g.op1({
    op, inputs: [x], outputs: [{ shape }], attrs: { ...convolutionAttrs(x, strides, padding), ksize: { kind: 'ints', value: [1, size, size, 1] } },
  });
}

/** The sum of tensors of one shape. */
export function addN(g: GraphBuilder, terms: readonly GraphTensor[]): GraphTensor {
  const [first] = terms;
  if (!first) throw new Error('AddN needs terms');
  if (terms.length === 1) return first;
  return g.op1({ op: 'AddN', inputs: terms, outputs: [{ shape: first.shape }], attrs: { T: float32Type, N: { kind: 'int', value: terms.length } } });
}

/** @param shape of the result */
export function concat(g: GraphBuilder, parts: readonly GraphTensor[], axis: number, shape: readonly number[]): GraphTensor {
  const [first] = parts;
  if (parts.length === 1 && first) return first;
  return g.op1({
    op: 'ConcatV2', inputs: [...parts, g.int32([axis], [])], outputs: [{ shape }],
    attrs: { T: float32Type, N: { kind: 'int', value: parts.length }, Tidx: int32Type },
  });
}
