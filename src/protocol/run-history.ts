import { GrowingColumn } from './growing-column';
import type { RunEvent, RunEventOf } from './run';

/** What is kept of each `step` event. `loss` is NaN where the event had none; `elapsedMs` is the training time without pauses and gaps. */
export const stepColumns = [
  'step', 'timeMs', 'elapsedMs', 'epoch', 'loss', 'accuracy', 'learningRate', 'margin', 'imagesPerSecond', 'dataShare', 'memoryBytes', 'gradientNorm',
] as const;
export type StepColumn = (typeof stepColumns)[number];

/** What charts draw of a run; enough for runs that are only compared with. */
export const chartColumns: readonly StepColumn[] = ['step', 'elapsedMs', 'loss', 'accuracy', 'learningRate', 'gradientNorm'];

/** Columns whose rows have a lowest and a highest value where they stand for several steps. */
export const rangedColumns = ['loss', 'accuracy', 'gradientNorm'] as const satisfies readonly StepColumn[];
export type RangedColumn = (typeof rangedColumns)[number];

/** What the first rows of a thinned history stand for; later rows are a step each. All arrays are of the same length. */
export interface StepGroups {
  readonly counts: Uint32Array;
  /** The lowest and the highest finite value among the steps of a row; NaN where none is. */
  readonly low: Readonly<Partial<Record<RangedColumn, Float64Array>>>;
  readonly high: Readonly<Partial<Record<RangedColumn, Float64Array>>>;
}

/** A history as it travels to a page, or to a file. */
export interface RunHistoryData {
  /** Columns that were left out are empty in the history that is made of it. */
  readonly columns: Readonly<Partial<Record<StepColumn, Float64Array>>>;
  /** Absent when every row is a step. */
  readonly groups?: StepGroups;
  readonly evaluations: readonly RunEventOf<'evaluation'>[];
  readonly validations: readonly RunEventOf<'validation'>[];
  readonly checkpoints: readonly number[];
  readonly learningRates: readonly RunEventOf<'learning-rate'>[];
  readonly ending?: RunEventOf<'ending'>;
  readonly clock: TrainingClock;
}

/** `elapsedMs` of training up to `sinceMs`; `sinceMs` is absent while the clock stands still. */
export interface TrainingClock {
  readonly elapsedMs: number;
  readonly sinceMs?: number;
}

/**
 * The one reading of a run's events, used by the editor and by its pages: a `start` event takes back what came after the
 * checkpoint that it started from (see `RunEvent`), so the steps are always strictly ascending.
 */
export class RunHistory {
  private readonly columns: Record<StepColumn, GrowingColumn>;
  private evaluationEvents: RunEventOf<'evaluation'>[];
  private validationEvents: RunEventOf<'validation'>[];
  private checkpointSteps: number[];
  private learningRateEvents: RunEventOf<'learning-rate'>[];
  private endingEvent: RunEventOf<'ending'> | undefined;
  private clock: TrainingClock;
  private timesTakenBack = 0;
  /** Rows that may stand for several steps. */
  readonly groups: StepGroups | undefined;
  private readonly stepsGrouped: number;

  /** @param data its columns are taken over, not copied */
  constructor(data?: RunHistoryData) {
    const entries = stepColumns.map((name) => [name, new GrowingColumn(data?.columns[name])] as const);
    this.columns = Object.fromEntries(entries) as Record<StepColumn, GrowingColumn>;
    this.evaluationEvents = [...(data?.evaluations ?? [])];
    this.validationEvents = [...(data?.validations ?? [])];
    this.checkpointSteps = [...(data?.checkpoints ?? [])];
    this.learningRateEvents = [...(data?.learningRates ?? [])];
    this.endingEvent = data?.ending;
    this.clock = data?.clock ?? { elapsedMs: 0 };
    this.groups = data?.groups;
    this.stepsGrouped = data?.groups?.counts.reduce((sum, count) => sum + count, 0) ?? 0;
  }

  /** The rule that ended the run, until it is resumed. */
  get ending(): RunEventOf<'ending'> | undefined {
    return this.endingEvent;
  }

  /** Changes when steps were taken back: what was derived from the columns so far is void then. */
  get revision(): number {
    return this.timesTakenBack;
  }

  /** Number of rows: of steps, unless the history was thinned. */
  get length(): number {
    return this.columns.step.length;
  }

  get stepCount(): number {
    return this.stepsGrouped + this.length - (this.groups?.counts.length ?? 0);
  }

  get evaluations(): readonly RunEventOf<'evaluation'>[] {
    return this.evaluationEvents;
  }

  /** Losses and accuracies on images that are not trained on. */
  get validations(): readonly RunEventOf<'validation'>[] {
    return this.validationEvents;
  }

  get checkpoints(): readonly number[] {
    return this.checkpointSteps;
  }

  get learningRates(): readonly RunEventOf<'learning-rate'>[] {
    return this.learningRateEvents;
  }

  /** Training time so far, without pauses and without the time between a stop and a resume. */
  get elapsedMs(): number {
    return this.clock.elapsedMs;
  }

  /** All values of a column; a view, valid until the next `apply`. */
  column(name: StepColumn): Float64Array {
    return this.columns[name].view();
  }

  /** The last value of a column; undefined before the first step. */
  last(name: StepColumn): number | undefined {
    return this.columns[name].last();
  }

  /** Mean of the last `count` finite values of a column; undefined when there are none. */
  recentMean(name: StepColumn, count: number): number | undefined {
    const recent = this.column(name).subarray(-count).filter(Number.isFinite);
    return recent.length === 0 ? undefined : recent.reduce((sum, value) => sum + value, 0) / recent.length;
  }

  apply(event: RunEvent): void {
    switch (event.kind) {
      case 'start':
        this.takeBackAfter(event.step);
        this.endingEvent = undefined;
        this.clock = { elapsedMs: this.columns.elapsedMs.last() ?? 0, sinceMs: event.timeMs };
        return;
      case 'step':
        // A step that was reported before is a repetition, whatever came between.
        if (event.step <= (this.columns.step.last() ?? -1)) this.takeBackAfter(event.step - 1);
        this.advanceClock(event.timeMs);
        this.pushStep(event);
        return;
      case 'evaluation':
        this.advanceClock(event.timeMs);
        this.evaluationEvents.push(event);
        return;
      case 'validation':
        this.advanceClock(event.timeMs);
        this.validationEvents.push(event);
        return;
      case 'checkpoint':
        this.checkpointSteps.push(event.step);
        return;
      case 'learning-rate':
        this.learningRateEvents.push(event);
        return;
      case 'ending':
        this.endingEvent = event;
        return;
      case 'state':
        this.applyState(event);
    }
  }

  /** @param names columns to carry; all when absent */
  toData(names: readonly StepColumn[] = stepColumns): RunHistoryData {
    const entries = names.map((name) => [name, this.columns[name].copy()]);
    return {
      columns: Object.fromEntries(entries) as Partial<Record<StepColumn, Float64Array>>,
      evaluations: [...this.evaluationEvents],
      validations: [...this.validationEvents],
      checkpoints: [...this.checkpointSteps],
      learningRates: [...this.learningRateEvents],
      ...(this.endingEvent ? { ending: this.endingEvent } : {}),
      clock: this.clock,
    };
  }

  private applyState(event: RunEventOf<'state'>): void {
    const wasRunning = this.clock.sinceMs !== undefined;
    if (event.state === 'running' || event.state === 'stopping') {
      if (!wasRunning) this.clock = { elapsedMs: this.clock.elapsedMs, sinceMs: event.timeMs };
      return;
    }
    if (event.state === 'waiting') return;
    this.advanceClock(event.timeMs);
    this.clock = { elapsedMs: this.clock.elapsedMs };
  }

  private advanceClock(timeMs: number): void {
    const { elapsedMs, sinceMs } = this.clock;
    this.clock = { elapsedMs: sinceMs === undefined ? elapsedMs : elapsedMs + Math.max(0, timeMs - sinceMs), sinceMs: timeMs };
  }

  private pushStep(event: RunEventOf<'step'>): void {
    for (const name of stepColumns) {
      const value = name === 'elapsedMs' ? this.clock.elapsedMs : event[name];
      this.columns[name].push(value ?? Number.NaN);
    }
  }

  private takeBackAfter(step: number): void {
    const keep = countUpTo(this.columns.step.view(), step);
    if (keep < this.length) this.timesTakenBack++;
    for (const name of stepColumns) this.columns[name].truncate(keep);
    this.evaluationEvents = this.evaluationEvents.filter((event) => event.step <= step);
    this.validationEvents = this.validationEvents.filter((event) => event.step <= step);
    this.checkpointSteps = this.checkpointSteps.filter((checkpoint) => checkpoint <= step);
    this.learningRateEvents = this.learningRateEvents.filter((event) => event.step <= step);
  }
}

/** How many of the ascending `values` are <= `limit`. */
export function countUpTo(values: Float64Array, limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
