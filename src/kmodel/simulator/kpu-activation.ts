import type { ActivationSegment, BatchNormEntry } from '../v3/kpu-registers';

const lowBits = 65_536;

/**
 * Batch-norm stage: ((acc * multiplier) >> shift) + add, exact for |acc| < 2^36: the product has up to 60 bits, so it is formed in two halves.
 * @returns an integer, as a double
 */
export function normalize(accumulator: number, { multiplier, shift, add }: BatchNormEntry): number {
  const high = Math.floor(accumulator / lowBits);
  const low = accumulator - high * lowBits;
  return high * multiplier * 2 ** (16 - shift) + Math.floor((low * multiplier) / 2 ** shift) + add;
}

/** value / 2^shift to the nearest integer, halves to the even one. Exact for |value| < 2^53. */
export function shiftRightHalfEven(value: number, shift: number): number {
  const divisor = 2 ** shift;
  const quotient = Math.floor(value / divisor);
  const doubledRest = 2 * (value - quotient * divisor);
  if (doubledRest < divisor) return quotient;
  return doubledRest > divisor || quotient % 2 !== 0 ? quotient + 1 : quotient;
}

/**
 * Activation stage: the last segment that starts below the value decides (strictly below, as the vendor's runtime has it on the
 * desk; silicon may differ at equality).
 * @returns 0..255
 */
export function activate(value: number, segments: readonly ActivationSegment[]): number {
  let chosen = segments.length - 1;
  while (chosen > 0 && !(value > (segments[chosen] as ActivationSegment).start)) chosen--;
  const { start, multiplier, shift, bias } = segments[chosen] as ActivationSegment;
  const y = shiftRightHalfEven((value - start) * multiplier, shift) + bias;
  return y < 0 ? 0 : y > 255 ? 255 : y;
}
