import { writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { CancelledError } from '../../base/user-error';
import { commands } from '../../ids';
import { askText } from '../ask';
import { nextRunName } from '../runs/run-names';
import type { RunEntry } from '../runs/run-entry';
import { namesIn } from '../workspace/folders';
import type { CommandContext } from './command-context';
import { ensureEngine } from './engine-commands';
import { runSteps } from './multi-step';
import { recipeEnding, saveRecipe } from './recipe-document';
import { startAndShow } from './start-training';
import { trainArguments } from './train-arguments';
import { newRecipe, offeredDatasets, trainSteps, type TrainChoice } from './train-steps';
import { chooseWorkspaceFolder } from './workspace-folder';

/**
 * Asks what to train and how, starts the job and shows its panel.
 * @param given a dataset's folder or a recipe's file; what is not given is asked for
 */
export async function train(context: CommandContext, given: string | undefined): Promise<void> {
  const recipe = given?.endsWith(recipeEnding) ? given : undefined;
  const datasets = offeredDatasets(context, recipe === undefined ? given : undefined);
  const [only, ...others] = datasets;
  const known: TrainChoice = { ...(others.length === 0 && only ? { dataset: only } : {}), ...(recipe === undefined ? {} : { recipe }) };
  const choice = await runSteps(trainSteps(context, known, datasets), known);
  if (choice.recipe === newRecipe) return editNewRecipe(choice);
  if (choice.dataset === undefined || choice.network === undefined) throw new CancelledError();
  if (choice.recipe?.endsWith(recipeEnding)) await saveRecipe(choice.recipe);
  const env = await ensureEngine(context);
  const runs = path.join(await chooseWorkspaceFolder(choice.dataset.folder), 'runs');
  const out = path.join(runs, nextRunName(await namesIn(runs)));
  const { dataset, network, epochs } = choice;
  const args = trainArguments({ dataset: dataset.folder, out, ...(epochs === undefined ? {} : { epochs }), start: { network, ...(choice.recipe === undefined ? {} : { recipe: choice.recipe }) } });
  await startAndShow(context, out, args, env);
}

/** Goes on with a run from its last checkpoint, in its own folder. */
export async function resume(context: CommandContext, run: RunEntry): Promise<void> {
  const env = await ensureEngine(context);
  await startAndShow(context, run.folder, ['train', '--resume', run.folder], env);
}

/** Writes a recipe with what was chosen so far, and opens it: the editor completes and checks it by its schema. */
async function editNewRecipe({ network, epochs }: TrainChoice): Promise<void> {
  const folder = await chooseWorkspaceFolder();
  const taken = await namesIn(folder);
  const name = await askText({
    title: vscode.l10n.t('Edit Recipe'), prompt: vscode.l10n.t('Name of the recipe'), value: freeRecipeName(taken),
    validateInput: (text) => {
      if (!/^[\w][\w .-]*$/.test(text)) return vscode.l10n.t('Use letters, digits, spaces, dots and dashes.');
      return taken.includes(text + recipeEnding) ? vscode.l10n.t('{0} is already there.', text + recipeEnding) : undefined;
    },
  });
  const file = path.join(folder, name + recipeEnding);
  const content = { extends: 'softmax', network, ...(epochs === undefined ? {} : { epochs }), learningRate: { schedule: 'cosine', initial: 0.002, final: 0.00001, warmUpEpochs: 1 } };
  await writeFile(file, `${JSON.stringify(content, null, 2)}\n`, { flag: 'wx' });
  await vscode.window.showTextDocument(vscode.Uri.file(file));
  const start = vscode.l10n.t('Train…');
  void vscode.window.showInformationMessage(vscode.l10n.t('Change what you like in {0}, then train with it.', name + recipeEnding), start).then((picked) => {
    if (picked === start) void vscode.commands.executeCommand(commands.train, vscode.Uri.file(file));
  });
}

function freeRecipeName(taken: readonly string[]): string {
  for (let count = 1; ; count++) {
    const name = count === 1 ? 'training' : `training-${count}`;
    if (!taken.includes(name + recipeEnding)) return name;
  }
}
