import * as path from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import type { Policy } from '../../dataset/policy/policy';
import { leaveOutFileName } from '../../dataset/quarantine';
import type { Figures } from '../../protocol/figures';
import type { ExplorerPanels } from '../explorer/explorer-panels';
import { readFindings } from '../explorer/folder-findings';
import { checkedFileName, type PhotoListSets } from '../explorer/photo-lists';
import { chosenPolicy } from '../explorer/policy-plan';
import { placesOf } from './dataset-places';
import { findingKinds, type FindingKind } from './photo-findings';
import type { PrepareChoiceMemory } from './prepare-choices';

/** What is known of a photo folder besides its photos. */
export interface FolderFacts extends PhotoListSets {
  readonly findings: readonly FindingKind[];
  /** Photos with a finding that nobody has decided about. */
  readonly openPhotos: ReadonlySet<string>;
  readonly heldOut: ReadonlySet<string>;
  readonly policy: Policy;
  /** Why the chosen policy cannot be used. */
  readonly policyProblem?: string;
  /** Photos left out, by person. */
  readonly leftOutOf: ReadonlyMap<string, number>;
}

/** Facts of photo folders, read when they are asked for and again when something about them has changed. */
export class FolderFactsCache extends Disposable {
  private readonly known = new Map<string, Promise<FolderFacts>>();
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  readonly onDidChange = this.changed.event;

  constructor(private readonly choices: PrepareChoiceMemory, private readonly explorers: Pick<ExplorerPanels, 'listsOf' | 'onDidChangeLists'>, private readonly figures: Figures) {
    super();
    this.own(choices.onDidChange((folder) => this.forget(folder)));
    this.own(explorers.onDidChangeLists((folder) => this.forget(folder)));
    const watcher = this.own(vscode.workspace.createFileSystemWatcher(`**/{${leaveOutFileName},${checkedFileName},*.audit.json,*.policy.json,report.json}`));
    for (const event of [watcher.onDidChange, watcher.onDidCreate, watcher.onDidDelete]) this.own(event(({ fsPath }) => this.forgetBy(fsPath)));
  }

  of(folder: string): Promise<FolderFacts> {
    const known = this.known.get(folder) ?? this.read(folder);
    this.known.set(folder, known);
    // A damaged list is told once, and read again when it is asked for.
    known.catch(() => this.known.delete(folder));
    return known;
  }

  private async read(folder: string): Promise<FolderFacts> {
    const choices = this.choices.get(folder);
    const lists = await this.explorers.listsOf(folder).read();
    const { report, faceless, split } = await readFindings(folder, choices);
    const findings = findingKinds(report, faceless, (photo) => lists.leftOut.has(photo) || lists.checked.has(photo), this.figures);
    const { policy, problem } = await chosenPolicy(choices);
    const leftOutOf = new Map<string, number>();
    for (const photo of lists.leftOut) {
      const person = photo.slice(0, photo.indexOf('/'));
      leftOutOf.set(person, (leftOutOf.get(person) ?? 0) + 1);
    }
    return {
      ...lists, findings, openPhotos: new Set(findings.flatMap(({ photos }) => photos)), heldOut: new Set(split.heldOut),
      policy, ...(problem === undefined ? {} : { policyProblem: problem }), leftOutOf,
    };
  }

  private forget(folder: string): void {
    this.known.delete(folder);
    this.changed.fire();
  }

  /** Forgets the folders that a changed file belongs to. */
  private forgetBy(file: string): void {
    const concerned = [...this.known.keys()].filter((folder) => this.isAbout(folder, file));
    if (concerned.length === 0) return;
    for (const folder of concerned) this.known.delete(folder);
    this.changed.fire();
  }

  private isAbout(folder: string, file: string): boolean {
    const places = placesOf(folder);
    const { policy } = this.choices.get(folder);
    return path.dirname(file) === folder || file === places?.audit || file === policy || path.dirname(file) === places?.dataset;
  }
}
