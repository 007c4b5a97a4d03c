import { RunHistory, countUpTo } from '../../src/protocol/run-history';
import { runProgress, type RunProgress } from '../../src/protocol/run-progress';
import { shownState, type ShownState } from '../../src/protocol/run-health';
import type { HostMessage, PanelStatus, RunView } from '../../src/protocol/training-panel';
import type { ViewState } from './view-state';

/** One run with its history. */
export interface RunModel {
  readonly view: RunView;
  readonly history: RunHistory;
  /** Training time of all ancestors up to the fork, so that the curves join on the time axis. */
  readonly elapsedBeforeMs: number;
}

/** Everything the page shows, made anew from a snapshot and kept current by deltas. */
export class TrainingModel {
  private histories: RunHistory[] = [];

  constructor(private current: PanelStatus, histories: readonly RunHistory[]) {
    this.histories = [...histories];
  }

  static from(message: Extract<HostMessage, { kind: 'snapshot' }>): TrainingModel {
    return new TrainingModel(message.status, message.histories.map((data) => new RunHistory(data)));
  }

  get status(): PanelStatus {
    return this.current;
  }

  updateStatus(status: PanelStatus): void {
    this.current = status;
  }

  apply(message: Extract<HostMessage, { kind: 'delta' }>): void {
    for (const { run, events } of message.changes) {
      for (const event of events) this.histories[run]?.apply(event);
    }
  }

  /** The panel's own run first, then its ancestors. */
  get runs(): readonly RunModel[] {
    return this.current.runs.map((view, index) => ({
      view,
      history: this.histories[index] ?? new RunHistory(),
      elapsedBeforeMs: this.elapsedBefore(index),
    }));
  }

  get own(): RunModel {
    return this.runs[0] as RunModel;
  }

  get state(): ShownState {
    const { view } = this.own;
    return shownState(view.record.state, view.health);
  }

  get progress(): RunProgress {
    const { view, history } = this.own;
    return runProgress(view.record, history);
  }

  /** Place of a step of a run on the horizontal axis: the step itself, or minutes of training. */
  xOf(run: RunModel, step: number, axis: ViewState['axis']): number {
    if (axis === 'step') return step;
    const index = countUpTo(run.history.column('step'), step) - 1;
    const elapsedMs = index < 0 ? 0 : (run.history.column('elapsedMs')[index] as number);
    return (run.elapsedBeforeMs + elapsedMs) / 60_000;
  }

  private elapsedBefore(index: number): number {
    const parent = this.histories[index + 1];
    const fork = this.current.runs[index]?.record.parent;
    if (parent === undefined || fork === undefined) return 0;
    const steps = countUpTo(parent.column('step'), fork.step);
    const withinParent = steps === 0 ? 0 : (parent.column('elapsedMs')[steps - 1] as number);
    return this.elapsedBefore(index + 1) + withinParent;
  }
}
