/**
 * Activation tables for the KPU (design document "k210-kmodel", sections 4.3 and 4.5). All activations here are a straight line above
 * zero and another below, y = x or slope * x, cut at the ends of a byte.
 *
 * The chip has one table a layer, but adds a number of each channel's own before it. So channels with different slopes share one table:
 * each slope has a window of the table's domain, and its channels are moved into that window, out of reach of the others.
 */
import { activationSegments, type ActivationSegment } from '../v3/kpu-registers';
import type { Activation } from './device-graph';

const lowestStart = -(2 ** 35);
const segmentsPerSlope = 3;
/** Different slopes that one table holds. */
export const mostTableSlopes = Math.floor(activationSegments / segmentsPerSlope);

/** How real values lie in the table's domain. */
export interface TableDomain {
  /** Bits below one step of the output. */
  readonly fractionBits: number;
  /** Bits of a slope's factor. */
  readonly slopeBits: number;
  /** From the zero of one window to that of the next; wider than twice the largest value. Unused with one slope. */
  readonly spacing: number;
}

/** Slopes below zero of all channels: different ones, ascending. Linear is a slope of one, ReLU of zero. */
export function slopesBelowZero(activation: Activation): readonly number[] {
  switch (activation.kind) {
    case 'linear':
      return [1];
    case 'relu':
      return [0];
    case 'leakyRelu':
      return [activation.slope];
    case 'prelu':
      return [...new Set(activation.slopes)].sort((a, b) => a - b);
  }
}

/** Which of `slopesBelowZero` a channel has. */
export function windowOf(activation: Activation, slopes: readonly number[], channel: number): number {
  return activation.kind === 'prelu' ? slopes.indexOf(activation.slopes[channel] as number) : 0;
}

/** Where zero lies for the channels of a window. */
export function windowCentre(window: number, windows: number, spacing: number): number {
  return (window - (windows - 1) / 2) * spacing;
}

/**
 * @param slopes 0 and more, at most `mostTableSlopes`
 * @param zero byte that means zero
 * @returns 16 segments; unused ones start so high that nothing reaches them
 */
export function activationTable(slopes: readonly number[], zero: number, domain: TableDomain): ActivationSegment[] {
  const segments = slopes.flatMap((slope, window) => windowSegments(slope, zero, domain, window, slopes.length));
  if (segments.length > activationSegments) throw new RangeError(`${slopes.length} slopes do not fit one activation table`);
  for (let i = 0; segments.length < activationSegments; i++) segments.push({ start: 2 ** 35 - 16 + i, multiplier: 0, shift: 0, bias: 0 });
  return segments;
}

function windowSegments(slope: number, zero: number, { fractionBits, slopeBits, spacing }: TableDomain, window: number, windows: number): ActivationSegment[] {
  const unit = 2 ** fractionBits;
  const shift = fractionBits + slopeBits;
  const multiplierOf = (factor: number): number => Math.round(factor * 2 ** slopeBits);
  const centre = windowCentre(window, windows, spacing);
  const start = window === 0 ? lowestStart : centre - spacing / 2;
  const above = { start: centre, multiplier: multiplierOf(1), shift, bias: zero };
  if (zero === 0 || multiplierOf(slope) === 0) return [{ start, multiplier: 0, shift: 0, bias: zero }, above];
  // What the multiplier makes of the slope: the line then ends at zero exactly.
  const computed = multiplierOf(slope) / 2 ** slopeBits;
  // A flat slope may reach the window's end before byte 0: it starts at the lowest byte that it reaches.
  const lowest = windows === 1 ? 0 : Math.max(0, Math.ceil(zero - (computed * spacing) / 2 / unit));
  const below = { start: centre - Math.round(((zero - lowest) * unit) / computed), multiplier: multiplierOf(slope), shift, bias: lowest };
  const end = { start, multiplier: 0, shift: 0, bias: lowest };
  return slope === 1 ? [end, below] : [end, below, above];
}
