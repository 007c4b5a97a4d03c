import { SeededRandom } from '../base/random';
import { areaUnderCurve, equalErrorRate, rocCurve, trueAcceptRateAt } from './roc';
import { countOf, type RankedScores, type ScoreCounts } from './score-counts';
import { bestThreshold } from './threshold';

/** Where a figure would lie, had other people (or other pairs) of the same kind been measured. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * What is drawn anew. `identities`: people, with all their pairs; pairs that share a person are not independent, so this is the
 * honest choice. `pairs`: single pairs, where it is not known who they show; such intervals are too narrow.
 */
export type BootstrapMethod = 'identities' | 'pairs';

/** Intervals of all figures of a verification, from the same draws. */
export interface VerificationIntervals {
  readonly method: BootstrapMethod;
  /** Confidence, e.g. 0.95. */
  readonly level: number;
  /** Draws that the intervals are made of. */
  readonly samples: number;
  readonly seed: number;
  readonly accuracy: Interval;
  readonly auc: Interval;
  readonly eer: Interval;
  readonly threshold: Interval;
  /** True accept rates, in the order of the asked rates. */
  readonly tarAtFar: readonly (Interval & { readonly far: number })[];
}

/** The figures of the pairs themselves; every interval is widened where needed to hold its own. */
export interface MeasuredFigures {
  readonly accuracy: number;
  readonly auc: number;
  readonly eer: number;
  readonly threshold: number;
  readonly tarAtFar: readonly { readonly far: number; readonly tar: number }[];
}

export interface BootstrapInput {
  readonly ranked: RankedScores;
  /** 1 for the same person, [pairs]. */
  readonly flags: Uint8Array;
  /** Pairs of each fold. */
  readonly folds: readonly Uint32Array[];
  /** Who the two photos of each pair show, as whole numbers from 0; absent where it is not known. */
  readonly people?: PairPeople;
}

/** Identity numbers of both sides of each pair, [pairs]. */
export interface PairPeople {
  readonly a: ArrayLike<number>;
  readonly b: ArrayLike<number>;
}

export interface BootstrapOptions {
  readonly samples: number;
  readonly seed: number;
}

const confidenceLevel = 0.95;
/** Normal quantile of the upper end of the level. */
const normalQuantile = 1.959964;
/** More distinct scores than this are put into as many bins of equal width first: 0.0005 wide for cosines. */
const mostBins = 4096;
/** From here on the normal approximation of the Poisson distribution is closer than the interval needs. */
const largeMean = 30;

/** Counts of one draw: of all pairs, and of each fold alone. */
interface DrawnCounts extends ScoreCounts {
  readonly folds: readonly ScoreCounts[];
}

/** Draws all counts anew. */
type Redraw = (drawn: DrawnCounts, random: SeededRandom) => void;

/**
 * Bootstrap of a verification. By identities (the vertex bootstrap of Snijders and Borgatti 1999, as Bolle et al. 2004 ask for
 * biometrics): each draw takes as many people as there are, with replacement; a pair of the same person counts as often as this
 * person was drawn, a pair of two people as often as the product of both. By pairs: every count is drawn from the Poisson
 * distribution around it, which for many pairs is the same as drawing pairs with replacement.
 * The folds keep their pairs, and each draw repeats the whole protocol. Draws without one of the two kinds of pairs are dropped.
 * @yields the number of draws that are done, after each
 */
export function* bootstrapVerification(input: BootstrapInput, measured: MeasuredFigures, options: BootstrapOptions): Generator<number, VerificationIntervals> {
  const source = sourceOf(input);
  const redraw = input.people ? peopleRedraw(input, input.people, source.binOf) : pairRedraw(source);
  const random = new SeededRandom('verification-bootstrap', options.seed);
  const drawn = emptyCounts(source.counts.values, input.folds.length);
  const rates = measured.tarAtFar.map(({ far }) => far);
  const figures = { accuracy: [] as number[], auc: [] as number[], eer: [] as number[], threshold: [] as number[], tar: rates.map(() => [] as number[]) };
  for (let sample = 0; sample < options.samples; sample++) {
    redraw(drawn, random);
    yield sample + 1;
    if (countOf(drawn.same) === 0 || countOf(drawn.different) === 0) continue;
    const roc = rocCurve(drawn);
    figures.auc.push(areaUnderCurve(drawn));
    figures.eer.push(equalErrorRate(roc));
    figures.threshold.push(bestThreshold(drawn).threshold);
    figures.accuracy.push(foldedAccuracy(drawn));
    rates.forEach((far, index) => figures.tar[index]?.push(trueAcceptRateAt(roc, far)));
  }
  const drawnThings = input.people ? distinctPeople(input.people) : input.flags.length;
  const interval = (values: readonly number[], value: number): Interval => intervalOf(values, value, drawnThings);
  return {
    method: input.people ? 'identities' : 'pairs',
    level: confidenceLevel,
    samples: figures.auc.length,
    seed: options.seed,
    accuracy: interval(figures.accuracy, measured.accuracy),
    auc: interval(figures.auc, measured.auc),
    eer: interval(figures.eer, measured.eer),
    threshold: interval(figures.threshold, measured.threshold),
    tarAtFar: measured.tarAtFar.map(({ far, tar }, index) => ({ far, ...interval(figures.tar[index] ?? [], tar) })),
  };
}

/**
 * Percentile interval of drawn values, widened where needed to hold the measured one.
 * @param drawnThings people or pairs in a draw; few of them make the interval wider (see `tailShare`)
 */
export function intervalOf(values: readonly number[], measured: number, drawnThings = Infinity): Interval {
  const sorted = Float64Array.from(values).sort();
  const tail = tailShare(drawnThings);
  return { low: Math.min(measured, quantile(sorted, tail) ?? measured), high: Math.max(measured, quantile(sorted, 1 - tail) ?? measured) };
}

/**
 * Share of the draws beyond each end: 2.5 %, or less where only few things are drawn. A bootstrap of n things is too narrow by
 * sqrt((n - 1) / n), and ignores that t and not the normal distribution holds for small n; this is the expanded percentile interval
 * of Hesterberg (2015), "What teachers should know about the bootstrap".
 */
export function tailShare(drawnThings: number): number {
  if (!Number.isFinite(drawnThings)) return (1 - confidenceLevel) / 2;
  const freedom = Math.max(1, drawnThings - 1);
  const z = normalQuantile;
  // Cornish-Fisher expansion of the t quantile (Abramowitz and Stegun 26.7.5).
  const t = z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2);
  return upperTail(t * Math.sqrt((freedom + 1) / freedom));
}

/** 1 - Phi(x) for x >= 0, to 1e-7 (Abramowitz and Stegun 26.2.17). */
function upperTail(x: number): number {
  const k = 1 / (1 + 0.2316419 * x);
  const polynomial = k * (0.31938153 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))));
  return (Math.exp(-(x ** 2) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
}

/** How often each of `count` things is drawn in `count` draws with replacement. */
export function drawWeights(weights: Uint32Array, random: SeededRandom): void {
  weights.fill(0);
  for (let draw = 0; draw < weights.length; draw++) {
    const chosen = random.below(weights.length);
    weights[chosen] = (weights[chosen] ?? 0) + 1;
  }
}

interface CountSource {
  /** The measured pairs, in bins where there are many distinct scores. */
  readonly counts: DrawnCounts;
  /** Bin of each pair, [pairs]. */
  readonly binOf: Uint32Array;
}

function sourceOf({ ranked, flags, folds }: BootstrapInput): CountSource {
  const { values, rank } = ranked;
  const low = values[0] ?? 0;
  const width = ((values.at(-1) ?? low) - low) / mostBins;
  const isBinned = values.length > mostBins;
  const centres = isBinned ? Float64Array.from({ length: mostBins }, (_, bin) => low + (bin + 0.5) * width) : values;
  const binOf = isBinned ? rank.map((index) => Math.min(mostBins - 1, Math.floor(((values[index] ?? 0) - low) / width))) : rank;
  const counts = emptyCounts(centres, folds.length);
  folds.forEach((pairs, fold) => addPairs(counts, fold, pairs, flags, binOf, () => 1));
  return { counts, binOf };
}

function emptyCounts(values: Float64Array, folds: number): DrawnCounts {
  const empty = (): ScoreCounts => ({ values, same: new Uint32Array(values.length), different: new Uint32Array(values.length) });
  return { ...empty(), folds: Array.from({ length: folds }, empty) };
}

function addPairs(counts: DrawnCounts, fold: number, pairs: Uint32Array, flags: Uint8Array, binOf: Uint32Array, weightOf: (pair: number) => number): void {
  const own = counts.folds[fold];
  if (!own) return;
  for (let i = 0; i < pairs.length; i++) {
    const pair = pairs[i] as number;
    const bin = binOf[pair] as number;
    const weight = weightOf(pair);
    if (weight === 0) continue;
    const [all, ofFold] = flags[pair] === 1 ? [counts.same, own.same] : [counts.different, own.different];
    all[bin] = (all[bin] as number) + weight;
    ofFold[bin] = (ofFold[bin] as number) + weight;
  }
}

function peopleRedraw({ flags, folds }: BootstrapInput, people: PairPeople, binOf: Uint32Array): Redraw {
  const known = Math.max(highest(people.a), highest(people.b)) + 1;
  const weights = new Uint32Array(known);
  const weightOf = (pair: number): number => {
    const first = weights[people.a[pair] as number] as number;
    return flags[pair] === 1 ? first : first * (weights[people.b[pair] as number] as number);
  };
  return (drawn, random) => {
    drawWeights(weights, random);
    clear(drawn);
    folds.forEach((pairs, fold) => addPairs(drawn, fold, pairs, flags, binOf, weightOf));
  };
}

function pairRedraw({ counts }: CountSource): Redraw {
  // Columns are sparse where folds are small, so the counts that there are get listed once.
  const cells = counts.folds.flatMap(({ same, different }, fold) => [
    { fold, kind: 'same' as const, ...nonZero(same) },
    { fold, kind: 'different' as const, ...nonZero(different) },
  ]);
  return (drawn, random) => {
    clear(drawn);
    for (const { fold, kind, bins, means } of cells) {
      const own = drawn.folds[fold]?.[kind];
      const all = drawn[kind];
      if (!own) continue;
      for (let i = 0; i < bins.length; i++) {
        const bin = bins[i] as number;
        const count = poisson(means[i] as number, random);
        own[bin] = count;
        all[bin] = (all[bin] as number) + count;
      }
    }
  };
}

function nonZero(column: Uint32Array): { readonly bins: Uint32Array; readonly means: Uint32Array } {
  const bins = Uint32Array.from([...column.keys()].filter((bin) => column[bin] !== 0));
  return { bins, means: bins.map((bin) => column[bin] ?? 0) };
}

function clear({ same, different, folds }: DrawnCounts): void {
  for (const counts of [{ same, different }, ...folds]) {
    counts.same.fill(0);
    counts.different.fill(0);
  }
}

/** Mean of the folds' accuracies at the thresholds that are best on the other folds, over the folds that were drawn. */
function foldedAccuracy({ values, same, different, folds }: DrawnCounts): number {
  const others = { values, same: new Uint32Array(values.length), different: new Uint32Array(values.length) };
  let total = 0;
  let judged = 0;
  for (const own of folds) {
    const pairs = countOf(own.same) + countOf(own.different);
    if (pairs === 0) continue;
    for (let i = 0; i < values.length; i++) {
      others.same[i] = (same[i] as number) - (own.same[i] as number);
      others.different[i] = (different[i] as number) - (own.different[i] as number);
    }
    total += rightAt(own, bestThreshold(others).threshold) / pairs;
    judged++;
  }
  return total / judged;
}

function rightAt({ values, same, different }: ScoreCounts, threshold: number): number {
  let right = 0;
  for (let i = 0; i < values.length; i++) right += ((values[i] as number) >= threshold ? same[i] : different[i]) as number;
  return right;
}

function distinctPeople({ a, b }: PairPeople): number {
  return new Set([...Array.from(a), ...Array.from(b)]).size;
}

function highest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i] ?? 0);
  return most;
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
function quantile(sorted: Float64Array, share: number): number | undefined {
  const position = share * (sorted.length - 1);
  const low = sorted[Math.floor(position)];
  const high = sorted[Math.ceil(position)];
  if (low === undefined || high === undefined) return undefined;
  return low + (high - low) * (position - Math.floor(position));
}
