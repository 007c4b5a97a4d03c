/** A curve: `x` ascending, `y` of the same length; a `y` that is not finite is a gap. */
export interface Points {
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Lowest and highest of the values that each of the first points is the mean of; later points are single values. */
  readonly bounds?: { readonly low: Float64Array; readonly high: Float64Array };
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * At most five points for each of `pixels` columns between `from` and `to` (first, lowest, highest, last and one gap), so
 * that no spike is lost; plus one neighbour on each side, so that lines run to the edge.
 */
export function decimate({ x, y, bounds }: Points, from: number, to: number, pixels: number): Point[] {
  const begin = Math.max(0, firstAtLeast(x, from) - 1);
  const end = Math.min(x.length, firstAtLeast(x, to) + 1);
  const kept: Point[] = [];
  const columnWidth = (to - from) / Math.max(1, pixels);
  for (let index = begin; index < end;) {
    const column = Math.floor(((x[index] as number) - from) / columnWidth);
    let next = index + 1;
    while (next < end && Math.floor(((x[next] as number) - from) / columnWidth) === column) next++;
    if (bounds !== undefined && index < bounds.low.length) kept.push(...rangeOf({ x, y, bounds }, index, next, kept.at(-1)?.y));
    else for (const chosen of columnExtremes(y, index, next)) kept.push({ x: x[chosen] as number, y: y[chosen] as number });
    index = next;
  }
  return kept;
}

/**
 * One mean for each of `buckets` columns between `from` and `to`, for curves that are means already: it keeps their line
 * and its dashes clean. The neighbours beyond the range and the last point of all stay exact.
 */
export function average({ x, y }: Points, from: number, to: number, buckets: number): Point[] {
  const begin = Math.max(0, firstAtLeast(x, from) - 1);
  const end = Math.min(x.length, firstAtLeast(x, to) + 1);
  const width = (to - from) / Math.max(1, buckets);
  const kept: Point[] = [];
  for (let index = begin; index < end;) {
    const column = Math.floor(((x[index] as number) - from) / width);
    let next = index + 1;
    while (next < end && Math.floor(((x[next] as number) - from) / width) === column) next++;
    const count = next - index;
    let [sum, finite, places] = [0, 0, 0];
    for (let at = index; at < next; at++) {
      const value = y[at] as number;
      places += x[at] as number;
      if (!Number.isFinite(value)) continue;
      sum += value;
      finite++;
    }
    const mean = sum / finite;
    const middle = places / count;
    if (next === end && count > 1) kept.push({ x: middle, y: mean }, { x: x[end - 1] as number, y: y[end - 1] as number });
    else kept.push({ x: middle, y: mean });
    index = next;
  }
  return kept;
}

/**
 * The lowest and the highest value behind the points within [begin, end), at the last of them, that first which is nearer to the value
 * `before`; and a gap if that is one.
 */
function rangeOf({ x, y, bounds }: Points, begin: number, end: number, before = Number.NaN): Point[] {
  const at = x[end - 1] as number;
  let [low, high, hasGap] = [Infinity, -Infinity, false];
  for (let index = begin; index < end; index++) {
    const value = y[index] as number;
    if (!Number.isFinite(value)) hasGap = true;
    low = Math.min(low, finiteOr(bounds?.low[index] ?? value, Infinity));
    high = Math.max(high, finiteOr(bounds?.high[index] ?? value, -Infinity));
  }
  const range = low > high ? [] : before > (low + high) / 2 ? [high, low] : [low, high];
  return [...range, ...(hasGap ? [Number.NaN] : [])].map((value) => ({ x: at, y: value }));
}

function finiteOr(value: number, other: number): number {
  return Number.isFinite(value) ? value : other;
}

/** Ascending indices of the first, lowest, highest and last value within [begin, end), and of one gap if there is any. */
function columnExtremes(y: Float64Array, begin: number, end: number): number[] {
  if (end - begin <= 4) return Array.from({ length: end - begin }, (_, offset) => begin + offset);
  let lowest = begin;
  let highest = begin;
  let gap = begin;
  for (let index = begin; index < end; index++) {
    const value = y[index] as number;
    if (!Number.isFinite(value)) gap = index;
    else {
      if (!((y[lowest] as number) <= value)) lowest = index;
      if (!((y[highest] as number) >= value)) highest = index;
    }
  }
  return [...new Set([begin, lowest, highest, gap, end - 1])].sort((a, b) => a - b);
}

/** Index of the first of the ascending `values` that is >= `limit`, or their number. */
export function firstAtLeast(values: Float64Array, limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the value nearest to `wanted`; undefined when there are none. */
export function nearestIndex(values: Float64Array, wanted: number): number | undefined {
  if (values.length === 0) return undefined;
  const after = Math.min(values.length - 1, firstAtLeast(values, wanted));
  const before = Math.max(0, after - 1);
  return wanted - (values[before] as number) < (values[after] as number) - wanted ? before : after;
}
