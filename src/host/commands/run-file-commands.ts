import { rename } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { CancelledError, UserError } from '../../base/user-error';
import { askText, confirm } from '../ask';
import { reveal } from '../models/reveal-file';
import { moveToTrash } from '../runs/delete-run';
import { nameProblem, relatives, renameRun, type NameProblem } from '../runs/rename-run';
import { isAtWork, type RunEntry } from '../runs/run-entry';
import { namesIn } from '../workspace/folders';
import type { CommandContext } from './command-context';
import { showRecipe } from './recipe-document';
import { pickAnyRun } from './run-commands';

/** @param folder the run; when absent, the one that is selected in the tree, or one that the user picks */
export async function starRun(context: CommandContext, folder: string | undefined, isStarred: boolean): Promise<void> {
  await context.starred.set((await runOf(context, folder)).folder, isStarred);
}

/** Asks for a new name; forks and parents find the run under it. */
export async function renameRunByUser(context: CommandContext, folder: string | undefined): Promise<void> {
  const run = await runOf(context, folder);
  const runs = context.store.runs.filter((entry) => entry.kind === 'run');
  const atWork = [run, ...relatives(run, runs)].find(isAtWork);
  if (atWork !== undefined) {
    throw new UserError(
      vscode.l10n.t('{0} is training, and its job would overwrite the new name.', path.basename(atWork.folder)), vscode.l10n.t('Rename {0} when it has ended.', path.basename(run.folder)),
    );
  }
  const before = path.basename(run.folder);
  const taken = (await namesIn(path.dirname(run.folder))).filter((name) => name !== before);
  const name = await askText({
    title: vscode.l10n.t('Rename {0}', before), value: before, prompt: vscode.l10n.t('New name of the run and its folder'),
    validateInput: (text) => problemText(nameProblem(text, taken), text),
  });
  if (name === before) throw new CancelledError();
  const renamed = await renameRun(run, name, runs);
  await context.starred.move(run.folder, renamed);
  context.panels.close(run.folder);
  await context.store.refresh();
}

function problemText(problem: NameProblem | undefined, name: string): string | undefined {
  switch (problem) {
    case undefined:
      return undefined;
    case 'empty':
      return vscode.l10n.t('Enter a name.');
    case 'characters':
      return vscode.l10n.t('A name has no slash and no sign that is special in paths, does not start with a dot and does not end with @ and a step.');
    case 'taken':
      return vscode.l10n.t('{0} is already there.', name);
  }
}

/** Asks, then moves the run to the trash. */
export async function deleteRun(context: CommandContext, folder: string | undefined): Promise<void> {
  const run = await runOf(context, folder);
  const name = path.basename(run.folder);
  if (isAtWork(run)) throw new UserError(vscode.l10n.t('{0} is training.', name), vscode.l10n.t('Stop it first.'));
  const forks = relatives(run, context.store.runs.filter((entry) => entry.kind === 'run')).length;
  const what = vscode.l10n.t('Its checkpoints, models and curves go to the trash.');
  const kept = forks === 0 ? '' : ` ${vscode.l10n.t('The runs that were forked from it stay; their curves begin where they were forked.')}`;
  await confirm(vscode.l10n.t('Delete {0}?', name), what + kept, vscode.l10n.t('Move to Trash'));
  context.panels.close(run.folder);
  const movedTo = await moveToTrash(run.folder);
  await context.store.refresh();
  if (movedTo !== undefined) void offerUndo(context, run.folder, movedTo);
}

/** The system's own trash has its own way back. */
async function offerUndo(context: CommandContext, folder: string, movedTo: string): Promise<void> {
  const undo = vscode.l10n.t('Undo');
  const message = vscode.l10n.t('{0} is in {1}. Empty that folder to free the space.', path.basename(folder), path.join(path.basename(path.dirname(folder)), path.basename(path.dirname(movedTo))));
  if ((await vscode.window.showInformationMessage(message, undo)) !== undo) return;
  await rename(movedTo, folder);
  await context.store.refresh();
}

/** @param folder the run; when absent, the one that is selected in the tree, or one that the user picks */
export async function showRunRecipe(context: CommandContext, folder: string | undefined): Promise<void> {
  await showRecipe(await runOf(context, folder));
}

/** In the explorer where the run lies in the workspace, else in the system's file manager. */
export async function openRunFolder(context: CommandContext, folder: string | undefined): Promise<void> {
  await reveal((await runOf(context, folder)).folder);
}

export async function copyRunPath(context: CommandContext, folder: string | undefined): Promise<void> {
  await vscode.env.clipboard.writeText((await runOf(context, folder)).folder);
}

async function runOf(context: CommandContext, folder: string | undefined): Promise<RunEntry> {
  const wanted = folder ?? context.selectedRun();
  if (wanted === undefined) return pickAnyRun(context);
  const run = context.store.run(wanted);
  if (run === undefined) throw new UserError(vscode.l10n.t('{0} is no longer there.', wanted), vscode.l10n.t('Refresh the list of runs.'));
  return run;
}
