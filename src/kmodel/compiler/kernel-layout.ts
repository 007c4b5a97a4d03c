import { transposed as transposedWeight, transposedBack } from '../../network/formats/kernel-layout';

/** Keras keeps kernels channels-last, [ky][kx][in][out]; the chip wants [out][in][ky][kx]. */
const channelFirst = [3, 2, 0, 1] as const;

export function channelFirstKernel(kernel: Float32Array, kernelSize: number, outputs: number): Float32Array {
  const inputs = kernel.length / (kernelSize ** 2 * outputs);
  return transposedWeight({ shape: [kernelSize, kernelSize, inputs, outputs], data: kernel }, channelFirst).data;
}

/** The inverse of `channelFirstKernel`. @param taps of a kernel, ky times kx */
export function channelsLastKernel(weights: Float32Array, taps: number, outputs: number): Float32Array {
  const inputs = weights.length / (taps * outputs);
  return transposedBack({ shape: [outputs, inputs, taps, 1], data: weights }, channelFirst).data;
}

/** [ky][kx][channel][1] to [channel][ky][kx]. */
export function depthwiseKernel(kernel: Float32Array, kernelSize: number, channels: number): Float32Array {
  return transposedWeight({ shape: [kernelSize, kernelSize, channels], data: kernel }, [2, 0, 1]).data;
}

/** [in][out] to [out][in]. */
export function transposed(matrix: Float32Array, outputs: number): Float32Array {
  return transposedWeight({ shape: [matrix.length / outputs, outputs], data: matrix }, [1, 0]).data;
}

/** Turns every kernel of `taps` values by 180 degrees. */
export function turnedKernels(weights: Float32Array, taps: number): Float32Array {
  return Float32Array.from({ length: weights.length }, (_, i) => weights[i - (i % taps) + taps - 1 - (i % taps)] as number);
}

/** Depthwise kernels [channel][3][3] that keep the middle pixel times a factor for each channel. */
export function centredKernel(factors: Float32Array): Float32Array {
  const [taps, centre] = [9, 4];
  return Float32Array.from({ length: factors.length * taps }, (_, i) => (i % taps === centre ? (factors[Math.floor(i / taps)] as number) : 0));
}

/** The 1x1 kernel [out][in] that gives its input again. */
export function identityKernel(channels: number): Float32Array {
  return Float32Array.from({ length: channels * channels }, (_, i) => (i % (channels + 1) === 0 ? 1 : 0));
}
