const channels = 3;

/**
 * Blurs with a Gaussian, in place; what lies outside is the edge's colour.
 * @param picture float32 [size, size, 3]
 * @param deviation of the Gaussian, pixels, above 0
 */
export function blurInPlace(picture: Float32Array, size: number, deviation: number): void {
  const kernel = gaussian(deviation);
  const row = size * channels;
  for (let line = 0; line < size; line++) blurLine(picture, line * row, channels, size, kernel);
  for (let line = 0; line < size; line++) blurLine(picture, line * channels, row, size, kernel);
}

/** Up to three deviations to each side, with sum 1. */
function gaussian(deviation: number): Float64Array {
  const reach = Math.ceil(3 * deviation);
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * deviation ** 2)));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** A row or a column: its pixels lie `stride` values apart from `start` on. */
function blurLine(picture: Float32Array, start: number, stride: number, size: number, kernel: Float64Array): void {
  const reach = (kernel.length - 1) / 2;
  const padded = new Float64Array(size + 2 * reach);
  for (let channel = 0; channel < channels; channel++) {
    const first = start + channel;
    for (let i = 0; i < padded.length; i++) padded[i] = picture[first + Math.min(size - 1, Math.max(0, i - reach)) * stride] ?? 0;
    for (let pixel = 0; pixel < size; pixel++) {
      let sum = 0;
      for (let k = 0; k < kernel.length; k++) sum += (kernel[k] ?? 0) * (padded[pixel + k] ?? 0);
      picture[first + pixel * stride] = sum;
    }
  }
}
