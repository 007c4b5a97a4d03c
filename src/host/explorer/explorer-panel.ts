import * as path from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { UserError } from '../../base/user-error';
import { leaveOutFileName } from '../../dataset/quarantine';
import { explorerRequestSchema, type ExplorerFocus, type ExplorerMessage, type ExplorerRequest, type PhotoListsView, type PolicyPlanView } from '../../protocol/explorer-page';
import type { Figures } from '../../protocol/figures';
import { placesOf } from '../datasets/dataset-places';
import type { PrepareChoiceMemory } from '../datasets/prepare-choices';
import type { JobRunner } from '../jobs/job-runner';
import { PageConnection } from '../pages/page-connection';
import { auditView, readAudit, readFaceless } from './audit-view';
import { readExplorerContent, readSplit, type ExplorerContent } from './explorer-content';
import { explorerStrings } from './explorer-strings';
import { LookService } from './look-service';
import { lookView } from './look-view';
import { checkedFileName, type PhotoLists } from './photo-lists';
import { policyPlan } from './policy-plan';

/** What only commands do; a panel asks for it. */
export type ExplorerCommand = Extract<ExplorerRequest, { name: 'audit' | 'prepare' | 'editPolicy' | 'split' | 'makePairs' }>;

export interface ExplorerPanelOptions {
  readonly extensionUri: vscode.Uri;
  /** Folder for small pictures of photos. */
  readonly thumbnailUri: vscode.Uri;
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
  private isPageReady = false;
  private content: ExplorerContent;

  constructor(private readonly panel: vscode.WebviewPanel, private readonly folder: string, content: ExplorerContent, private focus: ExplorerFocus | undefined, private readonly options: ExplorerPanelOptions) {
    super();
    const { extensionUri, thumbnailUri, jobs, choices, log } = options;
    this.content = content;
    this.lists = options.listsOf(folder);
    this.looks = this.own(new LookService(folder, thumbnailUri.fsPath, jobs));
    this.own(panel.onDidChangeViewState(() => {
      if (!panel.visible) this.isPageReady = false;
    }));
    this.own(choices.onDidChange((changed) => {
      if (changed === folder) void this.sendPlan();
    }));
    this.own(vscode.workspace.onDidGrantWorkspaceTrust(() => void this.sendSnapshot()));
    this.watchLists();
    this.page = this.own(new PageConnection<ExplorerMessage, ExplorerRequest>({
      webview: panel.webview, extensionUri, page: 'dataset', title: panel.title, strings: explorerStrings(), requests: explorerRequestSchema,
      resourceRoots: [vscode.Uri.file(folder), thumbnailUri],
      onReady: () => void this.sendSnapshot(), perform: (request) => this.perform(request), log,
    }));
  }

  /** Shows a part of the folder, now or as soon as the page is there. */
  show(focus: ExplorerFocus): void {
    if (this.isPageReady) this.page.post({ kind: 'focus', focus });
    else this.focus = focus;
  }

  /** Tells how far a check of the folder is. */
  tellProgress(text: string, share: number | undefined): void {
    this.post({ kind: 'progress', text, ...(share === undefined ? {} : { share }) });
  }

  /** Reads the photos and everything about them again. */
  async refresh(): Promise<void> {
    this.content = await readExplorerContent(this.folder, this.options.choices.get(this.folder));
    await this.sendSnapshot();
  }

  /** Reads the audit, the preparation's report and the split again. */
  async refreshFindings(): Promise<void> {
    const places = placesOf(this.folder);
    const report = places && (await readAudit(places.audit, this.folder));
    this.content = { ...this.content, report, split: await readSplit(places?.dataset, this.options.choices.get(this.folder)) };
    this.post({ kind: 'findings', faceless: await readFaceless(report, places?.dataset), ...(report ? { audit: auditView(report) } : {}) });
    await this.sendPlan();
  }

  /** Asks the page to do something with the chosen photos. */
  act(action: 'leaveOut' | 'markChecked'): void {
    this.post({ kind: 'act', action });
  }

  /** Tells the page what the lists hold now. */
  async sendLists(): Promise<void> {
    this.post({ kind: 'lists', lists: await this.listsView(), plan: await this.plan() });
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
    for (const event of [watcher.onDidChange, watcher.onDidCreate, watcher.onDidDelete]) this.own(event(() => void this.sendLists()));
  }

  private async sendSnapshot(): Promise<void> {
    const { folder, content } = this;
    const { root, identities } = content.folder;
    const report = content.report;
    const [lists, plan, faceless] = [await this.listsView(), await this.plan(), await readFaceless(report, content.dataset)];
    this.isPageReady = true;
    this.post({
      kind: 'snapshot', folder, name: path.basename(folder), rootUri: this.panel.webview.asWebviewUri(vscode.Uri.file(root)).toString(), thumbnails: content.thumbnails,
      people: identities.map(({ name, photos }) => ({ name, photos })), lists, plan, faceless, split: content.split,
      ...(report ? { audit: auditView(report) } : {}),
      ...(vscode.workspace.isTrusted ? {} : { locked: vscode.l10n.t('This workspace is not trusted.') }),
    });
    if (this.focus) this.post({ kind: 'focus', focus: this.focus });
    this.focus = undefined;
  }

  private async sendPlan(): Promise<void> {
    const split = await readSplit(placesOf(this.folder)?.dataset, this.options.choices.get(this.folder));
    this.content = { ...this.content, split };
    this.post({ kind: 'plan', plan: await this.plan(), split });
  }

  private async listsView(): Promise<PhotoListsView> {
    const { leftOut, checked } = await this.lists.read();
    const undo = this.lists.undoLabel;
    return { leftOut: [...leftOut], checked: [...checked], ...(undo === undefined ? {} : { undo }) };
  }

  private async plan(): Promise<PolicyPlanView> {
    const { leftOut } = await this.lists.read();
    return policyPlan(this.content.folder.identities, leftOut, this.options.choices.get(this.folder), this.options.figures);
  }

  private post(message: ExplorerMessage): void {
    if (this.isPageReady) this.page.post(message);
  }
}
