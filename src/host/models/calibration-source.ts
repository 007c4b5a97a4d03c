import * as path from 'node:path';
import * as vscode from 'vscode';
import { askItem, askPath } from '../ask';
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
  const picked = await askItem(items, { title, placeHolder: vscode.l10n.t('Faces to take the range of each layer from, 200 or more if possible') });
  return picked.folder ?? askPhotoFolder(vscode.l10n.t('Photos to Calibrate With'));
}

/** @throws CancelledError when none was picked */
export async function askPhotoFolder(title: string): Promise<string> {
  const folder = await askPath({ title, canSelectFolders: true, canSelectFiles: false, openLabel: vscode.l10n.t('Choose Photo Folder') });
  return folder;
}

function fits(size: number, wanted: number | undefined): boolean {
  return wanted === undefined || size === wanted;
}
