import type * as tfjs from '@tensorflow/tfjs';
import type { OpCall, OpTable } from '../op-call';
import { sumPerChannel } from './arithmetic-ops';

const defaultLeakyReluSlope = 0.2;

/** Activations and biases. The gradients' inputs are (gradient, features), as in TensorFlow. */
export const activationOps: OpTable = {
  Relu: (call) => call.tf.relu(call.input(0)),
  ReluGrad: (call) => call.tf.mul(call.input(0), positive(call, call.input(1))),
  Relu6: (call) => call.tf.relu6(call.input(0)),
  Relu6Grad: (call) => {
    const below = call.tf.cast(call.tf.less(call.input(1), 6), 'float32');
    return call.tf.mul(call.input(0), call.tf.mul(positive(call, call.input(1)), below));
  },
  LeakyRelu: (call) => call.tf.leakyRelu(call.input(0), call.float('alpha', defaultLeakyReluSlope)),
  LeakyReluGrad: (call) => {
    const slope = call.float('alpha', defaultLeakyReluSlope);
    const factor = call.tf.add(call.tf.mul(positive(call, call.input(1)), 1 - slope), slope);
    return call.tf.mul(call.input(0), factor);
  },
  Softmax: (call) => call.tf.softmax(call.input(0)),
  BiasAdd: (call) => {
    requireChannelsLast(call);
    return call.tf.add(call.input(0), call.input(1));
  },
  BiasAddGrad: (call) => {
    requireChannelsLast(call);
    return sumPerChannel(call.tf, call.input(0));
  },
};

function positive(call: OpCall, features: tfjs.Tensor): tfjs.Tensor {
  return call.tf.cast(call.tf.greater(features, 0), 'float32');
}

export function requireChannelsLast(call: OpCall): void {
  const format = call.string('data_format', 'NHWC');
  if (format !== 'NHWC') throw new Error(`data_format is ${format}; the WebAssembly engine knows NHWC only`);
}
