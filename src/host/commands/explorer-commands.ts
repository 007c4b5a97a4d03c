import * as path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../base/user-error';
import { commands } from '../../ids';
import type { ExplorerFocus } from '../../protocol/explorer-page';
import { placesOf } from '../datasets/dataset-places';
import { askItem } from '../ask';
import type { ExplorerCommand } from '../explorer/explorer-panel';
import type { CommandContext } from './command-context';
import { ensureEngine } from './engine-commands';
import { pickPhotoFolder, requirePhotos } from './photo-folder-choice';
import { makePairList, splitPeople } from './preparation-commands';

/** Does what only commands do for an explorer. What asks the user more is only begun. */
export async function performExplorerRequest(context: CommandContext, request: ExplorerCommand, folder: string): Promise<void> {
  switch (request.name) {
    case 'audit':
      return void vscode.commands.executeCommand(commands.checkDataset, folder);
    case 'prepare':
      return void vscode.commands.executeCommand(commands.prepareDataset, folder);
    case 'editPolicy':
      return void vscode.commands.executeCommand(commands.editPolicy, folder);
    case 'split':
      return splitPeople(context, folder, request.params);
    case 'makePairs':
      return makePairList(context, folder, request.params);
  }
}

/**
 * Opens the explorer of a photo folder.
 * @param item what a menu handed over; an item of the tree also says what is to be shown
 */
export async function exploreDataset(context: CommandContext, folder: string | undefined, item: unknown): Promise<void> {
  const photos = folder ?? (await pickPhotoFolder(context, vscode.l10n.t('Photos to explore')));
  await requirePhotos(photos);
  if (!isKnown(context, photos)) await context.store.addPhotoFolder(photos);
  await context.explorers.show(photos, focusOf(item));
}

export async function reviewDuplicates(context: CommandContext, folder: string | undefined): Promise<void> {
  const photos = folder ?? (await pickPhotoFolder(context, vscode.l10n.t('Photos to review')));
  await context.explorers.show(photos, { tab: 'duplicates' });
}

/** Looks for copies, wrong people and unreadable files, and shows what was found. */
export async function checkDataset(context: CommandContext, folder: string | undefined): Promise<void> {
  const photos = folder ?? (await pickPhotoFolder(context, vscode.l10n.t('Photos to check')));
  await requirePhotos(photos);
  const places = placesOf(photos);
  if (places === undefined) throw new UserError(vscode.l10n.t('No folder is open, so there is no place for the findings.'), vscode.l10n.t('Open a folder first.'));
  const judge = await pickJudge(context);
  const name = path.basename(photos);
  const args = ['dataset', 'audit', photos, '--out', places.audit, ...(judge === undefined ? [] : ['--model', judge])];
  try {
    await context.jobs.run(vscode.l10n.t('Checking {0}', name), [args], {}, ({ label, detail, percent }) => {
      context.explorers.of(photos)?.tellProgress(`${label}: ${detail}`, percent === undefined ? undefined : percent / 100);
    });
  } finally {
    await context.explorers.of(photos)?.refreshFindings();
  }
  await context.store.refresh();
  if (context.explorers.visibleFolder !== photos) await context.explorers.show(photos, { tab: 'duplicates' });
}

/** @param item a photo of the tree; without it the chosen photos of the explorer in sight are meant */
export async function leaveOutPhotos(context: CommandContext, item: unknown): Promise<void> {
  const photo = photoOf(item);
  if (photo === undefined) return actInSight(context, 'leaveOut');
  await context.explorers.listsOf(photo.folder).leaveOut([{ photo: photo.photo, reason: vscode.l10n.t('left out by hand') }]);
  await context.explorers.of(photo.folder)?.sendLists();
  await context.store.refresh();
}

/** @param item as for `leaveOutPhotos` */
export async function markPhotosChecked(context: CommandContext, item: unknown): Promise<void> {
  const photo = photoOf(item);
  if (photo === undefined) return actInSight(context, 'markChecked');
  await context.explorers.listsOf(photo.folder).markChecked([photo.photo], true);
  await context.explorers.of(photo.folder)?.sendLists();
  await context.store.refresh();
}

function actInSight({ explorers }: CommandContext, action: 'leaveOut' | 'markChecked'): void {
  const folder = explorers.visibleFolder;
  if (folder !== undefined) explorers.of(folder)?.act(action);
}

function isKnown({ store }: CommandContext, photos: string): boolean {
  return store.photoFolders.some(({ folder }) => folder === photos);
}

/** A model that says who is on a photo, or undefined for none; asked for only when there is one. */
async function pickJudge(context: CommandContext): Promise<string | undefined> {
  const runs = context.store.runs.filter((entry) => entry.kind === 'run').filter(({ hasCheckpoint, recent }) => hasCheckpoint && recent.evaluations.length > 0);
  if (runs.length === 0) return undefined;
  const none = { label: vscode.l10n.t('Without a model'), description: vscode.l10n.t('copies, balance and unreadable files'), run: undefined };
  const models = runs.map(({ folder }) => ({ label: path.basename(folder), description: vscode.l10n.t('also judges whether photos lie with the right person'), run: folder }));
  const picked = await askItem<(typeof none | (typeof models)[number])>([none, ...models], { placeHolder: vscode.l10n.t('Model that judges; best one that was not trained on these photos') });
  if (picked.run !== undefined) await ensureEngine(context);
  return picked.run;
}

function focusOf(item: unknown): ExplorerFocus {
  if (typeof item !== 'object' || item === null || !('focus' in item)) return {};
  return item.focus as ExplorerFocus;
}

function photoOf(item: unknown): { readonly folder: string; readonly photo: string } | undefined {
  if (typeof item !== 'object' || item === null || !('photo' in item) || !('folder' in item)) return undefined;
  return typeof item.photo === 'string' && typeof item.folder === 'string' ? { folder: item.folder, photo: item.photo } : undefined;
}
