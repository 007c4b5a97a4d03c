import type { SeededRandom } from '../../base/random';

const side = 64;
const mask = side - 1;

/** Smooth two-dimensional noise that repeats every 64 units, drawn once from a random stream. */
export class NoiseTile {
  private readonly values = new Float32Array(side * side);

  constructor(random: SeededRandom) {
    for (let i = 0; i < this.values.length; i++) this.values[i] = random.between(-1, 1);
  }

  /** Bilinear value in [-1, 1]; any finite coordinates. */
  at(x: number, y: number): number {
    const column = Math.floor(x);
    const row = Math.floor(y);
    const fx = x - column;
    const fy = y - row;
    const left = column & mask;
    const right = (column + 1) & mask;
    const top = (row & mask) * side;
    const bottom = ((row + 1) & mask) * side;
    const upper = mix(this.values[top + left] ?? 0, this.values[top + right] ?? 0, fx);
    const lower = mix(this.values[bottom + left] ?? 0, this.values[bottom + right] ?? 0, fx);
    return mix(upper, lower, fy);
  }

  /** Three octaves of `at`, in [-1, 1]. */
  fractal(x: number, y: number): number {
    return 0.57 * this.at(x, y) + 0.29 * this.at(2 * x + 17, 2 * y + 5) + 0.14 * this.at(4 * x + 31, 4 * y + 43);
  }
}

/** Linear interpolation from `a` (t = 0) to `b` (t = 1). */
export function mix(a: number, b: number, t: number): number {
  return a + (b - a) * t;
}

/** 0 below `low`, 1 above `high`, smooth between; `low` > `high` gives the falling step. */
export function smoothStep(low: number, high: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return t * t * (3 - 2 * t);
}

/** A bell of height 1 at (0, 0): exp(-x² - y²) of offsets that are already divided by their widths. */
export function bell(x: number, y: number): number {
  const square = x * x + y * y;
  return square > 9 ? 0 : Math.exp(-square);
}
