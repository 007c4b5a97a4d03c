import type * as tfjs from '@tensorflow/tfjs';
import { conv2dFilterGradient, depthwiseFilterGradient, depthwiseInputGradient } from './convolution-gradients';
import { size, type ConvolutionWindow, type Tf, type WindowPadding } from './convolution-window';

const backendName = 'wasm';

type KernelInputs = Readonly<Record<string, tfjs.TensorInfo | undefined>>;
type KernelAttrs = Readonly<Record<string, unknown>>;

/**
 * Registers the gradient kernels that tfjs-backend-wasm 4.22 lacks, so that convolutional networks can be trained on it, and
 * replaces those of conv3d, whose results are wrong there, by an error.
 */
export function installGradientKernels(tf: Tf): void {
  register(tf, 'Conv2DBackpropFilter', (inputs, attrs) =>
    conv2dFilterGradient(tf, image(inputs, 'x'), image(inputs, 'dy'), attrs['filterShape'] as number[], windowOf(attrs)));
  register(tf, 'DepthwiseConv2dNativeBackpropFilter', (inputs, attrs) =>
    depthwiseFilterGradient(tf, image(inputs, 'x'), image(inputs, 'dy'), attrs['filterShape'] as number[], windowOf(attrs)));
  register(tf, 'DepthwiseConv2dNativeBackpropInput', (inputs, attrs) =>
    depthwiseInputGradient(tf, image(inputs, 'dy'), image(inputs, 'filter'), attrs['inputShape'] as number[], windowOf(attrs)));
  register(tf, 'UnsortedSegmentSum', (inputs, attrs) => segmentSum(tf, tensor(inputs, 'x'), tensor(inputs, 'segmentIds'), attrs['numSegments'] as number));
  for (const name of ['Conv3DBackpropFilterV2', 'Conv3DBackpropInputV2']) {
    if (tf.getKernel(name, backendName)) tf.unregisterKernel(name, backendName);
    register(tf, name, () => {
      throw new Error('The WebAssembly engine has no gradient of a 3-D convolution');
    });
  }
}

function register(tf: Tf, kernelName: string, compute: (inputs: KernelInputs, attrs: KernelAttrs) => tfjs.Tensor): void {
  if (tf.getKernel(kernelName, backendName)) return;
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs }) => compute(inputs as KernelInputs, (attrs ?? {}) as KernelAttrs),
  });
}

/** Kernels are called with whole tensors although their type says less. */
function tensor(inputs: KernelInputs, name: string): tfjs.Tensor {
  const input = inputs[name];
  if (input === undefined) throw new Error(`Input ${name} is missing`);
  return input as tfjs.Tensor;
}

function image(inputs: KernelInputs, name: string): tfjs.Tensor4D {
  return tensor(inputs, name) as tfjs.Tensor4D;
}

function windowOf(attrs: KernelAttrs): ConvolutionWindow {
  const dilations = [attrs['dilations'] ?? 1].flat();
  if (dilations.some((dilation) => dilation !== 1)) throw new Error('The WebAssembly engine has no gradient of a dilated convolution');
  if ((attrs['dataFormat'] ?? 'NHWC') !== 'NHWC') throw new Error('The WebAssembly engine computes gradients of NHWC images only');
  return { strides: attrs['strides'] as number | [number, number], padding: attrs['pad'] as WindowPadding };
}

/** Adds up the rows of each segment: the gradient of gather. */
function segmentSum(tf: Tf, x: tfjs.Tensor, segmentIds: tfjs.Tensor, segments: number): tfjs.Tensor {
  return tf.tidy(() => {
    const rowShape = x.shape.slice(1);
    const rows = tf.reshape(x, [size(x.shape, 0), -1]) as tfjs.Tensor2D;
    const membership = tf.cast(tf.oneHot(tf.cast(segmentIds, 'int32'), segments), 'float32') as tfjs.Tensor2D;
    return tf.reshape(tf.matMul(membership, rows, true, false), [segments, ...rowShape]);
  });
}
