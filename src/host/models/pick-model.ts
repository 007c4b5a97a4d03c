import * as path from 'node:path';
import * as vscode from 'vscode';
import { runFiles } from '../../protocol/run-files';
import { askItem, askPath } from '../ask';
import type { CommandContext } from '../commands/command-context';
import { describeRun } from '../runs/run-description';
import { readModelFacts } from './model-facts';
import { modelExtensions, modelSource, type ModelSource } from './model-source';

/**
 * The model at `given`, or one that the user picks: a run or a file.
 * @param except endings of files that do not fit
 * @throws CancelledError when none was picked, UserError when it is no model
 */
export async function pickModel(context: CommandContext, given: string | undefined, title: string, except: readonly string[] = []): Promise<ModelSource> {
  if (given !== undefined) return modelSource(given);
  const runs = context.store.runs.filter((entry) => entry.kind === 'run').sort((a, b) => b.record.createdAt.localeCompare(a.record.createdAt));
  const items: (vscode.QuickPickItem & { readonly folder?: string })[] = [
    ...runs.map((entry) => ({ label: path.basename(entry.folder), description: describeRun(entry, context.figures), folder: entry.folder })),
    { label: vscode.l10n.t('Model File…'), description: modelExtensions.filter((extension) => !except.includes(extension)).join(', ') },
  ];
  const picked = await askItem(items, { title, placeHolder: vscode.l10n.t('Model') });
  return modelSource(picked.folder ?? (await pickFile(title, except)));
}

async function pickFile(title: string, except: readonly string[]): Promise<string> {
  const extensions = modelExtensions.filter((extension) => !except.includes(extension)).map((extension) => extension.slice(1));
  const file = await askPath({ title, filters: { [vscode.l10n.t('Models')]: extensions }, openLabel: vscode.l10n.t('Choose Model') });
  return file;
}

/** A run keeps its best model and its last one. Asks which, when they are not of the same step. @throws CancelledError when the user does not choose */
export async function chooseCheckpoint({ figures }: CommandContext, source: ModelSource, title: string): Promise<ModelSource> {
  if (source.kind !== 'run') return source;
  const last = path.join(source.model, runFiles.lastModel);
  const [bestFacts, lastFacts] = await Promise.all([readModelFacts(path.join(source.model, runFiles.bestModel)), readModelFacts(last)]);
  if (bestFacts?.trained === undefined || lastFacts?.trained === undefined || bestFacts.trained.step === lastFacts.trained.step) return source;
  const step = (facts: { readonly step: number }): string => vscode.l10n.t('step {0}', figures.count(facts.step));
  const items = [
    { label: vscode.l10n.t('Best on held-out people'), description: step(bestFacts.trained), source },
    { label: vscode.l10n.t('Last'), description: step(lastFacts.trained), source: { ...source, model: last, stem: `${source.stem}-last` } },
  ];
  const picked = await askItem(items, { title, placeHolder: vscode.l10n.t('Checkpoint') });
  return picked.source;
}
