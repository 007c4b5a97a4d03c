import { stat } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { CancelledError, UserError } from '../../base/user-error';
import { commands } from '../../ids';
import { holdsPhotosOfPeople } from '../workspace/find-artifacts';
import type { CommandContext } from './command-context';
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
  const picked = await vscode.window.showOpenDialog({
    canSelectFolders: true, canSelectFiles: false, openLabel: vscode.l10n.t('Choose Photo Folder'),
    title: vscode.l10n.t('Folder with one subfolder of photos for each person'),
  });
  const folder = picked?.[0]?.fsPath;
  if (folder === undefined) return;
  await requirePhotos(folder);
  await context.store.addPhotoFolder(folder);
}

/** @param folder photo folder; asked for when absent */
export async function prepareDataset(context: CommandContext, folder: string | undefined): Promise<void> {
  const photos = folder ?? (await pickPhotoFolder(context));
  await requirePhotos(photos);
  const name = path.basename(photos);
  const out = path.join(await chooseWorkspaceFolder(photos), 'datasets', name);
  if (await exists(out)) await confirmReplacement(name);
  await context.jobs.run(vscode.l10n.t('Preparing {0}', name), [['dataset', 'prepare', photos, '--out', out]]);
  await context.store.refresh();
  offerTraining(vscode.l10n.t('Dataset {0} is ready.', name));
}

async function pickPhotoFolder({ store, figures }: CommandContext): Promise<string> {
  const [first, ...others] = store.photoFolders;
  if (first === undefined) {
    throw new UserError(vscode.l10n.t('This workspace has no folder with one subfolder of photos for each person.'), vscode.l10n.t('Choose a photo folder or try the sample.'));
  }
  if (others.length === 0) return first.folder;
  const items = store.photoFolders.map((entry) => ({ label: path.basename(entry.folder), description: figures.count(entry.people.length), folder: entry.folder }));
  const picked = await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Photos to prepare') });
  if (picked === undefined) throw new CancelledError();
  return picked.folder;
}

async function requirePhotos(folder: string): Promise<void> {
  if (await holdsPhotosOfPeople(folder)) return;
  throw new UserError(
    vscode.l10n.t('{0} does not hold photos of at least two people.', folder),
    vscode.l10n.t('Choose a folder that has one subfolder of photos for each person.'),
  );
}

async function confirmReplacement(name: string): Promise<void> {
  const replace = vscode.l10n.t('Prepare Again');
  const choice = await vscode.window.showWarningMessage(
    vscode.l10n.t('Prepare datasets/{0} again?', name),
    { modal: true, detail: vscode.l10n.t('The prepared crops are replaced when the new ones are complete. Photos and runs stay as they are.') },
    replace,
  );
  if (choice !== replace) throw new CancelledError();
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
