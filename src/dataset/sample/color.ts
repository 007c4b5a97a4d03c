import { mix } from './noise';

/** Red, green and blue as linear light, 0..1. */
export type Color = readonly [number, number, number];

/** Linear light of an sRGB colour with 8-bit channels (display curve approximated by a power of 2.2). */
export function fromSrgb(red: number, green: number, blue: number): Color {
  return [(red / 255) ** 2.2, (green / 255) ** 2.2, (blue / 255) ** 2.2];
}

/** Linear interpolation from `a` (t = 0) to `b` (t = 1). */
export function mixColors(a: Color, b: Color, t: number): Color {
  return [mix(a[0], b[0], t), mix(a[1], b[1], t), mix(a[2], b[2], t)];
}

/** `color` with every channel multiplied. */
export function scaleColor(color: Color, factor: number): Color {
  return [color[0] * factor, color[1] * factor, color[2] * factor];
}

/** The colour at `t` in 0..1 of a ramp of evenly spaced colours. */
export function rampColor(ramp: readonly Color[], t: number): Color {
  const position = Math.min(1, Math.max(0, t)) * (ramp.length - 1);
  const index = Math.min(ramp.length - 2, Math.floor(position));
  return mixColors(ramp[index] ?? [0, 0, 0], ramp[index + 1] ?? [0, 0, 0], position - index);
}
