import { atOnce, inTurns } from '../base/in-turns';
import { UserError } from '../base/user-error';
import type { VerificationSummary } from '../protocol/run';
import { bootstrapVerification, type Interval, type PairPeople, type VerificationIntervals } from './bootstrap';
import { areaUnderCurve, equalErrorRate, fewestDecidingPairs, rocCurve, thresholdAtFar, trueAcceptRateAt, type RocCurve } from './roc';
import { countOf, rankScores, type RankedScores, type ScoreCounts } from './score-counts';
import { bestThreshold } from './threshold';

export interface VerificationOptions {
  /** Seed of the bootstrap; default 0. */
  readonly seed?: number;
  /** Draws of the bootstrap; default 1000, fewer (at least 200) where there are more than 200,000 pairs. */
  readonly bootstrapSamples?: number;
  /** Who the pairs show; the intervals are then made by drawing people, else by drawing pairs. */
  readonly people?: PairPeople;
  /** Called after each draw of the bootstrap. */
  readonly onSample?: (done: number, total: number) => void;
  /** False accept rates to report the true accept rate at; default 1e-1 to 1e-6. */
  readonly falseAcceptRates?: readonly number[];
  /** Bars of the score histogram; default 50. */
  readonly histogramBins?: number;
}

/** The true accept rate at a false accept rate, and the threshold that keeps this false accept rate. */
export interface TarAtFar {
  readonly far: number;
  readonly tar: number;
  readonly interval: Interval;
  readonly threshold: number;
}

/** A false accept rate that the pairs cannot decide. */
export interface UndecidedRate {
  readonly far: number;
  /** Pairs of different people that it takes. */
  readonly differentPairsNeeded: number;
}

/** How the scores of both kinds of pairs are spread over equal bins from `low` to `high`. */
export interface ScoreHistogram {
  readonly low: number;
  readonly high: number;
  /** Pairs per bin, lowest scores first. */
  readonly same: readonly number[];
  readonly different: readonly number[];
}

export interface FoldResult {
  /** Best threshold of the other folds. */
  readonly threshold: number;
  /** Accuracy of this fold at that threshold, 0..1. */
  readonly accuracy: number;
}

export interface VerificationReport {
  readonly pairs: number;
  readonly samePairs: number;
  readonly differentPairs: number;
  readonly folds: readonly FoldResult[];
  /** Mean of the folds' accuracies, 0..1, and their standard deviation (of the population, as LFW's tools give it). */
  readonly accuracy: number;
  readonly accuracyDeviation: number;
  /** Recommended threshold: the one that judges the most of all pairs rightly, and the accuracy it has on them. */
  readonly threshold: number;
  readonly thresholdInterval: Interval & { readonly level: number; readonly samples: number };
  readonly accuracyAtThreshold: number;
  /** Area under the ROC curve, 0..1. */
  readonly auc: number;
  /** Equal error rate, 0..1. */
  readonly eer: number;
  /** Only rates that at least 10 pairs of different people decide. */
  readonly tarAtFar: readonly TarAtFar[];
  /** The usual rates (1e-1 to 1e-4, and every rate that was asked for) that fewer pairs decide. */
  readonly undecidedRates: readonly UndecidedRate[];
  /** Bootstrap intervals of all figures. */
  readonly intervals: Omit<VerificationIntervals, 'tarAtFar'>;
  readonly roc: RocCurve;
  /** Interval of the true accept rate along the curve, for drawings. */
  readonly rocBand: readonly (Interval & { readonly far: number })[];
  readonly histogram: ScoreHistogram;
}

const defaultRates = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6] as const;
const rateOfSummary = 1e-3;
const defaultBootstrapSamples = 1000;
/** Rates below this are not missed by anybody who has too few pairs for them. */
const smallestUsualRate = 1e-4;
/** Pairs times draws: keeps the bootstrap of millions of pairs in seconds. */
const bootstrapWork = 2e8;
const fewestBootstrapSamples = 200;
/** Points of the band around the curve in each decade of FAR. */
const bandPointsPerDecade = 8;
const defaultHistogramBins = 50;

/**
 * Face verification in the protocol of LFW and its successors (k folds in the given order; each fold is judged at the threshold
 * that is best on the others), with ROC, AUC, EER, TAR at FAR and a recommended threshold. A pair is accepted when its score is
 * at least the threshold. Works in O(n log n) and for each draw of the bootstrap in O(n).
 * @param scores similarity, higher is more alike, [pairs]; cosines are in -1..1
 * @param same whether the pair shows the same person, [pairs]
 * @param folds fold of each pair, whole numbers from 0, [pairs]
 * @throws UserError when a score is not a finite number, one kind of pairs is missing, or there are fewer than two folds
 */
export function verify(...input: VerificationInput): VerificationReport {
  return atOnce(verificationSteps(...input));
}

/**
 * The same, with turns for others between the draws of the bootstrap.
 * @throws CancelledError when `signal` is aborted
 */
export function verifyInTurns(signal: AbortSignal | undefined, ...input: VerificationInput): Promise<VerificationReport> {
  return inTurns(verificationSteps(...input), { signal, what: 'The evaluation' });
}

type VerificationInput = [scores: ArrayLike<number>, same: ArrayLike<number | boolean>, folds: ArrayLike<number>, options?: VerificationOptions];

function* verificationSteps(...[scores, same, folds, options = {}]: VerificationInput): Generator<number, VerificationReport> {
  if (same.length !== scores.length || folds.length !== scores.length) {
    throw new RangeError(`${scores.length} scores, ${same.length} flags and ${folds.length} folds do not match.`);
  }
  const flags = Uint8Array.from(same, (flag) => (flag ? 1 : 0));
  const ranked = rankScores(finiteScores(scores), flags);
  const samePairs = countOf(ranked.same);
  const differentPairs = scores.length - samePairs;
  requireBothKinds(samePairs, differentPairs);
  const members = pairsOfFolds(folds);
  const foldResults = judgeFolds(ranked, flags, members);
  const { mean, deviation } = meanAndDeviation(foldResults.map((fold) => fold.accuracy));
  const best = bestThreshold(ranked);
  const roc = rocCurve(ranked);
  const auc = areaUnderCurve(ranked);
  const eer = equalErrorRate(roc);
  const isDecided = (far: number): boolean => far * differentPairs >= fewestDecidingPairs - 1e-9;
  const asked = options.falseAcceptRates ?? defaultRates;
  const rates = asked.filter(isDecided);
  const bandRates = ratesOfBand(differentPairs).filter(isDecided);
  const { seed = 0, bootstrapSamples: samples = samplesFor(scores.length), onSample } = options;
  const draws = bootstrapVerification(
    { ranked, flags, folds: members, ...(options.people ? { people: options.people } : {}) },
    { accuracy: mean, auc, eer, threshold: best.threshold, tarAtFar: [...rates, ...bandRates].map((far) => ({ far, tar: trueAcceptRateAt(roc, far) })) },
    { samples, seed },
  );
  let draw = draws.next();
  for (; !draw.done; draw = draws.next()) {
    onSample?.(draw.value, samples);
    yield draw.value;
  }
  const { tarAtFar: bands, ...intervals } = draw.value;
  return {
    pairs: scores.length,
    samePairs,
    differentPairs,
    folds: foldResults,
    accuracy: mean,
    accuracyDeviation: deviation,
    threshold: best.threshold,
    thresholdInterval: { ...intervals.threshold, level: intervals.level, samples: intervals.samples },
    accuracyAtThreshold: best.accuracy,
    auc,
    eer,
    tarAtFar: rates.map((far, index) => {
      const { low, high } = bands[index] ?? { low: 0, high: 1 };
      return { far, tar: trueAcceptRateAt(roc, far), interval: { low, high }, threshold: thresholdAtFar(ranked, far) };
    }),
    undecidedRates: asked
      .filter((far) => !isDecided(far) && (options.falseAcceptRates !== undefined || far >= smallestUsualRate))
      .map((far) => ({ far, differentPairsNeeded: Math.ceil(fewestDecidingPairs / far - 1e-6) })),
    intervals,
    roc,
    rocBand: bands.slice(rates.length),
    histogram: histogramOf(ranked, options.histogramBins ?? defaultHistogramBins),
  };
}

/** The figures that a run keeps of an evaluation. */
export function summarize(report: VerificationReport): VerificationSummary {
  const { pairs, accuracy, accuracyDeviation, auc, eer, threshold, intervals } = report;
  const atRate = report.tarAtFar.find(({ far }) => far === rateOfSummary);
  return { pairs, accuracy, accuracyDeviation, auc, eer, ...(atRate ? { tarAtFar1e3: atRate.tar } : {}), threshold, intervals: { accuracy: intervals.accuracy, auc: intervals.auc, eer: intervals.eer, threshold: intervals.threshold, method: intervals.method } };
}

function samplesFor(pairs: number): number {
  return Math.max(fewestBootstrapSamples, Math.min(defaultBootstrapSamples, Math.floor(bootstrapWork / pairs)));
}

/** From the smallest rate that the pairs decide up to 1, evenly on a logarithmic axis. */
function ratesOfBand(differentPairs: number): number[] {
  const decades = Math.log10(differentPairs / fewestDecidingPairs);
  const steps = Math.max(1, Math.round(decades * bandPointsPerDecade));
  return decades <= 0 ? [] : Array.from({ length: steps + 1 }, (_, step) => 10 ** (-decades * (1 - step / steps)));
}

function finiteScores(scores: ArrayLike<number>): Float64Array {
  const copy = Float64Array.from(scores);
  const wrong = copy.findIndex((score) => !Number.isFinite(score));
  if (wrong < 0) return copy;
  throw new UserError(
    `The score of pair ${wrong + 1} of ${copy.length} is ${copy[wrong]}, which is no usable number.`,
    'The model\'s weights are damaged or its training diverged; use an earlier checkpoint.',
  );
}

function requireBothKinds(samePairs: number, differentPairs: number): void {
  if (samePairs > 0 && differentPairs > 0) return;
  throw new UserError(
    `A verification needs pairs of the same person and of different people; there are ${samePairs} and ${differentPairs}.`,
    'Use a pair list and photos that give both kinds.',
  );
}

function judgeFolds(ranked: RankedScores, flags: Uint8Array, members: readonly Uint32Array[]): FoldResult[] {
  if (members.length < 2) {
    throw new UserError('The pairs are in one fold only, so no threshold can be chosen on other pairs than it is judged on.', 'Use a pair list with more folds.');
  }
  return members.map((pairs) => {
    const others: ScoreCounts = { values: ranked.values, same: ranked.same.slice(), different: ranked.different.slice() };
    for (const pair of pairs) {
      const column = flags[pair] === 1 ? others.same : others.different;
      const rank = ranked.rank[pair] ?? 0;
      column[rank] = (column[rank] ?? 0) - 1;
    }
    const { threshold } = bestThreshold(others);
    let right = 0;
    for (const pair of pairs) {
      const isAccepted = (ranked.values[ranked.rank[pair] ?? 0] ?? 0) >= threshold;
      if (isAccepted === (flags[pair] === 1)) right++;
    }
    return { threshold, accuracy: right / pairs.length };
  });
}

/** Pair indices of each fold that has any. */
function pairsOfFolds(folds: ArrayLike<number>): Uint32Array[] {
  const sizes = new Map<number, number>();
  for (let pair = 0; pair < folds.length; pair++) sizes.set(folds[pair] ?? 0, (sizes.get(folds[pair] ?? 0) ?? 0) + 1);
  const members = new Map([...sizes].sort(([x], [y]) => x - y).map(([fold, size]) => [fold, { pairs: new Uint32Array(size), next: 0 }]));
  for (let pair = 0; pair < folds.length; pair++) {
    const member = members.get(folds[pair] ?? 0);
    if (member) member.pairs[member.next++] = pair;
  }
  return [...members.values()].map((member) => member.pairs);
}

function meanAndDeviation(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((total, value) => total + value, 0) / values.length;
  const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}

/** Cosines that spread less than this, as those of a model that has only begun to learn, would all fall into a bin or two of -1..1. */
const narrowSpread = 0.1;

/** Cosines get the fixed range -1..1, so that histograms of two models can be compared; those of a narrow spread, and other scores, their own range. */
function histogramOf({ values, same, different }: ScoreCounts, bins: number): ScoreHistogram {
  const rounding = 1e-4;
  const smallest = values[0] ?? 0;
  const largest = values.at(-1) ?? 0;
  const isCosine = smallest >= -1 - rounding && largest <= 1 + rounding;
  const isWhole = isCosine && (largest === smallest || largest - smallest >= narrowSpread);
  const low = isWhole ? -1 : smallest;
  const high = isWhole ? 1 : largest > smallest ? largest : smallest + 1;
  const counts = { same: new Uint32Array(bins), different: new Uint32Array(bins) };
  for (let i = 0; i < values.length; i++) {
    const bin = Math.max(0, Math.min(bins - 1, Math.floor((((values[i] ?? 0) - low) / (high - low)) * bins)));
    counts.same[bin] = (counts.same[bin] ?? 0) + (same[i] ?? 0);
    counts.different[bin] = (counts.different[bin] ?? 0) + (different[i] ?? 0);
  }
  return { low, high, same: [...counts.same], different: [...counts.different] };
}
