import * as path from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { itemKinds } from '../../ids';
import type { Figures } from '../../protocol/figures';
import type { ArtifactStore } from '../workspace/artifact-store';
import type { BrokenDatasetEntry, DatasetEntry, PersonEntry, PhotoFolderEntry } from './dataset-entries';

export type DatasetNode = PhotoFolderEntry | DatasetEntry | BrokenDatasetEntry | { readonly kind: 'person'; readonly person: PersonEntry };

/** Photo folders and prepared datasets, each with its people. */
export class DatasetTree extends Disposable implements vscode.TreeDataProvider<DatasetNode> {
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  readonly onDidChangeTreeData = this.changed.event;
  /** Live runs change the store each second, people do not. */
  private shown = '';

  constructor(private readonly store: ArtifactStore, private readonly figures: Figures) {
    super();
    this.own(store.onDidChange(() => {
      const now = JSON.stringify([store.photoFolders, store.datasets]);
      if (now === this.shown) return;
      this.shown = now;
      this.changed.fire();
    }));
  }

  getChildren(node?: DatasetNode): DatasetNode[] {
    if (node === undefined) return [...this.store.photoFolders, ...this.store.datasets];
    if (node.kind === 'photos') return node.people.map((person) => ({ kind: 'person', person }));
    if (node.kind === 'dataset') return node.record.identities.map((person) => ({ kind: 'person', person }));
    return [];
  }

  getTreeItem(node: DatasetNode): vscode.TreeItem {
    switch (node.kind) {
      case 'photos':
        return this.photosItem(node);
      case 'dataset':
        return this.datasetItem(node);
      case 'broken':
        return brokenItem(node);
      case 'person':
        return this.personItem(node.person);
    }
  }

  private photosItem({ folder, people, photos, isPartial }: PhotoFolderEntry): vscode.TreeItem {
    const item = folderItem(folder, itemKinds.photos, 'organization');
    const count = isPartial ? vscode.l10n.t('more than {0}', this.figures.count(people.length)) : this.figures.count(people.length);
    item.description = vscode.l10n.t('{0} people, {1} photos', count, this.figures.count(photos));
    item.tooltip = new vscode.MarkdownString(vscode.l10n.t('Photos of {0} people in `{1}`. They are only read, never changed.', count, folder));
    return item;
  }

  private datasetItem({ folder, record }: DatasetEntry): vscode.TreeItem {
    const item = folderItem(folder, itemKinds.dataset, 'save');
    const heldOut = record.identities.filter((person) => person.heldOut).length;
    const size = `${record.imageSize} × ${record.imageSize}`;
    item.description = vscode.l10n.t('{0} people, {1} crops', this.figures.count(record.identities.length), this.figures.count(record.images));
    item.tooltip = new vscode.MarkdownString(vscode.l10n.t(
      'Prepared: {0} crops of {1}; {2} people train, {3} are held out to verify.',
      this.figures.count(record.images), size, this.figures.count(record.identities.length - heldOut), this.figures.count(heldOut),
    ));
    return item;
  }

  private personItem({ name, images, heldOut, folder }: PersonEntry): vscode.TreeItem {
    const item = new vscode.TreeItem(name);
    item.contextValue = itemKinds.person;
    item.iconPath = new vscode.ThemeIcon(heldOut ? 'eye' : 'person');
    item.description = heldOut ? vscode.l10n.t('{0}, held out', this.figures.count(images)) : this.figures.count(images);
    if (folder !== undefined) item.resourceUri = vscode.Uri.file(folder);
    return item;
  }
}

function folderItem(folder: string, kind: string, icon: string): vscode.TreeItem {
  const item = new vscode.TreeItem(path.basename(folder), vscode.TreeItemCollapsibleState.Collapsed);
  item.id = `${kind}:${folder}`;
  item.contextValue = kind;
  item.iconPath = new vscode.ThemeIcon(icon);
  return item;
}

function brokenItem({ folder, reason }: BrokenDatasetEntry): vscode.TreeItem {
  const item = new vscode.TreeItem(path.basename(folder));
  item.iconPath = new vscode.ThemeIcon('error', new vscode.ThemeColor('problemsErrorIcon.foreground'));
  item.description = reason;
  item.tooltip = `${folder}: ${reason}`;
  return item;
}
