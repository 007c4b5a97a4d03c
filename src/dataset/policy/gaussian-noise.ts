import { createWasmMemory, wasmBytes } from '../../base/wasm/wasm-module';
import { createClippedSum } from './clipped-sum';
import { FastRandom } from './fast-random';

const tableSize = 65_536;
/** Intervals per grey level when the density is integrated by Simpson's rule; an even number. */
const intervals = 8;

/** The summing may touch this much behind the pixels. */
const slackBytes = 64;
/** Values that are taken from the pool at a time. */
const runLength = 256;

/**
 * Normally distributed noise on every value, as skimage's `random_noise(mode='gaussian')` on the scale 0..1, rounded and
 * clipped back to 0..255. Because pixels are whole numbers, rounding their sum is adding rounded noise. The noise is taken in
 * short runs from random places of a pool in which every value is as frequent as it should be: several times as fast as
 * drawing each value.
 */
export class GaussianNoise {
  /** The pool, then the pixels, then the result. */
  private readonly memory = createWasmMemory();
  private readonly clippedSum = createClippedSum(this.memory);
  private readonly poolLength: number;

  /**
   * @param variance on the scale 0..1 of pixel values
   * @param poolTables size of the pool, in tables of 65536 values; making it takes about 2 ms a table
   */
  constructor(variance: number, poolTables = 16) {
    this.poolLength = poolTables * tableSize;
    const bytes = wasmBytes(this.memory, this.poolLength * 2);
    const pool = new Int16Array(bytes.buffer, 0, this.poolLength);
    const table = roundedNormals(Math.sqrt(variance) * 255);
    for (let i = 0; i < poolTables; i++) pool.set(table, i * tableSize);
    shuffle(pool, new FastRandom('pool of normal numbers'));
  }

  apply(pixels: Uint8Array, random: FastRandom): Uint8Array {
    const source = this.poolLength * 2;
    const target = source + pixels.length + slackBytes;
    const bytes = wasmBytes(this.memory, target + pixels.length + slackBytes);
    bytes.set(pixels, source);
    for (let start = 0; start < pixels.length; start += runLength) {
      const noise = 2 * random.below(this.poolLength - runLength);
      this.clippedSum(source + start, noise, target + start, Math.min(runLength, pixels.length - start));
    }
    return bytes.slice(target, target + pixels.length);
  }
}

function shuffle(values: Int16Array, random: FastRandom): void {
  const words = new Int32Array(values.length);
  random.fill(words);
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(((words[i] as number) + 2 ** 31) * ((i + 1) / 2 ** 32));
    const swap = values[i] as number;
    values[i] = values[j] as number;
    values[j] = swap;
  }
}

/** Rounded values of a normal distribution, each as often as it is likely, in ascending order. */
function roundedNormals(deviation: number): Int16Array {
  const offsets = new Int16Array(tableSize);
  const furthest = Math.ceil(6 * deviation) + 1;
  let below = 0;
  let filled = 0;
  for (let value = -furthest; value <= furthest; value++) {
    below += normalProbability(value - 0.5, value + 0.5, deviation);
    const end = value === furthest ? tableSize : Math.round(below * tableSize);
    offsets.fill(value, filled, end);
    filled = end;
  }
  return offsets;
}

/** How likely a value between `low` and `high` is (Simpson's rule on the density; narrow densities get finer steps). */
function normalProbability(low: number, high: number, deviation: number): number {
  const count = deviation < 1 ? Math.min(4096, intervals * 2 * Math.ceil(1 / deviation)) : intervals;
  const step = (high - low) / count;
  let sum = 0;
  for (let i = 0; i <= count; i++) {
    const weight = i === 0 || i === count ? 1 : i % 2 === 0 ? 2 : 4;
    const z = (low + i * step) / deviation;
    sum += weight * Math.exp(-0.5 * z * z);
  }
  return (sum * step) / (3 * deviation * Math.sqrt(2 * Math.PI));
}
