import { SeededRandom } from '../base/random';
import { midpoint } from './roc';
import { countOf, type ScoreCounts } from './score-counts';

export interface ThresholdChoice {
  /** Pairs that score at least this are taken for the same person. */
  readonly threshold: number;
  /** Share of the pairs that are judged rightly, 0..1. */
  readonly accuracy: number;
}

/** Where the recommended threshold would lie, had other pairs of the same kind been measured. */
export interface ThresholdInterval {
  readonly low: number;
  readonly high: number;
  /** Confidence, e.g. 0.95. */
  readonly level: number;
  /** Bootstrap samples that the interval is made of. */
  readonly samples: number;
}

export interface BootstrapOptions {
  readonly samples: number;
  readonly seed: number;
}

const confidenceLevel = 0.95;
/** More distinct scores than this are put into as many bins of equal width first: 0.0005 wide for cosines. */
const mostBins = 4096;
/** From here on the normal approximation of the Poisson distribution is closer than the interval needs. */
const largeMean = 30;

/**
 * The threshold that judges the most pairs rightly. Candidates are the midpoints between neighbouring scores, and the lowest
 * score (accept all); of equally good ones the middle one is taken.
 * Scores without any count are passed over, so that a part of the pairs can be judged on the columns of all.
 */
export function bestThreshold({ values, same, different }: ScoreCounts): ThresholdChoice {
  const total = countOf(same) + countOf(different);
  const best = new Uint32Array(values.length);
  let ties = 0;
  let highest = -1;
  let right = countOf(same);
  for (let i = 0; i < values.length; i++) {
    const sameHere = same[i] ?? 0;
    const differentHere = different[i] ?? 0;
    if (sameHere + differentHere === 0) continue;
    if (right > highest) {
      highest = right;
      ties = 0;
    }
    if (right === highest) best[ties++] = i;
    right += differentHere - sameHere;
  }
  const chosen = best[(ties - 1) >> 1] ?? 0;
  return { threshold: thresholdBelow({ values, same, different }, chosen), accuracy: highest / total };
}

/** Midpoint between the score number `index` and the next lower one that has a pair. */
function thresholdBelow({ values, same, different }: ScoreCounts, index: number): number {
  const high = values[index] ?? 0;
  for (let i = index - 1; i >= 0; i--) {
    if ((same[i] ?? 0) + (different[i] ?? 0) > 0) return midpoint(values[i] ?? 0, high);
  }
  return high;
}

/**
 * 95 % percentile interval of `bestThreshold` by the bootstrap over pairs. Each sample draws every score's count anew from the
 * Poisson distribution around it, which for many pairs is the same as drawing pairs with replacement and costs no more for a
 * million pairs than for some thousand. Widened where needed to hold the threshold of the pairs themselves.
 * @param threshold `bestThreshold` of the same counts
 */
export function thresholdInterval(counts: ScoreCounts, threshold: number, options: BootstrapOptions): ThresholdInterval {
  const random = new SeededRandom('threshold-bootstrap', options.seed);
  const source = counts.values.length > mostBins ? binned(counts) : counts;
  const drawn = { values: source.values, same: new Uint32Array(source.values.length), different: new Uint32Array(source.values.length) };
  const thresholds: number[] = [];
  for (let sample = 0; sample < options.samples; sample++) {
    redraw(source.same, drawn.same, random);
    redraw(source.different, drawn.different, random);
    if (countOf(drawn.same) > 0 && countOf(drawn.different) > 0) thresholds.push(bestThreshold(drawn).threshold);
  }
  thresholds.sort((x, y) => x - y);
  const tail = (1 - confidenceLevel) / 2;
  return {
    low: Math.min(threshold, quantile(thresholds, tail) ?? threshold),
    high: Math.max(threshold, quantile(thresholds, 1 - tail) ?? threshold),
    level: confidenceLevel,
    samples: thresholds.length,
  };
}

function binned({ values, same, different }: ScoreCounts): ScoreCounts {
  const low = values[0] ?? 0;
  const width = ((values.at(-1) ?? low) - low) / mostBins;
  const centres = Float64Array.from({ length: mostBins }, (_, bin) => low + (bin + 0.5) * width);
  const bins = { values: centres, same: new Uint32Array(mostBins), different: new Uint32Array(mostBins) };
  for (let i = 0; i < values.length; i++) {
    const bin = Math.min(mostBins - 1, Math.floor(((values[i] ?? 0) - low) / width));
    bins.same[bin] = (bins.same[bin] ?? 0) + (same[i] ?? 0);
    bins.different[bin] = (bins.different[bin] ?? 0) + (different[i] ?? 0);
  }
  return bins;
}

function redraw(means: Uint32Array, drawn: Uint32Array, random: SeededRandom): void {
  for (let i = 0; i < means.length; i++) {
    const mean = means[i] ?? 0;
    drawn[i] = mean === 0 ? 0 : poisson(mean, random);
  }
}

/** Poisson random number: by products of uniform numbers (Knuth), for large means by the normal distribution. */
function poisson(mean: number, random: SeededRandom): number {
  if (mean >= largeMean) return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.normal()));
  const limit = Math.exp(-mean);
  let product = random.uniform();
  let count = 0;
  while (product > limit) {
    product *= random.uniform();
    count++;
  }
  return count;
}

/** Linear interpolation between order statistics; undefined for an empty list. */
function quantile(sorted: readonly number[], share: number): number | undefined {
  const position = share * (sorted.length - 1);
  const low = sorted[Math.floor(position)];
  const high = sorted[Math.ceil(position)];
  if (low === undefined || high === undefined) return undefined;
  return low + (high - low) * (position - Math.floor(position));
}
