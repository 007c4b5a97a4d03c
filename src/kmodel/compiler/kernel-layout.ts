/** Keras keeps kernels channels-last, [ky][kx][in][out]; the chip wants [out][in][ky][kx]. */

export function channelFirstKernel(kernel: Float32Array, kernelSize: number, outputs: number): Float32Array {
  const taps = kernelSize ** 2;
  const inputs = kernel.length / (taps * outputs);
  const result = new Float32Array(kernel.length);
  for (let tap = 0; tap < taps; tap++) {
    for (let input = 0; input < inputs; input++) {
      for (let output = 0; output < outputs; output++) result[(output * inputs + input) * taps + tap] = kernel[(tap * inputs + input) * outputs + output] as number;
    }
  }
  return result;
}

/** [ky][kx][channel][1] to [channel][ky][kx]. */
export function depthwiseKernel(kernel: Float32Array, kernelSize: number, channels: number): Float32Array {
  const taps = kernelSize ** 2;
  return Float32Array.from({ length: kernel.length }, (_, i) => kernel[(i % taps) * channels + Math.floor(i / taps)] as number);
}

/** [in][out] to [out][in]. */
export function transposed(matrix: Float32Array, outputs: number): Float32Array {
  const inputs = matrix.length / outputs;
  return Float32Array.from({ length: matrix.length }, (_, i) => matrix[(i % inputs) * outputs + Math.floor(i / inputs)] as number);
}

/** Turns every kernel of `taps` values by 180 degrees. */
export function turnedKernels(weights: Float32Array, taps: number): Float32Array {
  return Float32Array.from({ length: weights.length }, (_, i) => weights[i - (i % taps) + taps - 1 - (i % taps)] as number);
}

/** The inverse of `channelFirstKernel`. */
export function channelsLastKernel(weights: Float32Array, taps: number, outputs: number): Float32Array {
  const inputs = weights.length / (taps * outputs);
  const result = new Float32Array(weights.length);
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++) {
      for (let tap = 0; tap < taps; tap++) result[(tap * inputs + input) * outputs + output] = weights[(output * inputs + input) * taps + tap] as number;
    }
  }
  return result;
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
