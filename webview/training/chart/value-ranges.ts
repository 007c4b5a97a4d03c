import { firstAtLeast, type Points } from './points';
import { niceCeiling, type Range } from './range';

interface HasCurve {
  readonly curve: Points;
}

/** Vertical range of the loss: all of it from 0, or what a zoomed horizontal range shows. */
export function lossRange(series: readonly HasCurve[], x: Range, isZoomed: boolean, logY: boolean): Range {
  const values = series.flatMap(({ curve }) => finiteWithin(curve, x));
  if (values.length === 0) return logY ? { from: 0.1, to: 10 } : { from: 0, to: 5 };
  const lowest = values.reduce((low, value) => Math.min(low, value), Infinity);
  const highest = highestUsual(values, series);
  if (logY) {
    const positive = values.filter((value) => value > 0);
    const from = positive.reduce((low, value) => Math.min(low, value), highest);
    return { from: Math.max(from * 0.8, highest * 1e-5), to: highest * 1.25 };
  }
  if (!isZoomed) return { from: 0, to: niceCeiling(highest * 1.02) };
  const margin = Math.max((highest - lowest) * 0.1, highest * 0.01);
  return { from: Math.max(0, lowest - margin), to: highest + margin };
}

/** A diverging end must not press the rest of the curve flat: the top is the first loss or the 98th percentile. */
function highestUsual(values: readonly number[], series: readonly HasCurve[]): number {
  const sorted = Float64Array.from(values).sort();
  const percentile = sorted[Math.ceil((sorted.length - 1) * 0.98)] as number;
  const known = new Set(values);
  const firsts = series.map(({ curve }) => curve.y[0] ?? 0).filter((first) => known.has(first));
  return Math.max(percentile, ...firsts);
}

/** Share axis of the verification: guessing is 50 %, so the lower half is only shown when something lies there. */
export function verificationRange(series: readonly HasCurve[]): Range {
  return { from: series.some(({ curve }) => curve.y.some((share) => share < 0.5)) ? 0 : 0.5, to: 1 };
}

/** More values than this do not change where the usual ones end. */
const sampledValues = 2000;

/** The finite values of a part of a curve; of a long one only every so many. */
function finiteWithin({ x, y }: Points, range: Range): number[] {
  const begin = firstAtLeast(x, range.from);
  const end = firstAtLeast(x, range.to + 1e-9);
  const stride = Math.max(1, Math.floor((end - begin) / sampledValues));
  const values: number[] = [];
  for (let index = begin; index < end; index += stride) if (Number.isFinite(y[index])) values.push(y[index] as number);
  return values;
}

/** From 0 to the highest usual value, for figures that have no natural limit. */
export function openRange(series: readonly HasCurve[], x: Range): Range {
  const values = series.flatMap(({ curve }) => finiteWithin(curve, x));
  return { from: 0, to: values.length === 0 ? 1 : niceCeiling((Float64Array.from(values).sort()[Math.ceil((values.length - 1) * 0.99)] as number) * 1.05) };
}
