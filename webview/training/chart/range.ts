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

/** The smallest of 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten that is not below `value`. */
export function niceCeiling(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const mantissa = value / power;
  const nice = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((candidate) => candidate >= mantissa - 1e-9) ?? 10;
  return nice * power;
}
