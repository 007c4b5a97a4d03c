import { UserError } from '../base/user-error';
import type { VerificationSummary } from '../protocol/run';
import { areaUnderCurve, equalErrorRate, rocCurve, thresholdAtFar, trueAcceptRateAt, type RocCurve } from './roc';
import { countOf, rankScores, type RankedScores, type ScoreCounts } from './score-counts';
import { bestThreshold, thresholdInterval, type ThresholdInterval } from './threshold';

export interface VerificationOptions {
  /** Seed of the bootstrap; default 0. */
  readonly seed?: number;
  /** Bootstrap samples of the threshold's interval; default 400. */
  readonly bootstrapSamples?: number;
  /** False accept rates to report the true accept rate at; default 1e-1 to 1e-6. */
  readonly falseAcceptRates?: readonly number[];
  /** Bars of the score histogram; default 50. */
  readonly histogramBins?: number;
}

/** The true accept rate at a false accept rate, and the threshold that keeps this false accept rate. */
export interface TarAtFar {
  readonly far: number;
  readonly tar: number;
  readonly threshold: number;
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
  readonly thresholdInterval: ThresholdInterval;
  readonly accuracyAtThreshold: number;
  /** Area under the ROC curve, 0..1. */
  readonly auc: number;
  /** Equal error rate, 0..1. */
  readonly eer: number;
  /** Only rates that at least 10 pairs of different people decide. */
  readonly tarAtFar: readonly TarAtFar[];
  readonly roc: RocCurve;
  readonly histogram: ScoreHistogram;
}

const defaultRates = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6] as const;
const rateOfSummary = 1e-3;
/** A rate that fewer pairs than this decide would be chance. */
const fewestDecidingPairs = 10;
const defaultBootstrapSamples = 400;
const defaultHistogramBins = 50;

/**
 * Face verification in the protocol of LFW and its successors (k folds in the given order; each fold is judged at the threshold
 * that is best on the others), with ROC, AUC, EER, TAR at FAR and a recommended threshold. A pair is accepted when its score is
 * at least the threshold. Works in O(n log n); a million pairs take one to two seconds of one core.
 * @param scores similarity, higher is more alike, [pairs]; cosines are in -1..1
 * @param same whether the pair shows the same person, [pairs]
 * @param folds fold of each pair, whole numbers from 0, [pairs]
 * @throws UserError when a score is not a finite number, one kind of pairs is missing, or there are fewer than two folds
 */
export function verify(scores: ArrayLike<number>, same: ArrayLike<number | boolean>, folds: ArrayLike<number>, options: VerificationOptions = {}): VerificationReport {
  if (same.length !== scores.length || folds.length !== scores.length) {
    throw new RangeError(`${scores.length} scores, ${same.length} flags and ${folds.length} folds do not match.`);
  }
  const flags = Uint8Array.from(same, (flag) => (flag ? 1 : 0));
  const ranked = rankScores(finiteScores(scores), flags);
  const samePairs = countOf(ranked.same);
  const differentPairs = scores.length - samePairs;
  requireBothKinds(samePairs, differentPairs);
  const foldResults = judgeFolds(ranked, flags, folds);
  const { mean, deviation } = meanAndDeviation(foldResults.map((fold) => fold.accuracy));
  const best = bestThreshold(ranked);
  const roc = rocCurve(ranked);
  return {
    pairs: scores.length,
    samePairs,
    differentPairs,
    folds: foldResults,
    accuracy: mean,
    accuracyDeviation: deviation,
    threshold: best.threshold,
    thresholdInterval: thresholdInterval(ranked, best.threshold, { samples: options.bootstrapSamples ?? defaultBootstrapSamples, seed: options.seed ?? 0 }),
    accuracyAtThreshold: best.accuracy,
    auc: areaUnderCurve(ranked),
    eer: equalErrorRate(roc),
    tarAtFar: (options.falseAcceptRates ?? defaultRates)
      .filter((far) => far * differentPairs >= fewestDecidingPairs - 1e-9)
      .map((far) => ({ far, tar: trueAcceptRateAt(roc, far), threshold: thresholdAtFar(ranked, far) })),
    roc,
    histogram: histogramOf(ranked, options.histogramBins ?? defaultHistogramBins),
  };
}

/** The figures that a run keeps of an evaluation. */
export function summarize(report: VerificationReport): VerificationSummary {
  const { pairs, accuracy, accuracyDeviation, auc, eer, threshold } = report;
  const atRate = report.tarAtFar.find(({ far }) => far === rateOfSummary);
  return { pairs, accuracy, accuracyDeviation, auc, eer, ...(atRate ? { tarAtFar1e3: atRate.tar } : {}), threshold };
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

function judgeFolds(ranked: RankedScores, flags: Uint8Array, folds: ArrayLike<number>): FoldResult[] {
  const members = pairsOfFolds(folds);
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

/** Cosines get the fixed range -1..1, so that histograms of two models can be compared; other scores their own range. */
function histogramOf({ values, same, different }: ScoreCounts, bins: number): ScoreHistogram {
  const rounding = 1e-4;
  const smallest = values[0] ?? 0;
  const largest = values.at(-1) ?? 0;
  const isCosine = smallest >= -1 - rounding && largest <= 1 + rounding;
  const low = isCosine ? -1 : smallest;
  const high = isCosine ? 1 : largest > smallest ? largest : smallest + 1;
  const counts = { same: new Uint32Array(bins), different: new Uint32Array(bins) };
  for (let i = 0; i < values.length; i++) {
    const bin = Math.max(0, Math.min(bins - 1, Math.floor((((values[i] ?? 0) - low) / (high - low)) * bins)));
    counts.same[bin] = (counts.same[bin] ?? 0) + (same[i] ?? 0);
    counts.different[bin] = (counts.different[bin] ?? 0) + (different[i] ?? 0);
  }
  return { low, high, same: [...counts.same], different: [...counts.different] };
}
