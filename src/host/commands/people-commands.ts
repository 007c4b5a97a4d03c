import * as vscode from 'vscode';
import type { PeopleFilter } from '../datasets/people-order';
import { askItem } from '../ask';
import type { CommandContext } from './command-context';
import { pickPhotoFolder } from './photo-folder-choice';

/** Jumps to a person, in the tree and in the explorer. */
export async function findPerson(context: CommandContext, folder: string | undefined): Promise<void> {
  const photos = folder ?? (await pickPhotoFolder(context, vscode.l10n.t('Photos to search')));
  const people = context.store.photoFolders.find((entry) => entry.folder === photos)?.people ?? [];
  const items = people.map(({ name, images }) => ({ label: name, description: vscode.l10n.t('{0} photos', context.figures.count(images)) }));
  const picked = await askItem(items, { placeHolder: vscode.l10n.t('Person to find') });
  await context.datasetView.reveal(photos, picked.label);
  await context.explorers.show(photos, { person: picked.label });
}

export async function filterPeople({ datasetView }: CommandContext): Promise<void> {
  const { t } = vscode.l10n;
  const labels: Readonly<Record<PeopleFilter, string>> = { 'all': t('All people'), 'findings': t('With findings'), 'left-out': t('With photos left out'), 'held-out': t('Held out to verify') };
  const items = (Object.entries(labels) as [PeopleFilter, string][]).map(([filter, label]) => ({ label, filter, ...(filter === datasetView.order.filter ? { description: t('shown now') } : {}) }));
  const picked = await askItem(items, { placeHolder: t('People to show') });
  await datasetView.order.set({ filter: picked.filter });
}
