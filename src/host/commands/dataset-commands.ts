import { stat } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { commands } from '../../ids';
import { askPath, confirm } from '../ask';
import { prepareArguments } from '../datasets/prepare-choices';
import type { CommandContext } from './command-context';
import { pickPhotoFolder, requirePhotos } from './photo-folder-choice';
import { chooseWorkspaceFolder } from './workspace-folder';

/** Renders the sample photos and prepares a dataset of them. */
export async function trySample(context: CommandContext): Promise<void> {
  const root = await chooseWorkspaceFolder();
  const photos = path.join(root, 'sample');
  const out = path.join(root, 'datasets', 'sample');
  const render = (await exists(photos)) ? [] : [['sample', photos]];
  await context.jobs.run(vscode.l10n.t('Making the sample'), [...render, ['dataset', 'prepare', photos, '--out', out]]);
  await context.store.refresh();
  offerTraining(vscode.l10n.t('The sample is ready in datasets/sample.'));
}

/** Asks for a folder with one subfolder of photos for each person. */
export async function choosePhotos(context: CommandContext): Promise<void> {
  const folder = await askPath({
    canSelectFolders: true, canSelectFiles: false, openLabel: vscode.l10n.t('Choose Photo Folder'),
    title: vscode.l10n.t('Folder with one subfolder of photos for each person'),
  });
  await requirePhotos(folder);
  await context.store.addPhotoFolder(folder);
}

/**
 * Prepares as it was last chosen for this folder.
 * @param folder photo folder; asked for when absent
 */
export async function prepareDataset(context: CommandContext, folder: string | undefined): Promise<void> {
  const photos = folder ?? (await pickPhotoFolder(context, vscode.l10n.t('Photos to prepare')));
  await requirePhotos(photos);
  const name = path.basename(photos);
  const out = path.join(await chooseWorkspaceFolder(photos), 'datasets', name);
  const replaces = await exists(out);
  if (replaces) await confirmReplacement(name);
  const choices = context.choices.get(photos);
  const args = ['dataset', 'prepare', photos, '--out', out, ...prepareArguments(choices), ...(replaces ? ['--overwrite'] : [])];
  const policy = path.basename(choices.policy);
  await context.jobs.run(vscode.l10n.t('Preparing {0} (policy {1}, {2})', name, policy, `${choices.size} × ${choices.size}`), [args]);
  await context.store.refresh();
  await context.explorers.of(photos)?.refreshFindings();
  offerTraining(vscode.l10n.t('Dataset {0} is ready.', name));
}

async function confirmReplacement(name: string): Promise<void> {
  const detail = vscode.l10n.t('The prepared crops are replaced when the new ones are complete. Photos and runs stay as they are.');
  await confirm(vscode.l10n.t('Prepare datasets/{0} again?', name), detail, vscode.l10n.t('Prepare Again'));
}

/** The next step of the journey, without waiting for the answer. */
function offerTraining(message: string): void {
  const train = vscode.l10n.t('Train…');
  void vscode.window.showInformationMessage(message, train).then((choice) => {
    if (choice === train) void vscode.commands.executeCommand(commands.train);
  });
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(() => true, () => false);
}
