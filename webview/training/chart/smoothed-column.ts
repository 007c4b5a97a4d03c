import { GrowingColumn } from '../../../src/protocol/growing-column';

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
  private weight = Number.NaN;
  private revision = -1;

  /**
   * @param values all values so far
   * @param weight share of the old mean that a step keeps, 0 (none) to below 1
   * @param revision changes when earlier values changed
   */
  update(values: Float64Array, weight: number, revision: number): Smoothed {
    if (weight !== this.weight || revision !== this.revision || values.length < this.column.length) this.restart(weight, revision);
    for (let index = this.column.length; index < values.length; index++) this.push(values[index] as number, index);
    return { values: this.column.view(), lowest: this.lowest };
  }

  private restart(weight: number, revision: number): void {
    this.column = new GrowingColumn();
    [this.mean, this.correction, this.lowest, this.weight, this.revision] = [0, 1, -1, weight, revision];
  }

  private push(value: number, index: number): void {
    if (!Number.isFinite(value)) {
      this.column.push(Number.NaN);
      return;
    }
    this.mean = this.mean * this.weight + value * (1 - this.weight);
    this.correction *= this.weight;
    const smoothed = this.mean / (1 - this.correction);
    if (this.lowest < 0 || smoothed < (this.column.view()[this.lowest] as number)) this.lowest = index;
    this.column.push(smoothed);
  }
}

/** A whole curve at once. */
export function smooth(values: Float64Array, weight: number): Float64Array {
  return new SmoothedColumn().update(values, weight, 0).values;
}
