import type { ChannelFunction } from './graph-value';

/** Slopes above and below zero. */
export interface Slopes {
  readonly above: number;
  readonly below: number;
}

export type PartOf = (slopes: Slopes, channel: number) => Slopes;

/** With a, b the slopes of x: relu(x), |x|. For x < 0 the value b * x is positive where b is negative. */
export const bends = {
  relu: ({ above, below }: Slopes): Slopes => ({ above: Math.max(0, above), below: Math.min(0, below) }),
  absolute: ({ above, below }: Slopes): Slopes => ({ above: Math.abs(above), below: -Math.abs(below) }),
} as const;

/** A slope for what is negative, one for each channel. */
export function prelu(slopes: readonly number[]): PartOf {
  return ({ above, below }, channel) => {
    const slope = slopes[channel] ?? 0;
    return { above: above < 0 ? above * slope : above, below: below > 0 ? below * slope : below };
  };
}

export function identityOf(channels: number): Omit<ChannelFunction, 'name'> {
  const ones = new Array<number>(channels).fill(1);
  return { positive: ones, negative: ones, shift: new Array<number>(channels).fill(0) };
}

/** f(x) * scale + shift. */
export function composed(name: string, f: ChannelFunction | undefined, scale: readonly number[], shift: readonly number[]): ChannelFunction {
  if (!f) return { name, positive: scale, negative: scale, shift };
  const by = (values: readonly number[]): number[] => values.map((value, channel) => value * (scale[channel] ?? 1));
  const moved = (values: readonly number[]): number[] => by(values).map((value, channel) => value + (shift[channel] ?? 0));
  const { f: activation, scale: before, shift: beside } = f.activation ?? { f, scale: scale.map(() => 1), shift: scale.map(() => 0) };
  return {
    name, positive: by(f.positive), negative: by(f.negative), shift: moved(f.shift),
    ...(isActivation(activation) ? { activation: { f: activation, scale: by(before), shift: moved(beside) } } : {}),
  };
}

/** f(x) + g(x). */
export function joined(name: string, f: Omit<ChannelFunction, 'name'>, g: Omit<ChannelFunction, 'name'>): ChannelFunction {
  const plus = (a: readonly number[], b: readonly number[]): number[] => a.map((value, channel) => value + (b[channel] ?? 0));
  return { name, positive: plus(f.positive, g.positive), negative: plus(f.negative, g.negative), shift: plus(f.shift, g.shift) };
}

export function isAffine({ positive, negative }: ChannelFunction): boolean {
  return positive.every((value, channel) => value === negative[channel]);
}

/** ReLU, LeakyReLU, PReLU and the like, as they are. */
export function isActivation(f: ChannelFunction): boolean {
  return !isAffine(f) && leavesZero(f) && f.positive.every((value) => value === 1);
}

/** True when what bends at zero may be applied to it without a layer between: nothing is added, and x is at most turned around. */
export function isBendable(f: ChannelFunction | undefined): boolean {
  return f === undefined || (leavesZero(f) && (!isAffine(f) || f.positive.every((value) => value === 1) || f.positive.every((value) => value === -1)));
}

/** True when nothing is added, so that the value changes its sign where x does. */
export function leavesZero(f: ChannelFunction | undefined): boolean {
  return f?.shift.every((value) => value === 0) ?? true;
}

export function isRelu(f: ChannelFunction | undefined): boolean {
  return f !== undefined && leavesZero(f) && f.positive.every((value) => value === 1) && f.negative.every((value) => value === 0);
}
