export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A range narrower than this share of the whole cannot be zoomed further. */
const narrowestShare = 1 / 500;

/**
 * `range` shrunk (`factor` < 1) or grown around `anchor`, kept within `whole`.
 * @returns undefined when that is the whole range
 */
export function zoomed(range: Range, whole: Range, anchor: number, factor: number): Range | undefined {
  const width = Math.max((range.to - range.from) * factor, (whole.to - whole.from) * narrowestShare);
  const scale = width / (range.to - range.from);
  return keptWithin({ from: anchor - (anchor - range.from) * scale, to: anchor + (range.to - anchor) * scale }, whole);
}

/** `range` moved by `distance`, kept within `whole`. */
export function panned(range: Range, whole: Range, distance: number): Range | undefined {
  return keptWithin({ from: range.from + distance, to: range.to + distance }, whole);
}

function keptWithin(range: Range, whole: Range): Range | undefined {
  const width = range.to - range.from;
  if (width >= (whole.to - whole.from) * 0.999) return undefined;
  const from = Math.min(Math.max(range.from, whole.from), whole.to - width);
  return { from, to: from + width };
}

/** Round values within a range, about `count` of them. */
export function linearTicks({ from, to }: Range, count: number): number[] {
  const step = niceCeiling((to - from) / count);
  const found: number[] = [];
  for (let value = Math.ceil(from / step) * step; value <= to + step * 1e-9; value += step) found.push(Number(value.toPrecision(12)));
  return found;
}

/** Round values for a logarithmic axis, few enough for a label each: of 1, 2 and 5 times powers of ten, or, where these are too far apart, as on a linear axis. */
export function logTicks(range: Range, most = 6): number[] {
  const round = powersTimes([1, 2, 5], range);
  if (round.length < 3) return linearTicks(range, 4);
  if (round.length <= most) return round;
  const powers = powersTimes([1], range);
  const each = Math.ceil(powers.length / most);
  return powers.filter((_, index) => index % each === 0);
}

function powersTimes(mantissas: readonly number[], { from, to }: Range): number[] {
  const found: number[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.log10(to); power++) {
    found.push(...mantissas.map((mantissa) => Number((mantissa * 10 ** power).toPrecision(12))).filter((value) => value >= from && value <= to));
  }
  return found;
}

/** The smallest of 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten that is not below `value`. */
export function niceCeiling(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const mantissa = value / power;
  const nice = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((candidate) => candidate >= mantissa - 1e-9) ?? 10;
  return nice * power;
}
