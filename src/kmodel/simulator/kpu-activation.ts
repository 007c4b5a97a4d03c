import type { ActivationSegment, BatchNormEntry } from '../v3/kpu-registers';

const lowBits = 65_536;
/** Products below this are exact in a double. */
const exactProduct = 2 ** 53;

/** The stages behind the sums of one output channel: batch norm, then the activation table. */
export type OutputStage = (accumulator: number) => number;

/**
 * Batch norm ((acc * multiplier) >> shift) + add and activation of one channel (design document "k210-kmodel", sections 4.2 and 4.3).
 * The last segment that starts below the value decides (strictly below, as the vendor's runtime has it on the desk; silicon may
 * differ at equality); halves are rounded to even.
 * @param largestAccumulator bound of |acc|, below 2^36
 */
export function outputStage(entry: BatchNormEntry, segments: readonly ActivationSegment[], largestAccumulator: number): OutputStage {
  const { add } = entry;
  const normalize = normalizer(entry, largestAccumulator);
  const last = lastReachable(segments, largestAccumulator * Math.abs(entry.multiplier) * 2 ** -entry.shift + Math.abs(add) + 1);
  const starts = segments.map(({ start }) => start);
  const slopes = segments.map(({ multiplier }) => multiplier);
  const units = segments.map(({ shift }) => 2 ** shift);
  const biases = segments.map(({ bias }) => bias);
  return (accumulator) => {
    const value = normalize(accumulator) + add;
    let chosen = last;
    while (chosen > 0 && !(value > (starts[chosen] as number))) chosen--;
    const product = (value - (starts[chosen] as number)) * (slopes[chosen] as number);
    const unit = units[chosen] as number;
    let y = Math.floor(product / unit);
    const doubledRest = 2 * (product - y * unit);
    if (doubledRest > unit || (doubledRest === unit && y % 2 !== 0)) y++;
    y += biases[chosen] as number;
    return y < 0 ? 0 : y > 255 ? 255 : y;
  };
}

/** (acc * multiplier) >> shift, exactly: where the product could have more than 53 bits it is formed in two halves. */
function normalizer({ multiplier, shift }: BatchNormEntry, largestAccumulator: number): (accumulator: number) => number {
  const factor = 2 ** -shift;
  if (largestAccumulator * Math.abs(multiplier) < exactProduct) return (accumulator) => Math.floor(accumulator * multiplier * factor);
  const highFactor = multiplier * lowBits * factor;
  return (accumulator) => {
    const high = Math.floor(accumulator / lowBits);
    return high * highFactor + Math.floor((accumulator - high * lowBits) * multiplier * factor);
  };
}

/** Unused segments start higher than any value reaches; they need not be looked at. */
function lastReachable(segments: readonly ActivationSegment[], largestValue: number): number {
  let last = segments.length - 1;
  while (last > 0 && (segments[last] as ActivationSegment).start >= largestValue) last--;
  return last;
}
