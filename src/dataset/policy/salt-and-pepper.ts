import type { FastRandom } from './fast-random';

const wordsAtOnce = 256;

/**
 * Sets every value, with probability `amount` (0..1, not 0) and independently, to 255 or 0 at equal chances, as skimage's
 * `random_noise(mode='s&p')`. The distance to the next value that is hit is drawn (geometric distribution) instead of a chance
 * for each value.
 */
export function addSaltAndPepper(pixels: Uint8Array, amount: number, random: FastRandom): Uint8Array {
  const noisy = new Uint8Array(pixels);
  const perMiss = 1 / Math.log1p(-amount);
  const words = new Int32Array(wordsAtOnce);
  for (let i = -1; ; ) {
    random.fill(words);
    for (let k = 0; k < wordsAtOnce; k++) {
      const bits = words[k] as number;
      // The lowest bit is the colour, the others a uniform number in (0, 1].
      i += 1 + Math.floor(Math.log(((bits >>> 1) + 1) / 2 ** 31) * perMiss);
      if (i >= noisy.length) return noisy;
      noisy[i] = -(bits & 1);
    }
  }
}
