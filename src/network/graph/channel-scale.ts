import type { GraphBuilder, GraphTensor } from './graph-builder';
import * as ops from './operations';

/**
 * Multiplies each channel of images [n, h, w, c] by a factor of its own, as a depthwise convolution of one pixel: TensorFlow's
 * broadcasting product takes two to four times as long.
 * @param factors [c], float32
 */
export function scaleChannels(g: GraphBuilder, x: GraphTensor, factors: GraphTensor): GraphTensor {
  const kernel = ops.reshape(g, ops.cast(g, factors, floatType(x)), [1, 1, ops.dimension(x, 3), 1]);
  return ops.depthwiseConv2d(g, x, kernel, 1, 'valid');
}

/**
 * Gradients of `scaleChannels` in one pass: those of a batch normalisation with given statistics, mean 0 and variance 1.
 * @returns gradient of `x`, and of `factors` in float32
 */
export function scaleChannelsGradient(g: GraphBuilder, dy: GraphTensor, x: GraphTensor, factors: GraphTensor): { dx: GraphTensor; dFactors: GraphTensor } {
  const channels = [ops.dimension(x, 3)];
  const filled = (value: number): GraphTensor => g.constant({ dtype: 'float32', shape: channels, data: new Float32Array(ops.dimension(x, 3)).fill(value) });
  const mean = filled(0);
  const [dx, dFactors] = g.op({
    op: 'FusedBatchNormGradV3',
    inputs: [dy, x, factors, mean, filled(1), mean],
    outputs: [{ shape: x.shape, dtype: x.dtype }, { shape: channels }, { shape: channels }, { shape: [0] }, { shape: [0] }],
    attrs: ops.fusedBatchNormAttrs(x, 0, false),
  });
  if (!dx || !dFactors) throw new Error('FusedBatchNormGradV3 lacks outputs');
  return { dx, dFactors };
}

function floatType(x: GraphTensor): 'float32' | 'bfloat16' {
  return x.dtype === 'bfloat16' ? 'bfloat16' : 'float32';
}
