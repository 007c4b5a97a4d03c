import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { errorText } from '../../base/user-error';
import { resumeRequestSchema, type ResumeChoice, type ResumeMessage, type ResumeOffer, type ResumeRequest } from '../../protocol/resume-panel';
import { lockedReason } from '../pages/locked-reason';
import { PageConnection } from '../pages/page-connection';
import { isAtWork } from '../runs/run-entry';
import type { RunFollower } from '../runs/run-follower';
import type { ArtifactStore } from '../workspace/artifact-store';
import { ResumeOffers } from './resume-offer';
import type { ResumeTarget } from './resume-key';
import { resumeStrings } from './resume-strings';

export interface ResumePanelOptions {
  readonly panel: vscode.WebviewPanel;
  readonly extensionUri: vscode.Uri;
  readonly target: ResumeTarget;
  readonly follower: RunFollower;
  readonly store: Pick<ArtifactStore, 'datasets' | 'runs' | 'onDidChange'>;
  /** Epochs that the user chose the last time. */
  readonly epochs: () => number;
  /** Starts the new run and shows its panel. */
  readonly start: (folder: string, choice: ResumeChoice) => Promise<void>;
  readonly log: vscode.LogOutputChannel;
}

/** A live run and its workspace change often; the page needs no more than this. */
const refreshMs = 500;

/** One page: it shows what can be kept and what is new, and starts the new run, at once or when the others have ended. */
export class ResumePanel extends Disposable {
  private readonly page: PageConnection<ResumeMessage, ResumeRequest>;
  private waiting: ResumeChoice | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly offers: ResumeOffers;

  constructor(private readonly options: ResumePanelOptions) {
    super();
    const { panel, extensionUri, follower, store, log } = options;
    this.offers = new ResumeOffers(options.target);
    this.own(follower);
    this.own(follower.onDidChange(() => this.refreshSoon()));
    this.own(store.onDidChange(() => this.storeChanged()));
    this.own(vscode.workspace.onDidGrantWorkspaceTrust(() => this.refreshSoon()));
    this.own({ dispose: () => clearTimeout(this.timer) });
    this.page = this.own(new PageConnection<ResumeMessage, ResumeRequest>({
      panel, extensionUri, page: 'resume', strings: resumeStrings(), requests: resumeRequestSchema,
      onReady: () => this.refreshNow(),
      perform: (request) => this.perform(request), log,
    }));
  }

  private async perform(request: ResumeRequest): Promise<void> {
    switch (request.name) {
      case 'close':
        return this.options.panel.dispose();
      case 'stopWaiting':
        this.waiting = undefined;
        return this.refreshNow();
      case 'start':
        if (request.params.wait && this.isBusy()) {
          this.waiting = request.params.choice;
          return this.refreshNow();
        }
        return this.start(request.params.choice);
    }
  }

  private async start(choice: ResumeChoice): Promise<void> {
    this.waiting = undefined;
    await this.options.start(this.options.target.folder, choice);
    this.options.panel.dispose();
  }

  private storeChanged(): void {
    this.refreshSoon();
    const { waiting } = this;
    if (waiting === undefined || this.isBusy()) return;
    this.start(waiting).catch((error: unknown) => {
      void vscode.window.showErrorMessage(errorText(error));
      this.refreshSoon();
    });
  }

  private isBusy(): boolean {
    return this.options.store.runs.some(isAtWork);
  }

  /** A page that is hidden reads nothing until it is shown again. */
  private refreshSoon(): void {
    if (!this.page.isReady) return;
    this.timer ??= setTimeout(() => this.refreshNow(), refreshMs);
  }

  private refreshNow(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.page.isReady) return;
    this.offer().then((offer) => this.page.postIfChanged({ kind: 'offer', offer }), (error: unknown) => this.options.log.error(errorText(error)));
  }

  private offer(): Promise<ResumeOffer> {
    const { follower, store, epochs } = this.options;
    return this.offers.make({
      record: follower.record, history: follower.history, datasets: store.datasets, runs: store.runs, epochs: epochs(), isWaiting: this.waiting !== undefined,
      locked: lockedReason(),
    });
  }
}
