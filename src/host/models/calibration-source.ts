import * as path from 'node:path';
import * as vscode from 'vscode';
import { CancelledError } from '../../base/user-error';
import type { CommandContext } from '../commands/command-context';
import { readDataset } from '../datasets/read-dataset';
import type { ModelSource } from './model-source';

/**
 * Dataset or photos that a conversion takes value ranges from: the dataset that the run was trained on when it fits, else
 * what the user picks.
 * @throws CancelledError when nothing was picked
 */
export async function chooseCalibration({ store, figures }: CommandContext, { dataset, imageSize }: ModelSource, title: string): Promise<string> {
  if (dataset !== undefined) {
    const entry = await readDataset(dataset);
    if (entry.kind === 'dataset' && fits(entry.record.imageSize, imageSize)) return dataset;
  }
  const datasets = store.datasets.filter((entry) => entry.kind === 'dataset').filter((entry) => fits(entry.record.imageSize, imageSize));
  const items: (vscode.QuickPickItem & { readonly folder?: string })[] = [
    ...datasets.map(({ folder, record }) => ({
      label: path.basename(folder), folder, description: vscode.l10n.t('{0} crops of {1} × {1} pixels', figures.count(record.images), record.imageSize),
    })),
    ...store.photoFolders.map(({ folder, photos }) => ({ label: path.basename(folder), folder, description: vscode.l10n.t('{0} photos', figures.count(photos)) })),
    { label: vscode.l10n.t('Photo Folder…'), description: vscode.l10n.t('one subfolder for each person') },
  ];
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder: vscode.l10n.t('Faces to take the range of each layer from, 200 or more if possible') });
  if (picked === undefined) throw new CancelledError();
  return picked.folder ?? askPhotoFolder(vscode.l10n.t('Photos to Calibrate With'));
}

/** @throws CancelledError when none was picked */
export async function askPhotoFolder(title: string): Promise<string> {
  const chosen = await vscode.window.showOpenDialog({ title, canSelectFolders: true, canSelectFiles: false, openLabel: vscode.l10n.t('Choose Photo Folder') });
  const folder = chosen?.[0]?.fsPath;
  if (folder === undefined) throw new CancelledError();
  return folder;
}

function fits(size: number, wanted: number | undefined): boolean {
  return wanted === undefined || size === wanted;
}
