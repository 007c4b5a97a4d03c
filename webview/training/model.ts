import { RunHistory, countUpTo } from '../../src/protocol/run-history';
import { runProgress, type RunProgress } from '../../src/protocol/run-progress';
import { shownState, type ShownState } from '../../src/protocol/run-health';
import type { HostMessage, IdentifiedHistory, PanelStatus, RunView } from '../../src/protocol/training-panel';
import { DerivedCurves } from './chart/derived-curves';
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
  private readonly histories = new Map<string, RunHistory>();
  private readonly derived = new Map<string, DerivedCurves>();

  constructor(private current: PanelStatus, histories: readonly IdentifiedHistory[]) {
    this.take(histories);
  }

  static from(message: Extract<HostMessage, { kind: 'snapshot' }>): TrainingModel {
    return new TrainingModel(message.status, message.histories);
  }

  get status(): PanelStatus {
    return this.current;
  }

  updateStatus(status: PanelStatus): void {
    this.current = status;
  }

  /** Runs were added or removed. */
  updateRuns({ status, histories }: Extract<HostMessage, { kind: 'runs' }>): void {
    this.current = status;
    const shown = new Set(status.runs.map(({ id }) => id));
    for (const id of this.histories.keys()) if (!shown.has(id)) this.forget(id);
    this.take(histories);
  }

  apply(message: Extract<HostMessage, { kind: 'delta' }>): void {
    for (const { id, events } of message.changes) {
      const history = this.histories.get(id);
      if (history) for (const event of events) history.apply(event);
    }
  }

  /** The panel's own run first, then its ancestors, then those that were added. */
  get runs(): readonly RunModel[] {
    return this.current.runs.map((view) => ({ view, history: this.historyOf(view.id), elapsedBeforeMs: this.elapsedBefore(view, new Set()) }));
  }

  /** Curves of a run that are computed once and then only go on. */
  curves(run: RunModel): DerivedCurves {
    const { id } = run.view;
    let curves = this.derived.get(id);
    if (curves === undefined) {
      curves = new DerivedCurves(run.history);
      this.derived.set(id, curves);
    }
    return curves;
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

  private take(histories: readonly IdentifiedHistory[]): void {
    for (const { id, history } of histories) {
      this.forget(id);
      this.histories.set(id, new RunHistory(history));
    }
  }

  private forget(id: string): void {
    this.histories.delete(id);
    this.derived.delete(id);
  }

  private historyOf(id: string): RunHistory {
    return this.histories.get(id) ?? new RunHistory();
  }

  /** Of ancestors that are not shown nothing is known: such a curve starts at 0. */
  private elapsedBefore({ parentId, record }: RunView, visited: Set<string>): number {
    const parent = this.current.runs.find(({ id }) => id === parentId);
    if (parent === undefined || record.parent === undefined || visited.has(parent.id)) return 0;
    const history = this.historyOf(parent.id);
    const steps = countUpTo(history.column('step'), record.parent.step);
    const withinParent = steps === 0 ? 0 : (history.column('elapsedMs')[steps - 1] as number);
    return this.elapsedBefore(parent, visited.add(parent.id)) + withinParent;
  }
}
