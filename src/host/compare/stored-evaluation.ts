import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { decidedCurve, fewestDecidingPairs } from '../../evaluation/roc';
import type { RowEvaluation } from '../../protocol/compare-panel';
import { ScoreProfiler, type ScoreProfile } from '../../protocol/score-profile';
import { evaluationFiles } from '../models/evaluation-target';

const rocPointSchema = z.object({ far: z.number(), tar: z.number(), threshold: z.number().nullable() });
/** The parts of report.json that are compared. */
const reportSchema = z.object({
  fingerprint: z.string(),
  people: z.number().nullable(),
  samePairs: z.number(),
  differentPairs: z.number(),
  accuracy: z.number(),
  auc: z.number(),
  eer: z.number(),
  threshold: z.number(),
  tarAtFar: z.array(z.object({ far: z.number(), tar: z.number() })),
  curve: z.object({ roc: z.array(rocPointSchema).min(2) }),
});
export type StoredReport = z.infer<typeof reportSchema>;
export type StoredRocPoint = z.infer<typeof rocPointSchema>;

/** What a stored evaluation gives the table besides the row's evaluation. */
export interface StoredEvaluation {
  readonly figures: Pick<StoredReport, 'accuracy' | 'auc' | 'eer' | 'threshold'>;
  readonly evaluation: Omit<RowEvaluation, 'isStale'>;
  readonly writtenMs: number;
}

const drawnCorners = 400;
/** Scores of some hundred million pairs take minutes to read. */
const largestScoresBytes = 512 * 1024 * 1024;

/** @throws Error when there is no report in the folder or it cannot be read */
export async function readStoredReport(folder: string): Promise<StoredReport> {
  return reportSchema.parse(JSON.parse(await readFile(path.join(folder, evaluationFiles.report), 'utf8')));
}

/** Reads evaluations, each once for as long as it does not change. */
export class StoredEvaluations {
  private readonly known = new Map<string, StoredEvaluation>();

  /** Undefined when there is none in the folder, or none that can be read. */
  async read(folder: string): Promise<StoredEvaluation | undefined> {
    const written = await stat(path.join(folder, evaluationFiles.report)).catch(() => undefined);
    if (written === undefined) return undefined;
    const known = this.known.get(folder);
    if (known?.writtenMs === written.mtimeMs) return known;
    const read = await readEvaluation(folder, written.mtimeMs).catch(() => undefined);
    if (read) this.known.set(folder, read);
    return read;
  }
}

async function readEvaluation(folder: string, writtenMs: number): Promise<StoredEvaluation> {
  const { fingerprint, people, samePairs, differentPairs, accuracy, auc, eer, threshold, tarAtFar, curve: { roc } } = await readStoredReport(folder);
  const profile = await readProfile(path.join(folder, evaluationFiles.scores)).catch(() => undefined);
  const low = Math.min(1, fewestDecidingPairs / differentPairs);
  return {
    figures: { accuracy, auc, eer, threshold },
    evaluation: {
      fingerprint, people, samePairs, differentPairs, threshold, tarAtFar,
      equalErrorThreshold: roc.find(({ far, tar }) => far + tar >= 1)?.threshold ?? threshold,
      curve: decidedCurve(columnsOf(roc), low, drawnCorners).map(({ far, tar }) => [far, tar] as const),
      ...(profile === undefined ? {} : { profile }),
    },
    writtenMs,
  };
}

function columnsOf(roc: readonly StoredRocPoint[]): Parameters<typeof decidedCurve>[0] {
  return {
    far: Float64Array.from(roc, ({ far }) => far), tar: Float64Array.from(roc, ({ tar }) => tar),
    threshold: Float64Array.from(roc, ({ threshold }) => threshold ?? Infinity),
  };
}

/** The last three columns are same, fold and score; the names before them may hold commas. */
async function readProfile(file: string): Promise<ScoreProfile | undefined> {
  if ((await stat(file)).size > largestScoresBytes) return undefined;
  const profiler = new ScoreProfiler();
  let isHeader = true;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    const [same, , score] = line.split(',').slice(-3);
    if (!isHeader && Number.isFinite(Number(score))) profiler.add(Number(score), same === '1');
    isHeader = false;
  }
  return profiler.profile();
}
