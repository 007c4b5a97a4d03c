import * as path from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { policyBuckets } from '../../dataset/policy/policy-buckets';
import { isPhotoName } from '../../dataset/scan';
import type { Figures } from '../../protocol/figures';
import type { ArtifactStore } from '../workspace/artifact-store';
import { listFolder } from '../workspace/folders';
import type { PersonEntry, PhotoFolderEntry } from './dataset-entries';
import { DatasetItems } from './dataset-items';
import type { DatasetNode, PersonNode, PhotoNode } from './dataset-nodes';
import type { FolderFacts, FolderFactsCache } from './folder-facts';
import type { PeopleOrder } from './people-order';

/** Photo folders with findings and people by the rules of their policy, and prepared datasets. Levels are made when they are opened. */
export class DatasetTree extends Disposable implements vscode.TreeDataProvider<DatasetNode> {
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  readonly onDidChangeTreeData = this.changed.event;
  private readonly items: DatasetItems;
  private readonly parents = new WeakMap<DatasetNode, DatasetNode>();
  /** Live runs change the store each second, people do not. */
  private shown = '';
  private read: Pick<ArtifactStore, 'photoFolders' | 'datasets'> | undefined;

  constructor(private readonly store: ArtifactStore, private readonly facts: FolderFactsCache, private readonly order: PeopleOrder, figures: Figures) {
    super();
    this.items = new DatasetItems(figures);
    this.own(store.onDidChange(() => this.noticeStore()));
    this.own(facts.onDidChange(() => this.changed.fire()));
    this.own(order.onDidChange(() => this.changed.fire()));
  }

  async getChildren(node?: DatasetNode): Promise<DatasetNode[]> {
    const children = await this.childrenOf(node);
    if (node !== undefined) for (const child of children) this.parents.set(child, node);
    return children;
  }

  getTreeItem(node: DatasetNode): vscode.TreeItem {
    return this.items.of(node);
  }

  getParent(node: DatasetNode): DatasetNode | undefined {
    return this.parents.get(node);
  }

  /** The node of a person, whose parents are made on the way. */
  async findPerson(folder: string, name: string): Promise<DatasetNode | undefined> {
    const source = this.store.photoFolders.find((entry) => entry.folder === folder);
    const isWanted = (node: DatasetNode): boolean => node.kind === 'person' && node.person.name === name;
    for (const node of source === undefined ? [] : await this.getChildren(source)) {
      if (isWanted(node)) return node;
      const found = node.kind === 'bucket' ? (await this.getChildren(node)).find(isWanted) : undefined;
      if (found) return found;
    }
    return undefined;
  }

  private async childrenOf(node: DatasetNode | undefined): Promise<DatasetNode[]> {
    if (node === undefined) return [...this.store.photoFolders, ...this.store.datasets];
    switch (node.kind) {
      case 'photos':
        return this.sourceChildren(node);
      case 'dataset':
        return node.record.identities.map((person) => ({ kind: 'person', person }));
      case 'findings':
        return node.findings.map((finding) => ({ kind: 'finding', folder: node.folder, finding, focus: { tab: finding.tab } }));
      case 'bucket':
        return this.order.apply(node.people, node.facts).map((person) => personNode(node.folder, person, node.facts));
      case 'person':
        return node.folder === undefined || node.facts === undefined ? [] : photoNodes(node.folder, node.person, node.facts);
      default:
        return [];
    }
  }

  private async sourceChildren({ folder, people }: PhotoFolderEntry): Promise<DatasetNode[]> {
    const facts = await this.facts.of(folder);
    const findings: DatasetNode[] = facts.findings.length === 0 ? [] : [{ kind: 'findings', folder, findings: facts.findings }];
    const buckets = policyBuckets(facts.policy, people.map(({ name, images }) => images - (facts.leftOutOf.get(name) ?? 0))).filter((bucket) => bucket.people.length > 0);
    // A policy with one rule for everybody tells nothing, and a filter is about all people.
    if (buckets.length < 2 || this.order.filter !== 'all') return [...findings, ...this.order.apply(people, facts).map((person) => personNode(folder, person, facts))];
    const nodes = buckets.map(({ rule, people: members, photos }): DatasetNode => ({ kind: 'bucket', folder, rule, photos, facts, people: members.map((member) => people[member] as PersonEntry) }));
    return [...findings, ...nodes];
  }

  private noticeStore(): void {
    const { photoFolders, datasets } = this.store;
    if (photoFolders === this.read?.photoFolders && datasets === this.read.datasets) return;
    this.read = { photoFolders, datasets };
    const now = JSON.stringify(this.read);
    if (now === this.shown) return;
    this.shown = now;
    this.changed.fire();
  }
}

function personNode(folder: string, person: PersonEntry, facts: FolderFacts): PersonNode {
  return { kind: 'person', folder, person, facts, focus: { person: person.name } };
}

async function photoNodes(folder: string, { name }: PersonEntry, facts: FolderFacts): Promise<PhotoNode[]> {
  const files = (await listFolder(path.join(folder, name))).filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.') && isPhotoName(entry.name)).map((entry) => entry.name).sort();
  return files.map((file) => ({ kind: 'photo', folder, photo: `${name}/${file}`, facts, focus: { photo: `${name}/${file}` } }));
}
