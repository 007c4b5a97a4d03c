import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import type { Figures } from '../../protocol/figures';
import type { RunEvent } from '../../protocol/run';
import { panelRequestSchema, type HostMessage, type PanelRequest } from '../../protocol/training-panel';
import { PageConnection } from '../pages/page-connection';
import type { RunChange, RunFollower } from '../runs/run-follower';
import { panelStatus } from './panel-status';
import { trainingStrings } from './training-strings';

/** At most ten messages a second go to a page. */
const flushMs = 100;

export interface TrainingPanelOptions {
  readonly panel: vscode.WebviewPanel;
  /** The panel's run first, then its ancestors; the panel disposes them. */
  readonly followers: readonly RunFollower[];
  readonly extensionUri: vscode.Uri;
  readonly figures: Figures;
  readonly perform: (request: PanelRequest, folder: string) => Promise<void>;
  readonly log: vscode.LogOutputChannel;
}

/** One editor tab with the curves of a run. The files are the truth: a page that is opened late or again gets everything. */
export class TrainingPanel extends Disposable {
  private readonly page: PageConnection<HostMessage, PanelRequest>;
  private isPageReady = false;
  private pending = new Map<number, RunEvent[]>();
  private needsSnapshot = false;
  private lastStatus = '';
  private flushTimer: NodeJS.Timeout | undefined;

  constructor(private readonly options: TrainingPanelOptions) {
    super();
    const { panel, followers, extensionUri, log } = options;
    followers.forEach((follower, index) => {
      this.own(follower);
      this.own(follower.onDidChange((change) => this.queue(index, change)));
    });
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

  private get run(): RunFollower {
    return this.options.followers[0] as RunFollower;
  }

  private async perform(request: PanelRequest): Promise<void> {
    try {
      await this.options.perform(request, this.run.folder);
    } finally {
      void this.run.poll();
    }
  }

  private queue(index: number, change: RunChange): void {
    if (change.restarted) this.needsSnapshot = true;
    const events = this.pending.get(index);
    if (events) events.push(...change.events);
    else if (change.events.length > 0) this.pending.set(index, [...change.events]);
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
    const changes = [...this.pending].map(([run, events]) => ({ run, events }));
    this.pending.clear();
    if (changes.length > 0) this.page.post({ kind: 'delta', changes });
    const status = this.status();
    const text = JSON.stringify(status);
    if (text !== this.lastStatus) this.page.post({ kind: 'status', status });
    this.lastStatus = text;
  }

  private sendSnapshot(): void {
    const status = this.status();
    this.pending.clear();
    this.needsSnapshot = false;
    this.lastStatus = JSON.stringify(status);
    this.isPageReady = true;
    this.page.post({ kind: 'snapshot', status, histories: this.options.followers.map((follower) => follower.history.toData()) });
  }

  private status(): ReturnType<typeof panelStatus> {
    const locked = vscode.workspace.isTrusted ? undefined : vscode.l10n.t('This workspace is not trusted.');
    return panelStatus(this.options.followers, this.options.figures, locked);
  }
}
