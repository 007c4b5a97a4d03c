import { stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { UserError } from '../../base/user-error';
import { views } from '../../ids';
import type { Figures } from '../../protocol/figures';
import { areas } from '../areas';
import { reportFailure } from '../commands/report-failure';
import type { ExplorerPanels } from '../explorer/explorer-panels';
import { LazyTree } from '../lazy-tree';
import type { ArtifactStore } from '../workspace/artifact-store';
import { holdsPhotosOfPeople } from '../workspace/find-artifacts';
import type { DatasetNode } from './dataset-nodes';
import type { DatasetTree } from './dataset-tree';
import { PeopleOrder } from './people-order';
import type { PrepareChoiceMemory } from './prepare-choices';

const uriList = 'text/uri-list';

export interface DatasetViewOptions {
  readonly store: ArtifactStore;
  readonly choices: PrepareChoiceMemory;
  readonly explorers: ExplorerPanels;
  readonly figures: Figures;
  readonly memory: vscode.Memento;
  readonly log: vscode.LogOutputChannel;
}

/** The Dataset view; folders that are dropped on it become photo folders. */
export class DatasetView extends Disposable implements vscode.TreeDragAndDropController<DatasetNode> {
  readonly dropMimeTypes = [uriList];
  readonly dragMimeTypes = [];
  readonly order: PeopleOrder;
  private readonly tree: LazyTree<DatasetNode, DatasetTree>;
  private readonly view: vscode.TreeView<DatasetNode>;

  constructor(private readonly options: DatasetViewOptions) {
    super();
    this.order = this.own(new PeopleOrder(options.memory));
    this.tree = this.own(new LazyTree(() => this.makeTree()));
    this.view = this.own(vscode.window.createTreeView<DatasetNode>(views.dataset, { treeDataProvider: this.tree, dragAndDropController: this, showCollapseAll: true }));
    this.own(this.order.onDidChange(() => this.showFilter()));
    this.showFilter();
  }

  /** Brings a person into sight. */
  async reveal(folder: string, name: string): Promise<void> {
    const node = await (await this.tree.get()).findPerson(folder, name);
    if (node) await this.view.reveal(node, { select: true, focus: false });
  }

  async handleDrop(_target: DatasetNode | undefined, data: vscode.DataTransfer): Promise<void> {
    try {
      const text = (await data.get(uriList)?.asString()) ?? '';
      for (const folder of droppedFolders(text)) await this.add(folder);
    } catch (error) {
      reportFailure(error, this.options.log);
    }
  }

  private async makeTree(): Promise<DatasetTree> {
    const { DatasetTree, FolderFactsCache, PhotoDecorations } = await areas.datasetTree();
    const { store, choices, explorers, figures } = this.options;
    const facts = this.own(new FolderFactsCache(choices, explorers, figures));
    this.own(new PhotoDecorations(store, facts));
    return new DatasetTree(store, facts, this.order, figures);
  }

  private async add(folder: string): Promise<void> {
    const isFolder = await stat(folder).then((stats) => stats.isDirectory(), () => false);
    if (!isFolder || !(await holdsPhotosOfPeople(folder))) {
      throw new UserError(vscode.l10n.t('{0} does not hold photos of at least two people.', folder), vscode.l10n.t('Drop a folder that has one subfolder of photos for each person.'));
    }
    await this.options.store.addPhotoFolder(folder);
  }

  private showFilter(): void {
    const { t } = vscode.l10n;
    const messages = { 'all': undefined, 'findings': t('People with findings'), 'left-out': t('People of whom photos are left out'), 'held-out': t('People held out to verify') };
    this.view.message = messages[this.order.filter] ?? '';
  }
}

/** Paths of a list of addresses as RFC 2483 has it. */
function droppedFolders(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#')).map((line) => vscode.Uri.parse(line)).filter(({ scheme }) => scheme === 'file' || scheme === 'vscode-remote').map(({ fsPath }) => fsPath);
}
