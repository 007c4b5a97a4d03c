import type * as tfjs from '@tensorflow/tfjs';

export type Tf = typeof tfjs;
type ExplicitPadding = tfjs.backend_util.ExplicitPadding;
export type WindowPadding = 'same' | 'valid' | number | ExplicitPadding;

/** Where the windows of a convolution over NHWC lie. */
export interface ConvolutionWindow {
  readonly strides: number | readonly [number, number];
  readonly padding: WindowPadding;
}

/** Rows and columns that are added so that every window lies inside the image. */
export interface AppliedPadding {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

export function stridesOf(window: ConvolutionWindow): readonly [number, number] {
  return typeof window.strides === 'number' ? [window.strides, window.strides] : window.strides;
}

/**
 * Padding of a convolution from `imageShape` to `outputShape` (both NHWC).
 * 'same' adds the odd row at the bottom and the odd column at the right, as TensorFlow does.
 */
export function appliedPadding(
  window: ConvolutionWindow, imageShape: readonly number[], outputShape: readonly number[], kernelHeight: number, kernelWidth: number,
): AppliedPadding {
  const { padding } = window;
  if (padding === 'valid') return { top: 0, bottom: 0, left: 0, right: 0 };
  if (typeof padding === 'number') return { top: padding, bottom: padding, left: padding, right: padding };
  if (padding !== 'same') return { top: padding[1][0], bottom: padding[1][1], left: padding[2][0], right: padding[2][1] };
  const [strideY, strideX] = stridesOf(window);
  const rows = Math.max((size(outputShape, 1) - 1) * strideY + kernelHeight - size(imageShape, 1), 0);
  const columns = Math.max((size(outputShape, 2) - 1) * strideX + kernelWidth - size(imageShape, 2), 0);
  return { top: rows >> 1, bottom: rows - (rows >> 1), left: columns >> 1, right: columns - (columns >> 1) };
}

export function size(shape: readonly number[], axis: number): number {
  const value = shape[axis];
  if (value === undefined) throw new Error(`[${shape.join()}] has no axis ${axis}`);
  return value;
}

/** A shape that must have four dimensions. */
export function shape4(values: readonly number[]): [number, number, number, number] {
  return [size(values, 0), size(values, 1), size(values, 2), size(values, 3)];
}
