import type { Weight } from '../../network-spec';
import type { TfliteQuantization } from './tflite-model';

/** Smallest and largest value that a tensor takes. */
export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

export interface QuantizedWeight {
  readonly data: Int8Array;
  readonly quantization: TfliteQuantization;
}

/** Weights use -127..127, so that products need no correction for -128 (TensorFlow Lite's 8-bit specification). */
const weightLimit = 127;
const activationLow = -128;
const activationHigh = 127;
/** A tensor that is always 0 still needs a scale. */
const smallestScale = 1e-9;

/** Symmetric int8 with one scale for each index of axis `dimension`, or one for all when it is undefined. */
export function quantizeWeight({ shape, data }: Weight, dimension: number | undefined): QuantizedWeight {
  const groups = dimension === undefined ? 1 : (shape[dimension] ?? 1);
  const inner = dimension === undefined ? data.length : shape.slice(dimension + 1).reduce((product, size) => product * size, 1);
  const groupOf = (i: number): number => Math.floor(i / inner) % groups;
  const largest = new Float32Array(groups);
  data.forEach((value, i) => (largest[groupOf(i)] = Math.max(largest[groupOf(i)] ?? 0, Math.abs(value))));
  const scales = Array.from(largest, (value) => Math.fround(Math.max(value / weightLimit, smallestScale)));
  const quantized = Int8Array.from(data, (value, i) => clamp(Math.round(value / (scales[groupOf(i)] ?? 1)), -weightLimit, weightLimit));
  return { data: quantized, quantization: { scales, zeroPoints: scales.map(() => 0), dimension: dimension ?? 0 } };
}

/** Asymmetric int8 for activations: the range is widened to hold 0, which must be exact because padding is 0. */
export function activationQuantization({ min, max }: ValueRange): TfliteQuantization {
  const low = Math.min(min, 0);
  const high = Math.max(max, 0);
  const scale = Math.fround(Math.max((high - low) / (activationHigh - activationLow), smallestScale));
  return { scales: [scale], zeroPoints: [clamp(Math.round(activationLow - low / scale), activationLow, activationHigh)], dimension: 0 };
}

/** Biases are int32 with the scale of the products that they are added to. */
export function quantizeBias(bias: Float32Array, inputScale: number, weightScales: readonly number[]): { data: Int32Array; quantization: TfliteQuantization } {
  const scales = weightScales.map((scale) => Math.fround(scale * inputScale));
  const scaleOf = (i: number): number => scales[scales.length === 1 ? 0 : i] ?? 1;
  const data = Int32Array.from(bias, (value, i) => clamp(Math.round(value / scaleOf(i)), -(2 ** 31), 2 ** 31 - 1));
  return { data, quantization: { scales, zeroPoints: scales.map(() => 0), dimension: 0 } };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
