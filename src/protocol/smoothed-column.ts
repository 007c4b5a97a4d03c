import { GrowingColumn } from './growing-column';

/** A smoothed curve with its lowest point. */
export interface Smoothed {
  readonly values: Float64Array;
  /** Index of the lowest value; -1 when there is none. */
  readonly lowest: number;
}

/**
 * Exponential mean with start correction: the first values weigh as much as there are of them, so the curve does not
 * start at a lucky first value. Gaps stay gaps and do not enter the mean. Only what was appended is computed.
 */
export class SmoothedColumn {
  private column = new GrowingColumn();
  private mean = 0;
  private correction = 1;
  private lowest = -1;
  private lowestValue = Infinity;
  private weight = Number.NaN;
  private revision = -1;

  /**
   * @param values all values so far
   * @param weight share of the old mean that a step keeps, 0 (none) to below 1
   * @param revision changes when earlier values changed
   * @param counts how many values each of the first ones is the mean of; 1 for all others
   */
  update(values: Float64Array, weight: number, revision: number, counts?: Uint32Array): Smoothed {
    if (weight !== this.weight || revision !== this.revision || values.length < this.column.length) this.restart(weight, revision);
    for (let index = this.column.length; index < values.length; index++) this.push(values[index] as number, index, counts?.[index] ?? 1);
    return { values: this.column.view(), lowest: this.lowest };
  }

  private restart(weight: number, revision: number): void {
    this.column = new GrowingColumn();
    [this.mean, this.correction, this.lowest, this.lowestValue, this.weight, this.revision] = [0, 1, -1, Infinity, weight, revision];
  }

  /** Values that are known by their mean enter as so many of that mean. */
  private push(value: number, index: number, count: number): void {
    if (!Number.isFinite(value)) {
      this.column.push(Number.NaN);
      return;
    }
    const kept = count === 1 ? this.weight : this.weight ** count;
    this.mean = this.mean * kept + value * (1 - kept);
    this.correction *= kept;
    const smoothed = this.mean / (1 - this.correction);
    if (smoothed < this.lowestValue) [this.lowest, this.lowestValue] = [index, smoothed];
    this.column.push(smoothed);
  }
}

/** A whole curve at once. */
export function smooth(values: Float64Array, weight: number): Float64Array {
  return new SmoothedColumn().update(values, weight, 0).values;
}

/** Lowest point of a smoothed curve; undefined when no value is finite. */
export function smoothedLowest(values: Float64Array, weight: number): { readonly index: number; readonly value: number } | undefined {
  const { values: smoothed, lowest } = new SmoothedColumn().update(values, weight, 0);
  return lowest < 0 ? undefined : { index: lowest, value: smoothed[lowest] as number };
}
