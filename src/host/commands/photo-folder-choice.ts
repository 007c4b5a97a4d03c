import * as path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../base/user-error';
import { askItem } from '../ask';
import { holdsPhotosOfPeople } from '../workspace/find-artifacts';
import type { CommandContext } from './command-context';

/** @throws UserError when the workspace has no photos, CancelledError when none was picked */
export async function pickPhotoFolder({ store, explorers, figures }: CommandContext, title: string): Promise<string> {
  if (explorers.visibleFolder !== undefined) return explorers.visibleFolder;
  const [first, ...others] = store.photoFolders;
  if (first === undefined) {
    throw new UserError(vscode.l10n.t('This workspace has no folder with one subfolder of photos for each person.'), vscode.l10n.t('Choose a photo folder or try the sample.'));
  }
  if (others.length === 0) return first.folder;
  const items = store.photoFolders.map((entry) => ({ label: path.basename(entry.folder), description: figures.count(entry.people.length), folder: entry.folder }));
  const picked = await askItem(items, { placeHolder: title });
  return picked.folder;
}

export async function requirePhotos(folder: string): Promise<void> {
  if (await holdsPhotosOfPeople(folder)) return;
  throw new UserError(
    vscode.l10n.t('{0} does not hold photos of at least two people.', folder),
    vscode.l10n.t('Choose a folder that has one subfolder of photos for each person.'),
  );
}
