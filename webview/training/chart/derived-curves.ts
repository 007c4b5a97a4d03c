import { GrowingColumn } from '../../../src/protocol/growing-column';
import type { RunHistory, StepColumn } from '../../../src/protocol/run-history';
import { SmoothedColumn, type Smoothed } from '../../../src/protocol/smoothed-column';

const msOfMinute = 60_000;

/** What is computed of one run's columns. It is kept, because a run may have a hundred thousand steps and only the last ones are new. */
export class DerivedCurves {
  private readonly smoothedColumns = new Map<StepColumn, SmoothedColumn>();
  private minutes = new GrowingColumn();
  private minutesKey = '';

  constructor(private readonly history: RunHistory) {}

  smoothed(column: StepColumn, weight: number): Smoothed {
    let smoothed = this.smoothedColumns.get(column);
    if (smoothed === undefined) {
      smoothed = new SmoothedColumn();
      this.smoothedColumns.set(column, smoothed);
    }
    return smoothed.update(this.history.column(column), weight, this.history.revision, this.history.groups?.counts);
  }

  /** Minutes of training at each step, with those of the ancestors. */
  elapsedMinutes(beforeMs: number): Float64Array {
    const key = `${beforeMs} ${this.history.revision}`;
    const elapsed = this.history.column('elapsedMs');
    if (key !== this.minutesKey || elapsed.length < this.minutes.length) this.minutes = new GrowingColumn();
    this.minutesKey = key;
    for (let index = this.minutes.length; index < elapsed.length; index++) this.minutes.push((beforeMs + (elapsed[index] as number)) / msOfMinute);
    return this.minutes.view();
  }
}
