import * as vscode from 'vscode';
import { askPhotos } from '../ask';
import type { CommandContext } from './command-context';

/** @param runs folders of the selected runs; with fewer than two all runs of the workspace are compared */
export async function compareRuns({ compare, store }: CommandContext, runs: readonly string[]): Promise<void> {
  await store.refresh();
  const known = runs.filter((folder) => store.run(folder) !== undefined);
  await compare.open(known.length < 2 ? [] : known);
}

/** @param photos the selected ones; asked for when there are none */
export async function comparePhotos({ compare, store }: CommandContext, photos: readonly string[]): Promise<void> {
  const files = photos.length > 0 ? photos : await askPhotos({ title: vscode.l10n.t('Two Photos to Compare'), openLabel: vscode.l10n.t('Compare'), canSelectMany: true });
  await store.refresh();
  await compare.showPhotos(files);
}
