import { countOf, lowerBound, type ScoreCounts } from './score-counts';

/**
 * Receiver operating characteristic as a polygon from (0, 0) to (1, 1), both columns ascending. Point i accepts the scores
 * >= `threshold[i]`; the first threshold is Infinity. Points that lie on a horizontal or vertical line between their
 * neighbours are left out, which changes nothing of the polygon.
 */
export interface RocCurve {
  /** False accept rate: share of the different-people pairs that are accepted, 0..1. */
  readonly far: Float64Array;
  /** True accept rate: share of the same-person pairs that are accepted, 0..1. */
  readonly tar: Float64Array;
  readonly threshold: Float64Array;
}

export interface RocPoint {
  readonly far: number;
  readonly tar: number;
  readonly threshold: number;
}

/** A point of the detection error trade-off curve; `frr` is the false reject rate, 1 - TAR. */
export interface DetPoint {
  readonly far: number;
  readonly frr: number;
}

/** A rate that fewer pairs than this decide would be chance. */
export const fewestDecidingPairs = 10;
const drawnSteps = 100;

/** The curve of counts that hold at least one pair of each kind. */
export function rocCurve(counts: ScoreCounts): RocCurve {
  const points = counts.values.length + 1;
  const columns = { accepted: new Float64Array(points), falsely: new Float64Array(points), threshold: new Float64Array(points) };
  columns.threshold[0] = Infinity;
  let kept = 1;
  let accepted = 0;
  let falsely = 0;
  for (let i = counts.values.length - 1; i >= 0; i--) {
    accepted += counts.same[i] ?? 0;
    falsely += counts.different[i] ?? 0;
    if (isStraight(columns, kept, accepted, falsely)) kept--;
    columns.accepted[kept] = accepted;
    columns.falsely[kept] = falsely;
    columns.threshold[kept] = counts.values[i] ?? 0;
    kept++;
  }
  return {
    far: columns.falsely.slice(0, kept).map((count) => count / falsely),
    tar: columns.accepted.slice(0, kept).map((count) => count / accepted),
    threshold: columns.threshold.slice(0, kept),
  };
}

function isStraight({ accepted, falsely }: { accepted: Float64Array; falsely: Float64Array }, kept: number, nextAccepted: number, nextFalsely: number): boolean {
  const isVertical = falsely[kept - 2] === falsely[kept - 1] && falsely[kept - 1] === nextFalsely;
  const isHorizontal = accepted[kept - 2] === accepted[kept - 1] && accepted[kept - 1] === nextAccepted;
  return isVertical || isHorizontal;
}

/**
 * Area under the curve, exactly: the share of (same, different) couples of pairs in which the same-person pair scores higher,
 * ties counting half (Mann-Whitney U).
 */
export function areaUnderCurve({ same, different }: ScoreCounts): number {
  let won = 0;
  let below = 0;
  for (let i = 0; i < same.length; i++) {
    const here = different[i] ?? 0;
    won += (same[i] ?? 0) * (below + here / 2);
    below += here;
  }
  return won / (countOf(same) * below);
}

/** Where the curve crosses FAR = 1 - TAR, by linear interpolation, 0..1. */
export function equalErrorRate({ far, tar }: RocCurve): number {
  let before = -1;
  for (let i = 1; i < far.length; i++) {
    const difference = (far[i] ?? 0) + (tar[i] ?? 0) - 1;
    if (difference >= 0) {
      const start = far[i - 1] ?? 0;
      return start + (((far[i] ?? 0) - start) * -before) / (difference - before);
    }
    before = difference;
  }
  return 1;
}

/** The curve's height at a false accept rate, by linear interpolation; at a vertical part its upper end. */
export function trueAcceptRateAt({ far, tar }: RocCurve, rate: number): number {
  const next = upperBound(far, rate);
  const before = next - 1;
  const start = tar[before] ?? 0;
  if (next >= far.length || far[before] === rate) return start;
  const share = (rate - (far[before] ?? 0)) / ((far[next] ?? 0) - (far[before] ?? 0));
  return start + ((tar[next] ?? 0) - start) * share;
}

/** Lowest threshold whose false accept rate does not exceed `rate`: midway between the last refused score and the next one. */
export function thresholdAtFar({ values, different }: ScoreCounts, rate: number): number {
  const allowed = rate * countOf(different);
  let accepted = 0;
  for (let i = values.length - 1; i >= 0; i--) {
    accepted += different[i] ?? 0;
    if (accepted > allowed + 1e-9) return i + 1 < values.length ? midpoint(values[i] ?? 0, values[i + 1] ?? 0) : (values[i] ?? 0);
  }
  return values[0] ?? 0;
}

/** A number in (low, high], halfway where floating point has one. */
export function midpoint(low: number, high: number): number {
  const middle = low + (high - low) / 2;
  return middle > low ? middle : high;
}

/** At most about `count` points of the curve, evenly spread over FAR on a linear and on a logarithmic axis; both ends included. */
export function thinnedRoc(curve: RocCurve, count: number): RocPoint[] {
  const indices = curve.far.length <= count ? [...curve.far.keys()] : spreadIndices(curve.far, count);
  return indices.map((index) => ({ far: curve.far[index] ?? 0, tar: curve.tar[index] ?? 0, threshold: curve.threshold[index] ?? 0 }));
}

/**
 * The curve from a false accept rate on, ready to be drawn on a logarithmic axis, on which a line between two corners is bent:
 * at most about `count` corners, and points at even distances between them.
 */
export function decidedCurve(curve: RocCurve, low: number, count: number): { far: number; tar: number }[] {
  const at = (far: number): { far: number; tar: number } => ({ far, tar: trueAcceptRateAt(curve, far) });
  return [
    ...thinnedRoc(curve, count).filter(({ far }) => far >= low).map(({ far, tar }) => ({ far, tar })),
    ...Array.from({ length: drawnSteps + 1 }, (_, step) => at(low ** (1 - step / drawnSteps))),
  ].sort((first, second) => first.far - second.far || first.tar - second.tar);
}

/** Detection error trade-off: false rejects against false accepts, usually drawn on normal-deviate or logarithmic axes. */
export function detPoints(curve: RocCurve, count: number): DetPoint[] {
  return thinnedRoc(curve, count).map(({ far, tar }) => ({ far, frr: 1 - tar }));
}

function spreadIndices(far: Float64Array, count: number): number[] {
  const last = far.length - 1;
  const smallest = far[upperBound(far, 0)] ?? 1;
  const steps = Math.max(1, Math.floor((count - 2) / 2));
  const chosen = new Set([0, upperBound(far, 0) - 1, last]);
  for (let step = 0; step < steps; step++) {
    const share = step / steps;
    chosen.add(lowerBound(far, share));
    chosen.add(lowerBound(far, smallest ** (1 - share)));
  }
  return [...chosen].filter((index) => index <= last).sort((x, y) => x - y);
}

/** Number of `values` (ascending) that are at most `value`. */
function upperBound(values: Float64Array, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
