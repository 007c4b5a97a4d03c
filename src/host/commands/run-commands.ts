import * as path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../base/user-error';
import { commands } from '../../ids';
import type { RunActionName } from '../../protocol/run-actions';
import { runFiles } from '../../protocol/run-files';
import { sendControl } from '../../training/run/run-control';
import { askItem, askItems } from '../ask';
import { newestFirst } from '../runs/lineage';
import { describeRun, entryActions } from '../runs/run-description';
import type { RunEntry } from '../runs/run-entry';
import type { OutwardRequest } from '../training/training-panel';
import type { CommandContext } from './command-context';
import { openNextRecipe } from './recipe-document';
import { openResumeWithArcface } from './resume-commands';
import { resume } from './train-commands';

/** Commands that ask the user more. */
const askingCommands: Partial<Record<RunActionName, string>> = { 'resume': commands.resume, 'resume-arcface': commands.resumeWithArcface, 'evaluate': commands.evaluate };

/** Does what a training panel asks for. What asks the user more is only begun: a page waits no longer than 30 s for its answer. */
export async function performRequest(context: CommandContext, request: OutwardRequest, folder: string): Promise<void> {
  if (request.name === 'openRun') return context.panels.open(request.params.run);
  if (request.name === 'openSetting') return openNextRecipe(await freshRun(context, folder), request.params.setting);
  if (request.name === 'checkpoint') return performAtCheckpoint(context, request.params, folder);
  const { name } = request.params;
  const asking = askingCommands[name];
  if (asking !== undefined) return void vscode.commands.executeCommand(asking, folder);
  await performAction(context, name, folder);
}

/** Only the best and the last state of a run are kept as models that can be evaluated. */
async function performAtCheckpoint(context: CommandContext, { step, action }: Extract<OutwardRequest, { name: 'checkpoint' }>['params'], folder: string): Promise<void> {
  switch (action) {
    case 'evaluateBest':
    case 'evaluateLast':
      void vscode.commands.executeCommand(commands.evaluate, path.join(folder, action === 'evaluateBest' ? runFiles.bestModel : runFiles.lastModel));
      return;
    case 'fork':
      return openResumeWithArcface(context, { folder, point: step });
    case 'copyPath':
      return vscode.env.clipboard.writeText(path.join(folder, runFiles.checkpoints, String(step)));
  }
}

/** Puts further runs into the charts of a panel: the one in sight, else that of `folder`, else of a run that the user picks. */
export async function addRunsToCharts(context: CommandContext, folder: string | undefined, selected: readonly string[]): Promise<void> {
  const { visible } = context.panels;
  const added = [...new Set([...(folder === undefined ? [] : [folder]), ...selected])];
  if (visible !== undefined) return visible.page.addRuns(added.length === 0 ? undefined : added);
  const [first = (await pickAnyRun(context)).folder, ...others] = added;
  await context.panels.open(first);
  await context.panels.page(first)?.addRuns(others.length === 0 ? undefined : others);
}

/** Asks for any number of runs, newest first. @param shown folders that are not offered */
export async function chooseRuns({ store, figures }: Pick<CommandContext, 'store' | 'figures'>, shown: readonly string[]): Promise<readonly string[]> {
  const runs = store.runs.filter((entry) => entry.kind === 'run').filter(({ folder }) => !shown.includes(folder));
  if (runs.length === 0) throw new UserError(vscode.l10n.t('There is no other run in this workspace.'), vscode.l10n.t('Train once more, then compare.'));
  const items = newestFirst(runs).map((run) => ({ label: path.basename(run.folder), description: describeRun(run, figures), folder: run.folder }));
  const picked = await askItems(items, { title: vscode.l10n.t('Add Runs to Charts'), placeHolder: vscode.l10n.t('Runs to compare with') });
  return picked.map((item) => item.folder);
}

/** @param folder the run; when absent, the only one that allows the action, or one that the user picks */
export async function performAction(context: CommandContext, action: RunActionName, folder: string | undefined): Promise<void> {
  const run = folder === undefined ? await pickRun(context, action) : await freshRun(context, folder);
  switch (action) {
    case 'resume':
      return resume(context, run);
    case 'resume-arcface':
      return openResumeWithArcface(context, { folder: run.folder });
    case 'evaluate':
      return void vscode.commands.executeCommand(commands.evaluate, run.folder);
    case 'pause':
    case 'continue':
    case 'stop-after-epoch':
    case 'stop-now':
      return sendControl(run.folder, action);
  }
}

/** @param folder the run; when absent, one that the user picks */
export async function openRun(context: CommandContext, folder: string | undefined, keepFocus = false): Promise<void> {
  const run = folder ?? (await pickAnyRun(context)).folder;
  await context.panels.open(run, { keepFocus });
}

/** @throws UserError when there is none, CancelledError when none was picked */
export function pickAnyRun(context: CommandContext): Promise<RunEntry> {
  return pickAmong(context, context.store.runs.filter((entry) => entry.kind === 'run'));
}

/** @throws UserError when it is gone */
async function freshRun({ store }: CommandContext, folder: string): Promise<RunEntry> {
  await store.refresh();
  const run = store.run(folder);
  if (run === undefined) throw new UserError(vscode.l10n.t('{0} is no longer there.', folder), vscode.l10n.t('Refresh the list of runs.'));
  return run;
}

async function pickRun(context: CommandContext, action: RunActionName): Promise<RunEntry> {
  await context.store.refresh();
  const fitting = context.store.runs.filter((entry) => entry.kind === 'run').filter((entry) => entryActions(entry).some(({ name }) => name === action));
  if (fitting.length === 1) return fitting[0] as RunEntry;
  return pickAmong(context, fitting);
}

async function pickAmong({ figures }: CommandContext, runs: readonly RunEntry[]): Promise<RunEntry> {
  if (runs.length === 0) throw new UserError(vscode.l10n.t('No run allows this now.'), vscode.l10n.t('Start a training first.'));
  const items = newestFirst(runs).map((run) => ({ label: path.basename(run.folder), description: describeRun(run, figures), run }));
  const picked = await askItem(items, { placeHolder: vscode.l10n.t('Run') });
  return picked.run;
}
