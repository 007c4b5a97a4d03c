import type { RgbImage } from '../photos/rgb-image';
import type { FastRandom } from './fast-random';

/**
 * Changes by neighbouring pixels, in the strengths that the original project drew for MS-Celeb-1M (its imgaug pipeline).
 * Outside the picture its border is repeated.
 */

const channels = 3;

/** Left and right exchanged, at equal chances. */
export function flipSometimes(image: RgbImage, random: FastRandom): RgbImage {
  return random.chance(0.5) ? flip(image) : image;
}

export function flip({ width, height, data }: RgbImage): RgbImage {
  const flipped = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * channels;
      flipped.set(data.subarray(from, from + channels), (y * width + width - 1 - x) * channels);
    }
  }
  return { width, height, data: flipped };
}

/** At equal chances nothing, or one of: Gaussian of a deviation up to 3 pixels, mean of 2..7 pixels, median of 3..11. */
export function blurSometimes(image: RgbImage, random: FastRandom): RgbImage {
  if (random.chance(0.5)) return image;
  switch (random.below(3)) {
    case 0:
      return blurGaussian(image, random.between(0, 3));
    case 1:
      return convolveBothWays(image, new Array<number>(2 + random.below(6)).fill(1));
    default:
      return median(image, 3 + 2 * random.below(5));
  }
}

/** Mixes the picture with its sharpened one (centre 8..., neighbours -1; `lightness` 0.75..1.5 is added to the centre). */
export function sharpen(image: RgbImage, random: FastRandom): RgbImage {
  const alpha = random.uniform();
  const centre = 1 - alpha + alpha * (8 + random.between(0.75, 1.5));
  return mapNeighbourhood(image, 1, (values, at) => values.reduce((sum, value, i) => sum + value * (i === at ? centre : -alpha), 0));
}

/** The median of each square of `side` (odd) pixels. */
export function median(image: RgbImage, side: number): RgbImage {
  const middle = (side * side) >> 1;
  return mapNeighbourhood(image, side >> 1, (values) => values.sort()[middle] as number);
}

function blurGaussian(image: RgbImage, deviation: number): RgbImage {
  const reach = Math.ceil(3 * deviation);
  return convolveBothWays(image, Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * ((i - reach) / deviation) ** 2)));
}

function convolveBothWays(image: RgbImage, kernel: readonly number[]): RgbImage {
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  const weights = kernel.map((weight) => weight / sum);
  return convolve(convolve(image, weights, 1, 0), weights, 0, 1);
}

function convolve({ width, height, data }: RgbImage, weights: readonly number[], stepX: number, stepY: number): RgbImage {
  const result = new Uint8ClampedArray(data.length);
  const reach = weights.length >> 1;
  for (let i = 0; i < data.length; i++) {
    const channel = i % channels;
    const pixel = (i - channel) / channels;
    const x = pixel % width;
    const y = (pixel - x) / width;
    let sum = 0;
    for (let k = 0; k < weights.length; k++) {
      const column = clamp(x + (k - reach) * stepX, width);
      const row = clamp(y + (k - reach) * stepY, height);
      sum += (weights[k] as number) * (data[(row * width + column) * channels + channel] as number);
    }
    result[i] = sum;
  }
  return { width, height, data: new Uint8Array(result.buffer) };
}

/** @param map gets the values of the square around a value in one channel, which it may reorder, and where the value itself stands */
function mapNeighbourhood({ width, height, data }: RgbImage, reach: number, map: (values: Uint8Array, at: number) => number): RgbImage {
  const result = new Uint8ClampedArray(data.length);
  const side = 2 * reach + 1;
  const values = new Uint8Array(side * side);
  for (let i = 0; i < data.length; i++) {
    const channel = i % channels;
    const pixel = (i - channel) / channels;
    const x = pixel % width;
    const y = (pixel - x) / width;
    for (let k = 0; k < values.length; k++) {
      const column = clamp(x + (k % side) - reach, width);
      const row = clamp(y + Math.floor(k / side) - reach, height);
      values[k] = data[(row * width + column) * channels + channel] as number;
    }
    result[i] = map(values, values.length >> 1);
  }
  return { width, height, data: new Uint8Array(result.buffer) };
}

function clamp(position: number, length: number): number {
  return Math.min(length - 1, Math.max(0, position));
}
