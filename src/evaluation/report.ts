import path from 'node:path';
import { writeFileAtomic, writeJsonAtomic } from '../base/atomic-file';
import type { Interval } from './bootstrap';
import type { ScoredPair } from './evaluate-model';
import type { Identification } from './identification';
import { tableValue } from './pair-file';
import { detPoints, thinnedRoc } from './roc';
import { rocSvg } from './roc-svg';
import { summarize, type VerificationReport } from './verification';

/** Everything that is known of an evaluation. */
export interface EvaluationReport {
  /** Name of the model, for headings. */
  readonly title: string;
  /** What it was judged on, as the start of a sentence, e.g. "Held-out people of datasets/team". */
  readonly subject: string;
  readonly report: VerificationReport;
  readonly identification?: Identification;
  /** Facts beside the figures (model, photos, ...), put into report.json. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly scoredPairs: readonly ScoredPair[];
}

const mostCurvePoints = 1000;

/**
 * Writes report.json, report.txt, roc.csv, roc.svg and scores.csv into a folder; its other files stay.
 * @returns the written files
 */
export async function writeReport(folder: string, evaluation: EvaluationReport): Promise<string[]> {
  const { title, report, scoredPairs, identification } = evaluation;
  const file = (name: string): string => path.join(folder, name);
  const texts = new Map([
    [file('report.txt'), `${reportText(title, report, identification)}\n`],
    [file('roc.csv'), rocCsv(report)],
    [file('roc.svg'), rocSvg(title, report)],
    [file('scores.csv'), scoresCsv(scoredPairs)],
  ]);
  for (const [name, text] of texts) await writeFileAtomic(name, text);
  await writeReportJson(file('report.json'), evaluation);
  return [file('report.json'), ...texts.keys()];
}

/** All figures and the curve, as one JSON file. */
export async function writeReportJson(file: string, evaluation: EvaluationReport): Promise<void> {
  await writeJsonAtomic(file, { ...evaluation.facts, ...evaluationJson(evaluation), curve: curveJson(evaluation.report) });
}

/** The report as a table for a terminal. */
export function reportText(title: string, report: VerificationReport, identification?: Identification): string {
  const { intervals } = report;
  const range = ({ low, high }: Interval, show: (value: number) => string): string => `${show(low)} to ${show(high)}`;
  const rows: [string, string][] = [
    ['Pairs', `${report.pairs} (${report.samePairs} of the same person, ${report.differentPairs} of different people)`],
    ['Accuracy', `${percent(report.accuracy)} +- ${percent(report.accuracyDeviation)} over ${report.folds.length} folds (${range(intervals.accuracy, percent)})`],
    ['AUC', `${report.auc.toFixed(5)} (${range(intervals.auc, (value) => value.toFixed(5))})`],
    ['Equal error rate', `${percent(report.eer)} (${range(intervals.eer, percent)})`],
    ['Threshold', `${report.threshold.toFixed(4)} (${range(intervals.threshold, (value) => value.toFixed(4))})`],
    ...report.tarAtFar.map(({ far, tar, interval, threshold }): [string, string] => [
      `TAR at FAR ${far.toExponential()}`, `${percent(tar)} (${range(interval, percent)}; threshold ${threshold.toFixed(4)})`,
    ]),
    ...report.undecidedRates.map(({ far, differentPairsNeeded }): [string, string] => [
      `TAR at FAR ${far.toExponential()}`, `takes ${differentPairsNeeded} pairs of different people, there are ${report.differentPairs}`,
    ]),
    ...(identification ? identificationRows(identification) : []),
    ['Intervals', `${100 * intervals.level} %, bootstrap of ${intervals.method === 'identities' ? 'people' : 'pairs'}, ${intervals.samples} draws`],
  ];
  const labelWidth = Math.max(...rows.map(([name]) => name.length));
  return [`Verification of ${title}`, ...rows.map(([name, value]) => `  ${name.padEnd(labelWidth)}  ${value}`)].join('\n');
}

function identificationRows({ people, leaveOneOut, galleryProbe }: Identification): [string, string][] {
  return ([['all other photos', leaveOneOut], ['one photo a person', galleryProbe]] as const).map(([gallery, { rank1, rank1Interval, probes }]) => [
    'Rank 1', `${percent(rank1)} (${percent(rank1Interval.low)} to ${percent(rank1Interval.high)}): ${probes} photos among ${gallery} of ${people} people`,
  ]);
}

/** All figures of an evaluation except the curve. */
export function evaluationJson({ report, identification }: EvaluationReport): Record<string, unknown> {
  return { ...reportJson(report), identification: identification ?? null };
}

/** All figures of a verification except the curve. */
export function reportJson(report: VerificationReport): Record<string, unknown> {
  return {
    ...summarize(report),
    samePairs: report.samePairs,
    differentPairs: report.differentPairs,
    thresholdInterval: report.thresholdInterval,
    accuracyAtThreshold: report.accuracyAtThreshold,
    tarAtFar: report.tarAtFar,
    undecidedRates: report.undecidedRates,
    intervals: report.intervals,
    folds: report.folds,
    histogram: report.histogram,
  };
}

/** Columns far, tar, threshold; up to about 1000 points. The first threshold, which accepts nothing, is "inf". */
export function rocCsv(report: VerificationReport): string {
  const rows = thinnedRoc(report.roc, mostCurvePoints).map(({ far, tar, threshold }) => `${far},${tar},${Number.isFinite(threshold) ? threshold : 'inf'}\n`);
  return `far,tar,threshold\n${rows.join('')}`;
}

function curveJson(report: VerificationReport): Record<string, unknown> {
  return {
    // JSON has no Infinity: the first threshold, which accepts nothing, becomes null.
    roc: thinnedRoc(report.roc, mostCurvePoints).map((point) => ({ ...point, threshold: Number.isFinite(point.threshold) ? point.threshold : null })),
    det: detPoints(report.roc, mostCurvePoints),
  };
}

/** The pair list's own form with a column `score`, so that the file is itself a pair list. */
function scoresCsv(pairs: readonly ScoredPair[]): string {
  const rows = pairs.map(({ a, b, same, fold, score }) => `${tableValue(a)},${tableValue(b)},${same ? 1 : 0},${fold + 1},${score.toFixed(6)}\n`);
  return `a,b,same,fold,score\n${rows.join('')}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
