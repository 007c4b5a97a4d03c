import * as path from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { errorText } from '../../base/user-error';
import type { Figures } from '../../protocol/figures';
import type { RunEvent } from '../../protocol/run';
import { parsePageMessage, type HostMessage, type PageMessage, type PanelRequest } from '../../protocol/training-panel';
import type { RunChange, RunFollower } from '../runs/run-follower';
import { panelHtml } from './panel-html';
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
  private isPageReady = false;
  private pending = new Map<number, RunEvent[]>();
  private needsSnapshot = false;
  private lastStatus = '';
  private flushTimer: NodeJS.Timeout | undefined;

  constructor(private readonly options: TrainingPanelOptions) {
    super();
    const { panel, followers } = options;
    followers.forEach((follower, index) => {
      this.own(follower);
      this.own(follower.onDidChange((change) => this.queue(index, change)));
    });
    this.own(panel.webview.onDidReceiveMessage((message: unknown) => void this.receive(message)));
    this.own(panel.onDidChangeViewState(() => {
      // A hidden page is gone; it says `ready` again when it is shown.
      if (!panel.visible) this.isPageReady = false;
    }));
    this.own(vscode.workspace.onDidGrantWorkspaceTrust(() => this.flushSoon()));
    this.own({ dispose: () => clearTimeout(this.flushTimer) });
    this.show();
  }

  private get run(): RunFollower {
    return this.options.followers[0] as RunFollower;
  }

  private show(): void {
    const { panel, extensionUri } = this.options;
    const name = path.basename(this.run.folder);
    const dist = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
    const uriOf = (file: string): string => panel.webview.asWebviewUri(vscode.Uri.joinPath(dist, file)).toString();
    panel.webview.options = { enableScripts: true, localResourceRoots: [dist] };
    const media = vscode.Uri.joinPath(extensionUri, 'media');
    panel.iconPath = { light: vscode.Uri.joinPath(media, 'training-light.svg'), dark: vscode.Uri.joinPath(media, 'training-dark.svg') };
    panel.webview.html = panelHtml({
      scriptUri: uriOf('training.js'), styleUri: uriOf('training-view.css'), cspSource: panel.webview.cspSource,
      language: vscode.env.language, title: vscode.l10n.t('Training: {0}', name), strings: trainingStrings(),
    });
  }

  private async receive(raw: unknown): Promise<void> {
    const message = parsePageMessage(raw);
    if (message === undefined) {
      this.options.log.warn(`The training page sent a message that is not known: ${JSON.stringify(raw)?.slice(0, 200)}`);
      return;
    }
    if (message.kind === 'ready') this.sendSnapshot();
    else await this.answer(message);
  }

  /** Every request is answered, with a sentence when it failed. */
  private async answer({ id, request }: Extract<PageMessage, { kind: 'request' }>): Promise<void> {
    try {
      await this.options.perform(request, this.run.folder);
      this.post({ kind: 'reply', id });
    } catch (error) {
      this.options.log.error(error instanceof Error ? error : String(error));
      this.post({ kind: 'reply', id, error: errorText(error) });
    }
    await this.run.poll();
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
    if (changes.length > 0) this.post({ kind: 'delta', changes });
    const status = this.status();
    const text = JSON.stringify(status);
    if (text !== this.lastStatus) this.post({ kind: 'status', status });
    this.lastStatus = text;
  }

  private sendSnapshot(): void {
    const status = this.status();
    this.pending.clear();
    this.needsSnapshot = false;
    this.lastStatus = JSON.stringify(status);
    this.isPageReady = true;
    this.post({ kind: 'snapshot', status, histories: this.options.followers.map((follower) => follower.history.toData()) });
  }

  private status(): ReturnType<typeof panelStatus> {
    const locked = vscode.workspace.isTrusted ? undefined : vscode.l10n.t('This workspace is not trusted.');
    return panelStatus(this.options.followers, this.options.figures, locked);
  }

  private post(message: HostMessage): void {
    if (!this.isDisposed) void this.options.panel.webview.postMessage(message);
  }
}
