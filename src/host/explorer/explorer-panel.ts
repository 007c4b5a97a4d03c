import * as path from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { UserError, errorText } from '../../base/user-error';
import { leaveOutFileName } from '../../dataset/quarantine';
import { explorerRequestSchema, type ExplorerFocus, type ExplorerMessage, type ExplorerRequest, type PhotoListsView, type PolicyPlanView } from '../../protocol/explorer-page';
import type { Figures } from '../../protocol/figures';
import { placesOf } from '../datasets/dataset-places';
import type { PrepareChoiceMemory } from '../datasets/prepare-choices';
import type { JobRunner } from '../jobs/job-runner';
import { lockedReason } from '../pages/locked-reason';
import { PageConnection } from '../pages/page-connection';
import { auditView } from './audit-view';
import { refreshExplorerContent, type ExplorerContent } from './explorer-content';
import { explorerStrings } from './explorer-strings';
import { LookService } from './look-service';
import { lookView } from './look-view';
import { checkedFileName, type PhotoLists } from './photo-lists';
import { policyPlan } from './policy-plan';
import { readSplit } from './read-split';
import type { ThumbnailFolder } from './thumbnail-folder';

const listsDelayMs = 100;

/** What only commands do; a panel asks for it. */
export type ExplorerCommand = Extract<ExplorerRequest, { name: 'audit' | 'prepare' | 'editPolicy' | 'split' | 'makePairs' }>;

export interface ExplorerPanelOptions {
  readonly extensionUri: vscode.Uri;
  /** Folder for small pictures of photos. */
  readonly thumbnailUri: vscode.Uri;
  /** The same folder, shared by all panels. */
  readonly thumbnails: ThumbnailFolder;
  readonly figures: Figures;
  readonly jobs: JobRunner;
  readonly choices: PrepareChoiceMemory;
  /** The lists of a photo folder, shared with commands so that each can undo what the other did. */
  readonly listsOf: (folder: string) => PhotoLists;
  readonly perform: (request: ExplorerCommand, folder: string) => Promise<void>;
  readonly log: vscode.LogOutputChannel;
}

/** One editor tab with the photos of a folder. The photos are only read; what is left out or checked stands in lists beside them. */
export class ExplorerPanel extends Disposable {
  private readonly page: PageConnection<ExplorerMessage, ExplorerRequest>;
  private readonly lists: PhotoLists;
  private readonly looks: LookService;
  private listsTimer: NodeJS.Timeout | undefined;
  private content: ExplorerContent;
  /** Whether the page that is there now has had its snapshot: before, it can show nothing. */
  private hasSnapshot = false;

  constructor(private readonly panel: vscode.WebviewPanel, private readonly folder: string, content: ExplorerContent, private focus: ExplorerFocus | undefined, private readonly options: ExplorerPanelOptions) {
    super();
    const { extensionUri, thumbnailUri, jobs, choices, log } = options;
    this.content = content;
    this.lists = options.listsOf(folder);
    this.looks = this.own(new LookService(folder, options.thumbnails, jobs));
    this.own(choices.onDidChange((changed) => {
      if (changed === folder) this.quietly(this.sendPlan());
    }));
    this.own(vscode.workspace.onDidGrantWorkspaceTrust(() => this.quietly(this.sendSnapshot())));
    this.own({ dispose: () => clearTimeout(this.listsTimer) });
    this.watchLists();
    this.page = this.own(new PageConnection<ExplorerMessage, ExplorerRequest>({
      panel, extensionUri, page: 'dataset', strings: explorerStrings(), requests: explorerRequestSchema,
      resourceRoots: [vscode.Uri.file(folder), thumbnailUri],
      onReady: () => this.quietly(this.sendSnapshot()), perform: (request) => this.perform(request), log,
    }));
  }

  /** Shows a part of the folder, now or as soon as the page is there. */
  show(focus: ExplorerFocus): void {
    if (this.hasSnapshot) this.page.post({ kind: 'focus', focus });
    else this.focus = focus;
  }

  /** Tells how far a check of the folder is. */
  tellProgress(text: string, share: number | undefined): void {
    this.page.post({ kind: 'progress', text, ...(share === undefined ? {} : { share }) });
  }

  /** Reads the audit, the preparation's report and the split again, and the photos too where a job has seen others than the page shows. */
  async refreshFindings(): Promise<void> {
    const before = this.content.folder;
    this.content = await refreshExplorerContent(this.content, this.folder, this.options.choices.get(this.folder));
    if (this.content.folder !== before) await this.sendSnapshot();
    const { report, faceless, split } = this.content;
    this.page.post({ kind: 'findings', faceless, ...(report ? { audit: auditView(report) } : {}) });
    this.page.post({ kind: 'plan', plan: (await this.lookAtLists()).plan, split });
  }

  /** Asks the page to do something with the chosen photos. */
  act(action: 'leaveOut' | 'markChecked'): void {
    this.page.post({ kind: 'act', action });
  }

  /** Tells the page what the lists hold now. */
  async sendLists(): Promise<void> {
    this.page.postIfChanged({ kind: 'lists', ...(await this.lookAtLists()) });
  }

  private async perform(request: ExplorerRequest): Promise<unknown> {
    switch (request.name) {
      case 'look':
        return lookView(await this.looks.look(request.params.photo, this.options.choices.get(this.folder)));
      case 'thumbnails':
        return this.thumbnails(request.params.photos);
      case 'leaveOut':
        return this.changeLists(() => this.lists.leaveOut(request.params.entries));
      case 'takeBack':
        return this.changeLists(() => this.lists.takeBack(request.params.photos));
      case 'markChecked':
        return this.changeLists(() => this.lists.markChecked(request.params.photos, request.params.checked));
      case 'undo':
        return this.changeLists(() => this.lists.undo());
      case 'openPhoto':
        return void vscode.commands.executeCommand('vscode.open', vscode.Uri.file(path.join(this.folder, request.params.photo)));
      case 'openLeaveOutList':
        return void vscode.commands.executeCommand('vscode.open', vscode.Uri.file(path.join(this.folder, leaveOutFileName)));
      case 'audit':
      case 'prepare':
      case 'editPolicy':
      case 'split':
      case 'makePairs':
        return this.options.perform(request, this.folder);
    }
  }

  private async thumbnails(photos: readonly string[]): Promise<Record<string, string>> {
    const made = await Promise.all(photos.map(async (photo) => {
      const file = await this.looks.thumbnail(photo).catch(() => undefined);
      return file === undefined ? [] : [[photo, this.panel.webview.asWebviewUri(vscode.Uri.file(file)).toString()]];
    }));
    return Object.fromEntries(made.flat()) as Record<string, string>;
  }

  private async changeLists(change: () => Promise<void>): Promise<void> {
    if (!vscode.workspace.isTrusted) throw new UserError(vscode.l10n.t('This workspace is not trusted.'), vscode.l10n.t('Trust the workspace first.'));
    await change();
    await this.sendLists();
  }

  private watchLists(): void {
    const pattern = new vscode.RelativePattern(vscode.Uri.file(this.folder), `{${leaveOutFileName},${checkedFileName}}`);
    const watcher = this.own(vscode.workspace.createFileSystemWatcher(pattern));
    for (const event of [watcher.onDidChange, watcher.onDidCreate, watcher.onDidDelete]) this.own(event(() => this.sendListsSoon()));
  }

  /** A change of this page is told at once; the watcher sees it a moment later, and often in several steps. */
  private sendListsSoon(): void {
    if (!this.page.isReady) return;
    this.listsTimer ??= setTimeout(() => {
      this.listsTimer = undefined;
      this.quietly(this.sendLists());
    }, listsDelayMs);
  }

  private async sendSnapshot(): Promise<void> {
    this.hasSnapshot = false;
    const { folder, content } = this;
    const { lists, plan } = await this.lookAtLists();
    const { report, faceless, split, thumbnails } = content;
    const { root, identities } = content.folder;
    const locked = lockedReason();
    this.page.post({
      kind: 'snapshot', folder, name: path.basename(folder), rootUri: this.panel.webview.asWebviewUri(vscode.Uri.file(root)).toString(), thumbnails,
      people: identities.map(({ name, photos }) => ({ name, photos })), lists, plan, faceless, split,
      ...(report ? { audit: auditView(report) } : {}), ...(locked === undefined ? {} : { locked }),
    });
    this.hasSnapshot = this.page.isReady;
    if (this.focus) this.page.post({ kind: 'focus', focus: this.focus });
    this.focus = undefined;
  }

  private async sendPlan(): Promise<void> {
    const split = await readSplit(placesOf(this.folder)?.dataset, this.options.choices.get(this.folder));
    this.content = { ...this.content, split };
    this.page.post({ kind: 'plan', plan: (await this.lookAtLists()).plan, split });
  }

  /** What the lists hold and what the policy makes of the rest. A damaged list is told on the page, which shows all photos then. */
  private async lookAtLists(): Promise<{ readonly lists: PhotoListsView; readonly plan: PolicyPlanView }> {
    let problem: string | undefined;
    const { leftOut, checked } = await this.lists.read().catch((error: unknown) => {
      problem = errorText(error);
      return { leftOut: new Set<string>(), checked: new Set<string>() };
    });
    const undo = this.lists.undoLabel;
    const plan = await policyPlan(this.content.folder.identities, leftOut, this.options.choices.get(this.folder), this.options.figures);
    return { lists: { leftOut: [...leftOut], checked: [...checked], ...(undo === undefined ? {} : { undo }) }, plan: { ...plan, ...(problem === undefined ? {} : { problem }) } };
  }

  /** For work that nobody waits for. */
  private quietly(work: Promise<void>): void {
    work.catch((error: unknown) => this.options.log.error(errorText(error)));
  }
}
