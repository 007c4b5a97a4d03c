import * as path from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import type { Figures } from '../../protocol/figures';
import type { RunEvent } from '../../protocol/run';
import { chartColumns, countUpTo } from '../../protocol/run-history';
import { smoothedLowest } from '../../protocol/smoothed-column';
import { thinHistory } from '../../protocol/thinned-history';
import { panelRequestSchema, type HostMessage, type IdentifiedHistory, type LowestLoss, type PanelRequest, type StepRange } from '../../protocol/training-panel';
import { lockedReason } from '../pages/locked-reason';
import { PageConnection } from '../pages/page-connection';
import type { FollowOptions, RunChange, RunFollower } from '../runs/run-follower';
import { saveCsv, saveSvg } from './chart-export';
import { FollowedRuns } from './followed-runs';
import { panelStatus } from './panel-status';
import { trainingStrings } from './training-strings';

/** At most ten messages a second go to a page. */
const flushMs = 100;
/** Steps before a part of a curve that is shown in detail: after so many a smoothed curve no longer depends on where it began (0.99 ** 1024 is 3e-5). */
const settlingSteps = 1024;
/** A page sees a third of what it asks for, and no more than some thousand points of that. */
const detailRows = 8192;

/** What a panel asks of the rest of the editor. */
export type OutwardRequest = Extract<PanelRequest, { name: 'action' | 'openRun' | 'openSetting' | 'checkpoint' }>;

export interface TrainingPanelOptions {
  readonly panel: vscode.WebviewPanel;
  /** The panel's run first, then its ancestors; the panel disposes them. */
  readonly followers: readonly RunFollower[];
  /** How runs that are added are followed. */
  readonly followOptions?: FollowOptions;
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
  /** Whether the page that is there now has had its snapshot. */
  private hasSnapshot = false;
  private pending = new Map<string, RunEvent[]>();
  /** Runs that are new in the charts, or whose steps were taken back: the page needs all of them. */
  private readonly unsent = new Set<string>();
  /** Revision of each run's history that the page has. */
  private readonly sentRevisions = new Map<string, number>();
  private readyCount = 0;
  private needsSnapshot = false;
  private lastStatus = '';
  private flushTimer: NodeJS.Timeout | undefined;

  constructor(private readonly options: TrainingPanelOptions) {
    super();
    const { panel, followers, extensionUri, log } = options;
    this.runs = this.own(new FollowedRuns(followers, (follower, change) => this.queue(follower, change), options.followOptions));
    this.own(vscode.workspace.onDidGrantWorkspaceTrust(() => this.flushSoon()));
    this.own({ dispose: () => clearTimeout(this.flushTimer) });
    this.page = this.own(new PageConnection<HostMessage, PanelRequest>({
      panel, extensionUri, page: 'training', strings: trainingStrings(), requests: panelRequestSchema,
      onReady: () => void this.pageCame(), perform: (request) => this.perform(request), log,
    }));
  }

  /** Puts further runs into the charts; all that the user picks when none are given. */
  async addRuns(folders?: readonly string[]): Promise<void> {
    const chosen = folders ?? (await this.options.chooseRuns(this.runs.all.map(({ folder }) => folder)));
    await this.runs.add(chosen, ({ folder }) => {
      this.unsent.add(folder);
      this.flushSoon();
    });
    this.flushNow();
  }

  private get isShown(): boolean {
    return this.page.isReady && this.hasSnapshot;
  }

  private get run(): RunFollower {
    return this.options.followers[0] as RunFollower;
  }

  private async perform(request: PanelRequest): Promise<unknown> {
    switch (request.name) {
      case 'chooseRuns':
        return this.addRuns();
      case 'addRuns':
        return this.addRuns(request.params.runs);
      case 'removeRun':
        this.runs.remove(request.params.run);
        this.unsent.delete(request.params.run);
        return this.sendRuns([]);
      case 'detail':
        return request.params.ranges.flatMap((range) => this.detailOf(range));
      case 'lowestLoss':
        return this.lowestLoss(request.params.smoothing);
      case 'saveSvg':
        return saveSvg(this.suggestedFile(), request.params.svg);
      case 'saveCsv':
        return saveCsv(this.suggestedFile(), this.runs.all.filter(({ folder }) => request.params.runs.includes(folder)));
      case 'action':
      case 'openRun':
      case 'openSetting':
      case 'checkpoint':
        return this.options.perform(request, this.run.folder).finally(() => void this.run.poll());
    }
  }

  /** Beside the runs, named after this one, without an ending. */
  private suggestedFile(): string {
    return path.join(path.dirname(this.run.folder), path.basename(this.run.folder));
  }

  /** Each step of a part of a run's curves, as far as a page can draw them. */
  private detailOf({ run, fromStep, toStep }: StepRange): IdentifiedHistory[] {
    const history = this.runs.all.find(({ folder }) => folder === run)?.history;
    if (history === undefined) return [];
    // What the page has not got yet must not come once more after it.
    this.sendPending();
    const steps = history.column('step');
    const from = Math.max(0, countUpTo(steps, fromStep) - settlingSteps);
    const to = Math.min(history.length, countUpTo(steps, toStep) + 1);
    return [{ id: run, history: thinHistory(history, { columns: chartColumns, rows: { from, to }, groupRows: detailRows }) }];
  }

  private lowestLoss(smoothing: number): LowestLoss | undefined {
    const { history } = this.run;
    const lowest = smoothedLowest(history.column('loss'), smoothing);
    return lowest && { loss: lowest.value, step: history.column('step')[lowest.index] as number };
  }

  /** The page came, for the first time or again: it gets everything once that is read. */
  private async pageCame(): Promise<void> {
    const count = ++this.readyCount;
    this.hasSnapshot = false;
    await Promise.allSettled(this.options.followers.map(({ loaded }) => loaded));
    // It may have gone or come anew meanwhile.
    if (count === this.readyCount && !this.isDisposed) this.sendSnapshot();
  }

  private queue({ folder, history }: RunFollower, change: RunChange): void {
    if (!this.isShown) return;
    if (change.restarted) this.needsSnapshot = true;
    if (history.revision !== this.sentRevisions.get(folder)) this.unsent.add(folder);
    const events = this.pending.get(folder);
    if (events) events.push(...change.events);
    else if (change.events.length > 0) this.pending.set(folder, [...change.events]);
    this.flushSoon();
  }

  private flushSoon(): void {
    this.flushTimer ??= setTimeout(() => this.flushNow(), flushMs);
  }

  private flushNow(): void {
    clearTimeout(this.flushTimer);
    this.flushTimer = undefined;
    if (!this.isShown) return;
    if (this.needsSnapshot) return this.sendSnapshot();
    if (this.unsent.size > 0) return this.sendRuns(this.runs.all.filter(({ folder }) => this.unsent.has(folder)));
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
    this.hasSnapshot = true;
    this.pending.clear();
    this.sendHistories('snapshot', this.runs.all);
  }

  /** The set of runs has changed, or what a page has of them is void; what was read of the others so far is sent before. */
  private sendRuns(fresh: readonly RunFollower[]): void {
    if (!this.isShown) return;
    for (const { folder } of fresh) this.pending.delete(folder);
    this.sendPending();
    this.sendHistories('runs', fresh);
  }

  private sendHistories(kind: 'snapshot' | 'runs', followers: readonly RunFollower[]): void {
    const status = this.status();
    this.lastStatus = JSON.stringify(status);
    for (const { folder, history } of followers) {
      this.unsent.delete(folder);
      this.sentRevisions.set(folder, history.revision);
    }
    this.page.post({ kind, status, histories: followers.map((follower) => this.identified(follower)) });
  }

  /** Runs that are only compared with are sent without what only the panel's own run shows. */
  private identified(follower: RunFollower): IdentifiedHistory {
    return { id: follower.folder, history: thinHistory(follower.history, follower === this.run ? {} : { columns: chartColumns }) };
  }

  private status(): ReturnType<typeof panelStatus> {
    return panelStatus(this.runs.lineage, this.runs.added, this.options.figures, lockedReason());
  }
}
