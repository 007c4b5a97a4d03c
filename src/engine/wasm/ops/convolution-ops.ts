import { conv2dFilterGradient, depthwiseFilterGradient, depthwiseInputGradient } from '../convolution-gradients';
import { shape4, size } from '../convolution-window';
import type { OpCall, OpTable } from '../op-call';
import { requireChannelsLast } from './activation-ops';

/** Convolutions of NHWC images and their gradients, without dilation. */
export const convolutionOps: OpTable = {
  Conv2D: (call) => {
    const { strides, padding } = windowOf(call);
    return call.tf.conv2d(call.image(0), call.image(1), strides, padding);
  },
  Conv2DBackpropInput: (call) => {
    const { strides, padding } = windowOf(call);
    return call.tf.conv2dTranspose(call.image(2), call.image(1), shape4(call.integers(0)), strides, padding);
  },
  Conv2DBackpropFilter: (call) => conv2dFilterGradient(call.tf, call.image(0), call.image(2), call.integers(1), windowOf(call)),
  DepthwiseConv2dNative: (call) => {
    const { strides, padding } = windowOf(call);
    return call.tf.depthwiseConv2d(call.image(0), call.image(1), strides, padding);
  },
  DepthwiseConv2dNativeBackpropInput: (call) => depthwiseInputGradient(call.tf, call.image(2), call.image(1), call.integers(0), windowOf(call)),
  DepthwiseConv2dNativeBackpropFilter: (call) => depthwiseFilterGradient(call.tf, call.image(0), call.image(2), call.integers(1), windowOf(call)),
};

function windowOf(call: OpCall): { strides: [number, number]; padding: 'same' | 'valid' } {
  requireChannelsLast(call);
  if (call.ints('dilations')?.some((dilation) => dilation !== 1)) throw new Error('the WebAssembly engine has no dilated convolutions');
  const strides = call.ints('strides') ?? [1, 1, 1, 1];
  const padding = call.string('padding', 'VALID').toLowerCase();
  if (padding !== 'same' && padding !== 'valid') throw new Error(`padding ${padding} is not supported by the WebAssembly engine`);
  return { strides: [size(strides, 1), size(strides, 2)], padding };
}
