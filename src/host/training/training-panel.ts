import * as path from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import type { Figures } from '../../protocol/figures';
import type { RunEvent } from '../../protocol/run';
import { chartColumns } from '../../protocol/run-history';
import { panelRequestSchema, type HostMessage, type IdentifiedHistory, type PanelRequest } from '../../protocol/training-panel';
import { PageConnection } from '../pages/page-connection';
import type { RunChange, RunFollower } from '../runs/run-follower';
import { saveCsv, saveSvg } from './chart-export';
import { FollowedRuns } from './followed-runs';
import { panelStatus } from './panel-status';
import { trainingStrings } from './training-strings';

/** At most ten messages a second go to a page. */
const flushMs = 100;

/** What a panel asks of the rest of the editor. */
export type OutwardRequest = Extract<PanelRequest, { name: 'action' | 'openRun' | 'checkpoint' }>;

export interface TrainingPanelOptions {
  readonly panel: vscode.WebviewPanel;
  /** The panel's run first, then its ancestors; the panel disposes them. */
  readonly followers: readonly RunFollower[];
  readonly extensionUri: vscode.Uri;
  readonly figures: Figures;
  readonly perform: (request: OutwardRequest, folder: string) => Promise<void>;
  /** Asks the user for runs. @param shown folders that are in the charts already */
  readonly chooseRuns: (shown: readonly string[]) => Promise<readonly string[]>;
  readonly log: vscode.LogOutputChannel;
}

/** One editor tab with the curves of runs. The files are the truth: a page that is opened late or again gets everything. */
export class TrainingPanel extends Disposable {
  private readonly page: PageConnection<HostMessage, PanelRequest>;
  private readonly runs: FollowedRuns;
  private isPageReady = false;
  private pending = new Map<string, RunEvent[]>();
  private needsSnapshot = false;
  private lastStatus = '';
  private flushTimer: NodeJS.Timeout | undefined;

  constructor(private readonly options: TrainingPanelOptions) {
    super();
    const { panel, followers, extensionUri, log } = options;
    this.runs = this.own(new FollowedRuns(followers, (follower, change) => this.queue(follower, change)));
    this.own(panel.onDidChangeViewState(() => {
      // A hidden page is gone; it says `ready` again when it is shown.
      if (!panel.visible) this.isPageReady = false;
    }));
    this.own(vscode.workspace.onDidGrantWorkspaceTrust(() => this.flushSoon()));
    this.own({ dispose: () => clearTimeout(this.flushTimer) });
    this.page = this.own(new PageConnection<HostMessage, PanelRequest>({
      webview: panel.webview, extensionUri, page: 'training', title: panel.title, strings: trainingStrings(), requests: panelRequestSchema,
      onReady: () => this.sendSnapshot(), perform: (request) => this.perform(request), log,
    }));
  }

  /** Puts further runs into the charts; all that the user picks when none are given. */
  async addRuns(folders?: readonly string[]): Promise<void> {
    const chosen = folders ?? (await this.options.chooseRuns(this.runs.all.map(({ folder }) => folder)));
    const fresh = await this.runs.add(chosen);
    if (fresh.length > 0) this.sendRuns(fresh);
  }

  private get run(): RunFollower {
    return this.options.followers[0] as RunFollower;
  }

  private async perform(request: PanelRequest): Promise<void> {
    switch (request.name) {
      case 'chooseRuns':
        return this.addRuns();
      case 'addRuns':
        return this.addRuns(request.params.runs);
      case 'removeRun':
        this.runs.remove(request.params.run);
        return this.sendRuns([]);
      case 'saveSvg':
        return saveSvg(this.suggestedFile(), request.params.svg);
      case 'saveCsv':
        return saveCsv(this.suggestedFile(), this.runs.all.filter(({ folder }) => request.params.runs.includes(folder)));
      case 'action':
      case 'openRun':
      case 'checkpoint':
        return this.options.perform(request, this.run.folder).finally(() => void this.run.poll());
    }
  }

  /** Beside the runs, named after this one, without an ending. */
  private suggestedFile(): string {
    return path.join(path.dirname(this.run.folder), path.basename(this.run.folder));
  }

  private queue({ folder }: RunFollower, change: RunChange): void {
    if (change.restarted) this.needsSnapshot = true;
    const events = this.pending.get(folder);
    if (events) events.push(...change.events);
    else if (change.events.length > 0) this.pending.set(folder, [...change.events]);
    this.flushSoon();
  }

  private flushSoon(): void {
    this.flushTimer ??= setTimeout(() => this.flush(), flushMs);
  }

  private flush(): void {
    this.flushTimer = undefined;
    if (!this.isPageReady) return;
    if (this.needsSnapshot) {
      this.sendSnapshot();
      return;
    }
    this.sendPending();
    const status = this.status();
    const text = JSON.stringify(status);
    if (text !== this.lastStatus) this.page.post({ kind: 'status', status });
    this.lastStatus = text;
  }

  private sendPending(): void {
    const changes = [...this.pending].map(([id, events]) => ({ id, events }));
    this.pending.clear();
    if (changes.length > 0) this.page.post({ kind: 'delta', changes });
  }

  private sendSnapshot(): void {
    this.needsSnapshot = false;
    this.isPageReady = true;
    this.pending.clear();
    this.sendHistories('snapshot', this.runs.all);
  }

  /** The set of runs has changed; what was read of the others so far is sent before. */
  private sendRuns(fresh: readonly RunFollower[]): void {
    if (!this.isPageReady) return;
    for (const { folder } of fresh) this.pending.delete(folder);
    this.sendPending();
    this.sendHistories('runs', fresh);
  }

  private sendHistories(kind: 'snapshot' | 'runs', followers: readonly RunFollower[]): void {
    const status = this.status();
    this.lastStatus = JSON.stringify(status);
    this.page.post({ kind, status, histories: followers.map((follower) => this.identified(follower)) });
  }

  /** Runs that are only compared with are sent without what only the panel's own run shows. */
  private identified(follower: RunFollower): IdentifiedHistory {
    return { id: follower.folder, history: follower.history.toData(follower === this.run ? undefined : chartColumns) };
  }

  private status(): ReturnType<typeof panelStatus> {
    const locked = vscode.workspace.isTrusted ? undefined : vscode.l10n.t('This workspace is not trusted.');
    return panelStatus(this.runs.lineage, this.runs.added, this.options.figures, locked);
  }
}
