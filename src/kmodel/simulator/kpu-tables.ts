import { UserError } from '../../base/user-error';
import type { ActivationSegment, ConvShape } from '../v3/kpu-registers';
import type { ConvLayer } from '../v3/program';
import { channelFields, largestDistance, segmentFields } from './kpu-kernel';

/** Values that a byte cannot hold on either side, at any bias. */
const beyondBytes = 256;
/** Products of a sum and a multiplier up to here are exact in the kernel. */
const largestProduct = 2 ** 62;
/** A start that no value reaches. */
const unreachable = 2 ** 62;
/** At shifts from here every product is rounded to 0. */
const mostShift = 62;

export interface KpuTables {
  /** `channelFields` of each output channel. */
  readonly channels: readonly number[];
  /** `segmentFields` of each segment that a value can reach; at least two. */
  readonly segments: readonly number[];
}

/**
 * A layer's tables in the numbers of the kernel.
 * @param name of the layer, for messages
 * @throws UserError when a sum could leave the numbers that the kernel is exact in; the chip's have 36 bits
 */
export function kpuTables(layer: ConvLayer, shape: ConvShape, name: string): KpuTables {
  const { registers, batchNorm, weights } = layer;
  const perChannel = weights.length / shape.outputChannels;
  const terms = shape.depthwise ? 1 : shape.inputChannels;
  let largestValue = 0;
  const channels = batchNorm.flatMap(({ multiplier, shift, add }, channel) => {
    let weightSum = 0;
    for (let i = channel * perChannel; i < (channel + 1) * perChannel; i++) weightSum += weights[i] as number;
    const constant = Math.floor((registers.argumentW * weightSum) / 2 ** registers.shiftW) + registers.argumentAdd * terms;
    const largestSum = 255 * (weightSum + (perChannel * Math.abs(registers.argumentX)) / 2 ** registers.shiftX) + Math.abs(constant) + 1;
    if (largestSum * Math.abs(multiplier) >= largestProduct) throw tooLarge(name);
    largestValue = Math.max(largestValue, (largestSum * Math.abs(multiplier)) / 2 ** shift + Math.abs(add) + 1);
    const numbers = { constant, multiplier, shift, add };
    return channelFields.map((field) => numbers[field]);
  });
  return { channels, segments: segmentNumbers(layer.activation, largestValue, name) };
}

function segmentNumbers(segments: readonly ActivationSegment[], largestValue: number, name: string): number[] {
  // Unused segments start higher than any value reaches.
  const reachable = segments.filter(({ start }, i) => i === 0 || start < largestValue);
  return [...reachable, ...(reachable.length === 1 ? [{ start: unreachable, multiplier: 0, shift: 0, bias: 0 }] : [])].flatMap((segment) => {
    checkSaturation(segment, largestValue, name);
    // Without a shift there is nothing to round: twice as much, and a shift by one.
    const { multiplier, shift } = segment.shift === 0 ? { multiplier: 2 * segment.multiplier, shift: 1 } : { multiplier: segment.multiplier, shift: Math.min(segment.shift, mostShift) };
    const numbers = { start: segment.start, multiplier, shift, rounding: 2 ** (shift - 1) - 1, bias: segment.bias };
    return segmentFields.map((field) => numbers[field]);
  });
}

/** The kernel clips distances from a segment's start; what it clips must lie beyond 0..255 already. */
function checkSaturation({ start, multiplier, shift }: ActivationSegment, largestValue: number, name: string): void {
  const isClipped = largestValue + Math.abs(start) > largestDistance;
  if (multiplier !== 0 && isClipped && largestDistance / 2 ** shift < beyondBytes) throw tooLarge(name);
}

function tooLarge(name: string): UserError {
  return new UserError(`${name}: its sums are larger than any accumulator of the chip (36 bits).`, 'The file is damaged or made for another chip: convert the model again.');
}
