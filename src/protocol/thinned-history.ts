import { stepColumns, rangedColumns, type RangedColumn, type RunHistory, type RunHistoryData, type StepColumn, type StepGroups } from './run-history';

/** Newest steps that stay rows of their own: what is said of the last steps, and a smoothed curve's end, is exact. */
const exactSteps = 512;
/** At most so many rows stand for the steps before, and at least half as many: more than a chart has pixels. */
const overviewRows = 2048;

/** Columns that are averaged within a row; of the others a row has the value of its last step. */
const averagedColumns: ReadonlySet<StepColumn> = new Set(['loss', 'accuracy', 'gradientNorm', 'imagesPerSecond', 'dataShare']);

export interface ThinOptions {
  /** Columns to carry; all when absent. */
  readonly columns?: readonly StepColumn[];
  /** Indices of the first row and of the one behind the last, of a history that is not thinned itself; all when absent. */
  readonly rows?: { readonly from: number; readonly to: number };
  /** At most so many rows stand for several steps each (but for gaps). */
  readonly groupRows?: number;
}

/**
 * A history as a page gets it: small however long the run is. Of a long one each row but the newest stands for several steps, with
 * their mean, their lowest and their highest value, so that no spike is lost. A row never mixes losses above 0 with others (0 cannot
 * be shown on a logarithmic axis, and what is no number is a gap), and the very first step stays a row.
 */
export function thinHistory(history: RunHistory, { columns: names = stepColumns, rows, groupRows = overviewRows }: ThinOptions = {}): RunHistoryData {
  const { from, to } = rows ?? { from: 0, to: history.length };
  const bounds = groupBounds(history.column('loss').subarray(from, to), groupRows);
  const columns = Object.fromEntries(names.map((name) => [name, thinColumn(name, history.column(name).subarray(from, to), bounds)]));
  const kept = { ...history.toData([]), columns };
  return bounds.length <= 1 ? kept : { ...kept, groups: groupsOf(history, from, bounds, names) };
}

/** Index of the first step of each group, and behind them that of the first single one; only that one when nothing is grouped. */
function groupBounds(losses: Float64Array, groupRows: number): readonly number[] {
  const end = losses.length - exactSteps;
  const size = 2 ** Math.ceil(Math.log2(Math.max(1, end / groupRows)));
  // A history of twice as many rows is small, too, and exact.
  if (losses.length <= 2 * groupRows) return [0];
  const bounds = [0];
  let start = 0;
  for (let index = 1; index < end; index++) {
    const isNew = start === 0 || index - start >= size || lossKind(losses[index] as number) !== lossKind(losses[index - 1] as number);
    if (!isNew) continue;
    bounds.push(index);
    start = index;
  }
  return [...bounds, end];
}

function lossKind(loss: number): 'positive' | 'not positive' | 'gap' {
  if (!Number.isFinite(loss)) return 'gap';
  return loss > 0 ? 'positive' : 'not positive';
}

function thinColumn(name: StepColumn, values: Float64Array, bounds: readonly number[]): Float64Array {
  const groups = bounds.length - 1;
  const singles = values.subarray(bounds[groups]);
  const thinned = new Float64Array(groups + singles.length);
  const valueOf = averagedColumns.has(name) ? finiteMean : lastOf;
  for (let group = 0; group < groups; group++) thinned[group] = valueOf(values, bounds[group] as number, bounds[group + 1] as number);
  thinned.set(singles, groups);
  return thinned;
}

function groupsOf(history: RunHistory, from: number, bounds: readonly number[], names: readonly StepColumn[]): StepGroups {
  const groups = bounds.length - 1;
  const counts = Uint32Array.from({ length: groups }, (_, group) => (bounds[group + 1] as number) - (bounds[group] as number));
  const extremes = (pick: (a: number, b: number) => boolean): Partial<Record<RangedColumn, Float64Array>> => {
    const carried = rangedColumns.filter((name) => names.includes(name));
    return Object.fromEntries(carried.map((name) => {
      const values = history.column(name).subarray(from);
      return [name, Float64Array.from({ length: groups }, (_, group) => extremeOf(values, bounds[group] as number, bounds[group + 1] as number, pick))];
    }));
  };
  return { counts, low: extremes((a, b) => a < b), high: extremes((a, b) => a > b) };
}

function lastOf(values: Float64Array, _begin: number, end: number): number {
  return values[end - 1] as number;
}

function finiteMean(values: Float64Array, begin: number, end: number): number {
  let [sum, count] = [0, 0];
  for (let index = begin; index < end; index++) {
    const value = values[index] as number;
    if (!Number.isFinite(value)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}

function extremeOf(values: Float64Array, begin: number, end: number, isBeyond: (a: number, b: number) => boolean): number {
  let found = Number.NaN;
  for (let index = begin; index < end; index++) {
    const value = values[index] as number;
    if (Number.isFinite(value) && (Number.isNaN(found) || isBeyond(value, found))) found = value;
  }
  return found;
}
