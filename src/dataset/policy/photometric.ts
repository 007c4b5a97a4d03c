import type { RgbImage } from '../photos/rgb-image';
import type { FastRandom } from './fast-random';
import { GaussianNoise } from './gaussian-noise';

/** Changes of values, in the strengths that the original project drew for MS-Celeb-1M (its imgaug pipeline). */

const channels = 3;

/** Adds -10..10, often another number for each channel. */
export function shiftValues(image: RgbImage, random: FastRandom): RgbImage {
  const shifts = perChannel(random, 0.5, () => Math.floor(random.between(-10, 11)));
  return mapValues(image, (value, channel) => value + (shifts[channel] as number));
}

/** Multiplies by 0.5..1.5. */
export function scaleValues(image: RgbImage, random: FastRandom): RgbImage {
  const factors = perChannel(random, 0.5, () => random.between(0.5, 1.5));
  return mapValues(image, (value, channel) => value * (factors[channel] as number));
}

/** Moves values away from 128 or towards it, by a factor of 0.5..2. */
export function changeContrast(image: RgbImage, random: FastRandom): RgbImage {
  const factors = perChannel(random, 0.5, () => random.between(0.5, 2));
  return mapValues(image, (value, channel) => 128 + (value - 128) * (factors[channel] as number));
}

/** Gaussian noise with a deviation of up to 5 % of the range, grey or coloured at equal chances. */
export function addRandomNoise(image: RgbImage, random: FastRandom): RgbImage {
  const deviation = random.between(0.001, 0.05);
  const noise = new GaussianNoise(deviation * deviation, 1);
  if (random.chance(0.5)) return { ...image, data: noise.apply(image.data, random) };
  const grey = noise.apply(new Uint8Array(image.width * image.height).fill(128), random);
  return mapValues(image, (value, _channel, pixel) => value + (grey[pixel] as number) - 128);
}

/** Blackens 1..10 % of the values or pixels, or (at equal chances) 3..15 % of the cells of a coarse grid. */
export function dropOut(image: RgbImage, random: FastRandom): RgbImage {
  return random.chance(0.5) ? dropCells(image, random, 1, random.between(0.01, 0.1), 0.5) : dropCoarse(image, random);
}

function dropCoarse(image: RgbImage, random: FastRandom): RgbImage {
  const share = random.between(0.02, 0.05);
  const cells = Math.max(3, Math.round(Math.min(image.width, image.height) * share));
  return dropCells(image, random, Math.max(1, Math.ceil(Math.max(image.width, image.height) / cells)), random.between(0.03, 0.15), 0.2);
}

function dropCells(image: RgbImage, random: FastRandom, cellPixels: number, probability: number, colouredChance: number): RgbImage {
  const coloured = random.chance(colouredChance);
  const columns = Math.ceil(image.width / cellPixels);
  const rows = Math.ceil(image.height / cellPixels);
  const dropped = Array.from({ length: columns * rows * channels }, () => random.chance(probability));
  return mapValues(image, (value, channel, pixel) => {
    const column = Math.floor((pixel % image.width) / cellPixels);
    const row = Math.floor(Math.floor(pixel / image.width) / cellPixels);
    return dropped[(row * columns + column) * channels + (coloured ? channel : 0)] ? 0 : value;
  });
}

function perChannel(random: FastRandom, differentChance: number, draw: () => number): readonly number[] {
  if (!random.chance(differentChance)) return new Array<number>(channels).fill(draw());
  return Array.from({ length: channels }, draw);
}

function mapValues({ width, height, data }: RgbImage, map: (value: number, channel: number, pixel: number) => number): RgbImage {
  const mapped = new Uint8ClampedArray(data.length);
  for (let i = 0, pixel = 0; i < data.length; pixel++) {
    for (let channel = 0; channel < channels; channel++, i++) mapped[i] = map(data[i] as number, channel, pixel);
  }
  return { width, height, data: new Uint8Array(mapped.buffer) };
}
