import { RunHistory, countUpTo } from '../../src/protocol/run-history';
import { runProgress, type RunProgress } from '../../src/protocol/run-progress';
import { shownState, type ShownState } from '../../src/protocol/run-health';
import type { HostMessage, IdentifiedHistory, LowestLoss, PanelStatus, RunView } from '../../src/protocol/training-panel';
import { DerivedCurves } from './chart/derived-curves';
import type { ViewState } from './view-state';

/** One run with its history. */
export interface RunModel {
  readonly view: RunView;
  readonly history: RunHistory;
  /** Training time of all ancestors up to the fork, so that the curves join on the time axis. */
  readonly elapsedBeforeMs: number;
}

/** A part of a run's curves with more steps than its history has. */
export interface RunDetail {
  readonly fromStep: number;
  /** Infinity when it goes on with the run. */
  readonly toStep: number;
  readonly history: RunHistory;
}

/** Everything the page shows, made anew from a snapshot and kept current by deltas. */
export class TrainingModel {
  private readonly histories = new Map<string, RunHistory>();
  private readonly details = new Map<string, RunDetail>();
  private readonly derived = new WeakMap<RunHistory, DerivedCurves>();
  private builtRuns: readonly RunModel[] | undefined;
  private exactLowest: { readonly smoothing: number; readonly lowest: LowestLoss | undefined } | undefined;

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
    this.builtRuns = undefined;
  }

  /** Runs were added or removed. */
  updateRuns({ status, histories }: Extract<HostMessage, { kind: 'runs' }>): void {
    this.updateStatus(status);
    const shown = new Set(status.runs.map(({ id }) => id));
    for (const id of this.histories.keys()) if (!shown.has(id)) this.forget(id);
    this.take(histories);
  }

  apply(message: Extract<HostMessage, { kind: 'delta' }>): void {
    for (const { id, events } of message.changes) {
      const detail = this.details.get(id);
      const growing = [this.histories.get(id), detail?.toStep === Infinity ? detail.history : undefined];
      for (const history of growing) if (history) for (const event of events) history.apply(event);
    }
    this.builtRuns = undefined;
  }

  /** The panel's own run first, then its ancestors, then those that were added. */
  get runs(): readonly RunModel[] {
    this.builtRuns ??= this.current.runs.map((view) => ({ view, history: this.historyOf(view.id), elapsedBeforeMs: this.elapsedBefore(view, new Set()) }));
    return this.builtRuns;
  }

  /** Curves of a history that are computed once and then only go on. */
  curves(history: RunHistory): DerivedCurves {
    let curves = this.derived.get(history);
    if (curves === undefined) {
      curves = new DerivedCurves(history);
      this.derived.set(history, curves);
    }
    return curves;
  }

  detail(id: string): RunDetail | undefined {
    return this.details.get(id);
  }

  /** Curves are drawn from details where there are any. */
  setDetails(details: readonly (RunDetail & { readonly id: string })[]): void {
    this.details.clear();
    for (const { id, ...detail } of details) this.details.set(id, detail);
  }

  /** The history with most of the steps that are looked at. */
  drawnHistory({ view, history }: RunModel): RunHistory {
    return this.details.get(view.id)?.history ?? history;
  }

  /** Whether the lowest smoothed loss can be found here, or only where all steps are. */
  needsLowest(smoothing: number): boolean {
    return this.own.history.groups !== undefined && this.exactLowest?.smoothing !== smoothing;
  }

  setLowest(smoothing: number, lowest: LowestLoss | undefined): void {
    this.exactLowest = { smoothing, lowest };
  }

  /** Lowest point of the smoothed loss of the panel's own run. */
  lowestLoss(smoothing: number): LowestLoss | undefined {
    const { history } = this.own;
    const { values, lowest } = this.curves(history).smoothed('loss', smoothing);
    const here = lowest < 0 ? undefined : { loss: values[lowest] as number, step: history.column('step')[lowest] as number };
    const told = this.exactLowest?.smoothing === smoothing ? this.exactLowest.lowest : undefined;
    return told !== undefined && (here === undefined || told.loss < here.loss) ? told : here;
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
    this.builtRuns = undefined;
  }

  private forget(id: string): void {
    this.histories.delete(id);
    this.details.delete(id);
    if (id === this.current.runs[0]?.id) this.exactLowest = undefined;
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
