/** Numbers to bytes: real = scale * (q - zero), q = 0..255, zero = 0..255 (design document "k210-kmodel", section 4.5). */
import type { OutputStatistics } from './output-statistics';

export interface Quantization {
  readonly scale: number;
  readonly zero: number;
}

export const rangeCriteria = ['mse', 'minmax', 'percentile'] as const;
/** How a range is chosen: the least squared error, all values, or all but the outermost 0.01 %. */
export type RangeCriterion = (typeof rangeCriteria)[number];
export const rangeChoices = ['auto', ...rangeCriteria] as const;
/** One criterion for all layers, or for each layer the one that fits values best which did not choose the range. */
export type RangeChoice = (typeof rangeChoices)[number];

export type RangeStatistics = Pick<OutputStatistics, 'minimum' | 'maximum' | 'samples'>;

export interface ChosenRange {
  readonly quantization: Quantization;
  readonly criterion: RangeCriterion;
}

/** A range narrower than this would make scales without meaning. */
const narrowestRange = 1e-6;
const keptShare = 0.9999;
/** Steps of the search for the least error: the range is narrowed by 2 % each. */
const narrowingSteps = 25;
const narrowing = 0.02;

/** Range of bytes for values of these statistics; it always holds zero exactly. */
export function chooseRange(statistics: RangeStatistics, choice: RangeChoice): ChosenRange {
  if (choice !== 'auto') return { quantization: chooseQuantization(statistics, choice), criterion: choice };
  const every = (rest: number): Float32Array => statistics.samples.filter((_, i) => i % 2 === rest);
  const choosing = { ...statistics, samples: every(0) };
  const judging = every(1);
  const error = (criterion: RangeCriterion): number => squaredError(judging, chooseQuantization(choosing, criterion));
  const criterion = rangeCriteria.reduce((best, other) => (error(other) < error(best) ? other : best));
  return { quantization: chooseQuantization(statistics, criterion), criterion };
}

export function chooseQuantization(statistics: RangeStatistics, criterion: RangeCriterion): Quantization {
  switch (criterion) {
    case 'minmax':
      return quantizationOf(statistics.minimum, statistics.maximum);
    case 'percentile': {
      const sorted = statistics.samples.slice().sort();
      const outside = Math.floor(sorted.length * (1 - keptShare));
      return quantizationOf(sorted[outside] ?? 0, sorted[sorted.length - 1 - outside] ?? 0);
    }
    case 'mse':
      return leastErrorQuantization(statistics);
  }
}

export function quantizationOf(minimum: number, maximum: number): Quantization {
  const low = Math.min(0, minimum);
  const high = Math.max(0, maximum, low + narrowestRange);
  const scale = (high - low) / 255;
  return { scale, zero: Math.min(255, Math.max(0, Math.round(-low / scale))) };
}

/** Narrows the upper end, then the lower one, as long as the squared error on the samples falls. */
function leastErrorQuantization({ minimum, maximum, samples }: RangeStatistics): Quantization {
  const search = (at: (factor: number) => Quantization): number => {
    let bestFactor = 1;
    let bestError = Infinity;
    for (let step = 0; step <= narrowingSteps; step++) {
      const factor = 1 - step * narrowing;
      const error = squaredError(samples, at(factor));
      if (error < bestError) [bestFactor, bestError] = [factor, error];
    }
    return bestFactor;
  };
  const high = search((factor) => quantizationOf(minimum, maximum * factor));
  const low = search((factor) => quantizationOf(minimum * factor, maximum * high));
  return quantizationOf(minimum * low, maximum * high);
}

function squaredError(samples: Float32Array, { scale, zero }: Quantization): number {
  let sum = 0;
  for (const value of samples) {
    const q = Math.min(255, Math.max(0, Math.round(value / scale) + zero));
    const error = value - scale * (q - zero);
    sum += error * error;
  }
  return sum;
}
