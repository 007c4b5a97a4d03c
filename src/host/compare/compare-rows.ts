import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { CompareRow } from '../../protocol/compare-panel';
import { flatFacts, type Fact } from '../../protocol/flat-facts';
import { headTitle, networkTitle } from '../../protocol/network-title';
import { runFiles } from '../../protocol/run-files';
import { evaluationFolder } from '../models/evaluation-target';
import { entryState } from '../runs/run-description';
import type { RunEntry } from '../runs/run-entry';
import { listFolder } from '../workspace/folders';
import type { StoredEvaluations } from './stored-evaluation';

/** Where a .kmodel of a run is looked for: where the extension, the journey and people put it. */
const kmodelFolders: readonly string[] = ['', runFiles.bestModel, runFiles.lastModel];
const kmodelExtension = '.kmodel';

/** The rows of runs: each run's model, and below it the .kmodel files in its folder. */
export async function readCompareRows(runs: readonly RunEntry[], evaluations: StoredEvaluations, isStarred: (run: string) => boolean): Promise<CompareRow[]> {
  const rows = await Promise.all(runs.map(async (run) => {
    const kmodels = await findKmodels(run.folder);
    return Promise.all([floatRow(run, evaluations), ...kmodels.map((file) => kmodelRow(run, file, evaluations))]);
  }));
  return rows.flat().map((row) => ({ ...row, isStarred: isStarred(row.run) }));
}

/** Folder of a row's evaluation. */
export function rowEvaluationFolder({ id, run, form }: Pick<CompareRow, 'id' | 'run' | 'form'>): string {
  return evaluationFolder({ kind: form === 'float' ? 'run' : 'file', model: id, run, home: run });
}

async function findKmodels(run: string): Promise<string[]> {
  const found = await Promise.all(kmodelFolders.map(async (name) => {
    const folder = path.join(run, name);
    return (await listFolder(folder)).filter((entry) => entry.isFile() && path.extname(entry.name) === kmodelExtension).map((entry) => path.join(folder, entry.name));
  }));
  return found.flat();
}

async function floatRow(run: RunEntry, evaluations: StoredEvaluations): Promise<CompareRow> {
  const modelFolder = await existingModel(run.folder);
  const row = { ...commonOf(run), id: run.folder, form: 'float' as const, hasModel: modelFolder !== undefined };
  const size = modelFolder === undefined ? undefined : await folderSize(modelFolder);
  // Without a report the run's own verification tells how good it is, but draws no curve.
  const best = run.recent.evaluations.findLast((event) => event.best) ?? run.recent.evaluations.at(-1);
  const own = best === undefined ? {} : { accuracy: best.summary.accuracy, auc: best.summary.auc, eer: best.summary.eer, threshold: best.summary.threshold };
  return withEvaluation({ ...row, facts: { ...row.facts, form: 'float', ...own, ...(size === undefined ? {} : { size: size.bytes }) } }, size?.writtenMs ?? 0, evaluations);
}

async function kmodelRow(run: RunEntry, file: string, evaluations: StoredEvaluations): Promise<CompareRow> {
  const { size, mtimeMs } = await stat(file);
  const row = commonOf(run);
  return withEvaluation({ ...row, id: file, form: 'kmodel', hasModel: true, facts: { ...row.facts, form: path.basename(file), size } }, mtimeMs, evaluations);
}

function commonOf(run: RunEntry): Omit<CompareRow, 'id' | 'form' | 'hasModel'> {
  const { folder, record } = run;
  const facts: Record<string, Fact> = {
    head: headTitle(record.head), network: networkTitle(record.network), steps: run.recent.last('step') ?? record.firstStep, people: record.identities,
    images: record.images, imageSize: record.imageSize, dataset: path.basename(record.dataset), engine: record.engine,
    ...(record.parent ? { parent: `${record.parent.name}, ${record.parent.step}` } : {}),
  };
  return { run: folder, name: path.basename(folder), state: entryState(run), isStarred: false, facts: { ...facts, ...Object.fromEntries(flatFacts({ recipe: record.recipe })) } };
}

async function withEvaluation(row: CompareRow, modelWrittenMs: number, evaluations: StoredEvaluations): Promise<CompareRow> {
  const stored = await evaluations.read(rowEvaluationFolder(row));
  if (stored === undefined) return row;
  return { ...row, facts: { ...row.facts, ...stored.figures }, evaluation: { ...stored.evaluation, isStale: modelWrittenMs > stored.writtenMs } };
}

async function existingModel(run: string): Promise<string | undefined> {
  for (const name of [runFiles.bestModel, runFiles.lastModel]) {
    const folder = path.join(run, name);
    if (await stat(folder).then((entry) => entry.isDirectory(), () => false)) return folder;
  }
  return undefined;
}

async function folderSize(folder: string): Promise<{ bytes: number; writtenMs: number }> {
  const names = (await readdir(folder)).filter((name) => /\.bin$|^(model|face)\.json$/.test(name));
  const entries = await Promise.all(names.map((name) => stat(path.join(folder, name))));
  return { bytes: entries.reduce((sum, { size }) => sum + size, 0), writtenMs: Math.max(0, ...entries.map(({ mtimeMs }) => mtimeMs)) };
}
