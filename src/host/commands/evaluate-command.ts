import * as path from 'node:path';
import * as vscode from 'vscode';
import { readDataset } from '../datasets/read-dataset';
import { askItem, askPath } from '../ask';
import { askPhotoFolder } from '../models/calibration-source';
import { evaluateArguments, evaluationFiles, evaluationFolder, type JudgedOn } from '../models/evaluation-target';
import type { ModelSource } from '../models/model-source';
import { withNormalization } from '../models/normalization-question';
import { pickModel } from '../models/pick-model';
import type { CommandContext } from './command-context';
import { ensureEngine } from './engine-commands';

/**
 * Judges a model by pairs of photos and shows the report.
 * @param given path of the model; asked for when absent
 */
export async function evaluateModel(context: CommandContext, given: string | undefined): Promise<void> {
  const title = vscode.l10n.t('Evaluate');
  const source = await pickModel(context, given, title);
  const on = await askJudgedOn(context, source, title);
  const env = path.extname(source.model) === '.kmodel' ? {} : await ensureEngine(context, 'running');
  const out = evaluationFolder(source, isOwn(on, source) ? undefined : path.basename(on.folder));
  await withNormalization(source.model, context.memory, (normalization) =>
    context.jobs.run(vscode.l10n.t('Evaluating {0}', source.name), [evaluateArguments(source.model, on, out, normalization)], env));
  await context.reports.open(path.join(out, evaluationFiles.page), source.name);
}

function isOwn(on: JudgedOn, { dataset, run }: ModelSource): boolean {
  return on.kind === 'dataset' && (run === undefined || on.folder === dataset);
}

async function askJudgedOn(context: CommandContext, source: ModelSource, title: string): Promise<JudgedOn> {
  const { t } = vscode.l10n;
  const datasets = await heldOutDatasets(context, source);
  const items: (vscode.QuickPickItem & { readonly ask: () => Promise<JudgedOn> })[] = [
    ...datasets.map(({ folder, people }) => ({
      label: t('Held-out people of {0}', path.basename(folder)), description: t('{0} people', context.figures.count(people)),
      ask: () => Promise.resolve({ kind: 'dataset' as const, folder }),
    })),
    { label: t('Photos…'), description: t('one subfolder for each person; pairs are made'), ask: async () => ({ kind: 'photos', folder: await askPhotoFolder(title) }) },
    { label: t('Photos with a Pair List…'), description: t('such as LFW with its pairs.txt'), ask: () => askPhotosWithPairs(title) },
  ];
  const picked = await askItem(items, { title: t('{0} {1}', title, source.name), placeHolder: t('Photos of people that the model was not trained on') });
  return picked.ask();
}

/** Datasets with at least two held-out people whose crops the model takes, the run's own one first. */
async function heldOutDatasets({ store }: CommandContext, { dataset, imageSize }: ModelSource): Promise<{ folder: string; people: number }[]> {
  const known = store.datasets.filter((entry) => entry.kind === 'dataset');
  const own = dataset === undefined || known.some(({ folder }) => folder === dataset) ? undefined : await readDataset(dataset);
  const all = own?.kind === 'dataset' ? [own, ...known] : known;
  return all
    .filter(({ record }) => imageSize === undefined || record.imageSize === imageSize)
    .map(({ folder, record }) => ({ folder, people: record.identities.filter(({ heldOut }) => heldOut).length }))
    .filter(({ people }) => people >= 2)
    .sort((a, b) => Number(b.folder === dataset) - Number(a.folder === dataset));
}

async function askPhotosWithPairs(title: string): Promise<JudgedOn> {
  const folder = await askPhotoFolder(title);
  const pairs = await askPath({
    title: vscode.l10n.t('Pair List'), openLabel: vscode.l10n.t('Choose Pair List'), defaultUri: vscode.Uri.file(folder), filters: { [vscode.l10n.t('Pair lists')]: ['txt', 'csv', 'tsv'] },
  });
  return { kind: 'photos', folder, pairs };
}
