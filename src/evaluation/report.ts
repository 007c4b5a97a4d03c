import path from 'node:path';
import { writeFileAtomic, writeJsonAtomic } from '../base/atomic-file';
import type { ScoredPair } from './evaluate-model';
import { tableValue } from './pair-file';
import { detPoints, thinnedRoc } from './roc';
import { rocSvg } from './roc-svg';
import { summarize, type VerificationReport } from './verification';

export interface ReportToWrite {
  /** Name of the model, for headings. */
  readonly title: string;
  readonly report: VerificationReport;
  /** Facts beside the figures (model, photos, ...), put into report.json. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Scores of the single pairs, where they have names. */
  readonly scoredPairs?: readonly ScoredPair[];
}

const mostCurvePoints = 1000;

/**
 * Writes report.json, report.txt, roc.csv, roc.svg and, where given, scores.csv into a folder; its other files stay.
 * @returns the written files
 */
export async function writeReport(folder: string, { title, report, facts, scoredPairs }: ReportToWrite): Promise<string[]> {
  const file = (name: string): string => path.join(folder, name);
  const texts = new Map([
    [file('report.txt'), `${reportText(title, report)}\n`],
    [file('roc.csv'), rocCsv(report)],
    [file('roc.svg'), rocSvg(title, report)],
    ...(scoredPairs ? [[file('scores.csv'), scoresCsv(scoredPairs)] as const] : []),
  ]);
  for (const [name, text] of texts) await writeFileAtomic(name, text);
  await writeJsonAtomic(file('report.json'), { ...facts, ...reportJson(report), curve: curveJson(report) });
  return [file('report.json'), ...texts.keys()];
}

/** The report as a table for a terminal. */
export function reportText(title: string, report: VerificationReport): string {
  const { thresholdInterval: interval } = report;
  const rows: [string, string][] = [
    ['Pairs', `${report.pairs} (${report.samePairs} of the same person, ${report.differentPairs} of different people)`],
    ['Accuracy', `${percent(report.accuracy)} +- ${percent(report.accuracyDeviation)} (${report.folds.length} folds)`],
    ['AUC', report.auc.toFixed(5)],
    ['Equal error rate', percent(report.eer)],
    ['Threshold', `${report.threshold.toFixed(4)} (${100 * interval.level} % interval ${interval.low.toFixed(4)} to ${interval.high.toFixed(4)})`],
    ...report.tarAtFar.map(({ far, tar, threshold }): [string, string] => [`TAR at FAR ${far.toExponential()}`, `${percent(tar)} (threshold ${threshold.toFixed(4)})`]),
  ];
  const labelWidth = Math.max(...rows.map(([name]) => name.length));
  return [`Verification of ${title}`, ...rows.map(([name, value]) => `  ${name.padEnd(labelWidth)}  ${value}`)].join('\n');
}

/** All figures of a report except the curve. */
export function reportJson(report: VerificationReport): Record<string, unknown> {
  return {
    ...summarize(report),
    samePairs: report.samePairs,
    differentPairs: report.differentPairs,
    thresholdInterval: report.thresholdInterval,
    accuracyAtThreshold: report.accuracyAtThreshold,
    tarAtFar: report.tarAtFar,
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
