const leastInputChannels = 512;
const leastOutputChannels = 1024;

/**
 * Whether oneDNN, as TensorFlow 2.21 carries it, may end the process on this convolution: choosing the blocks of a 1x1 kernel from
 * 512 to 1024 channels at stride 1 it divides by zero on AMD's Zen 5 (`brg_blocking_t::est_eff_1x1`, SIGFPE; seen for every batch size
 * and map). Such a convolution is the product of two matrices, and computed as that it does no harm.
 * @param kernelShape [k, k, in, out]
 */
export function mayEndOneDnn(kernelShape: readonly number[], strides: number): boolean {
  const [height = 0, width = 0, input = 0, output = 0] = kernelShape;
  return height === 1 && width === 1 && strides === 1 && input >= leastInputChannels && output >= leastOutputChannels;
}
