/** Floats of one convolution to the chip's integers (design document "k210-kmodel", sections 4.5 and 6.4). */
import { activationSegments, type ActivationSegment, type BatchNormEntry } from '../v3/kpu-registers';
import type { Activation } from './device-graph';
import type { Quantization } from './quantization';

export interface ConvFloats {
  /** [outputs][columns], row-major */
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  /** Scale and zero point that the chip takes off all inputs. */
  readonly input: Quantization;
  /** Own scale and zero point of each column's input where they differ from the common ones (zero points may be fractions). */
  readonly columnInput?: (column: number) => Quantization;
  readonly output: Quantization;
  readonly activation: Activation;
  readonly weightBits: 8 | 16;
}

export interface EncodedConv {
  readonly weights: Uint8Array | Uint16Array;
  /** Stored weight that means zero. */
  readonly weightZero: number;
  readonly batchNorm: readonly BatchNormEntry[];
  readonly activation: readonly ActivationSegment[];
}

const lowestStart = -(2 ** 35);
/** Widths that the chip's stages keep (section 4.3). */
const limits = { multiplier: 2 ** 21, add: 2 ** 31, value: 2 ** 35, batchNormShift: 15 } as const;

/** Bits below one output step in the activation's domain, and of the slope's factor: 16-bit weights leave more room above. */
const precision = { 8: { fractionBits: 10, slopeBits: 10 }, 16: { fractionBits: 17, slopeBits: 13 } } as const;

export function encodeConv(floats: ConvFloats): EncodedConv {
  const { bias, weightBits } = floats;
  const outputs = bias.length;
  const columns = floats.weights.length / outputs;
  const weightZero = 2 ** (weightBits - 1);
  const rows = Array.from({ length: outputs }, (_, row) => encodeRow(floats, row, columns, weightZero));
  const weights = weightBits === 8 ? new Uint8Array(outputs * columns) : new Uint16Array(outputs * columns);
  rows.forEach((row, i) => weights.set(row.stored, i * columns));
  const fractionBits = fittingFractionBits(floats, rows);
  const unitsPerReal = 2 ** fractionBits / floats.output.scale;
  return {
    weights, weightZero,
    batchNorm: rows.map(({ scale, offset }) => fixedPoint(scale * unitsPerReal, Math.round(offset * unitsPerReal))),
    activation: activationTable(floats.activation, floats.output.zero, fractionBits, precision[weightBits].slopeBits),
  };
}

interface EncodedRow {
  readonly stored: readonly number[];
  /** Real value of one unit of the accumulator. */
  readonly scale: number;
  /** Real value that is added. */
  readonly offset: number;
  /** Largest accumulator that bytes can give. */
  readonly largestSum: number;
}

/** One output channel with a symmetric scale of its own. */
function encodeRow({ weights, bias, input, columnInput }: ConvFloats, row: number, columns: number, weightZero: number): EncodedRow {
  const scaled = Array.from({ length: columns }, (_, column) => (weights[row * columns + column] as number) * ((columnInput?.(column).scale ?? input.scale) / input.scale));
  const most = scaled.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-12);
  const weightScale = most / (weightZero - 1);
  const centred = scaled.map((value) => Math.round(value / weightScale));
  // The chip takes the common zero point off; where a column has another one, the difference is constant.
  const correction = columnInput ? centred.reduce((sum, value, column) => sum + value * (input.zero - columnInput(column).zero), 0) : 0;
  const scale = input.scale * weightScale;
  const farthest = Math.max(input.zero, 255 - input.zero);
  return {
    stored: centred.map((value) => value + weightZero), scale, offset: (bias[row] as number) + correction * scale,
    largestSum: centred.reduce((sum, value) => sum + Math.abs(value) * farthest, 1),
  };
}

function fittingFractionBits({ output, weightBits }: ConvFloats, rows: readonly EncodedRow[]): number {
  for (let bits: number = precision[weightBits].fractionBits; bits > 0; bits--) {
    const unitsPerReal = 2 ** bits / output.scale;
    const fits = rows.every(({ scale, offset, largestSum }) => {
      const multiplier = scale * unitsPerReal;
      const add = Math.abs(offset * unitsPerReal);
      return multiplier < limits.multiplier && add < limits.add && largestSum * multiplier + add < limits.value;
    });
    if (fits) return bits;
  }
  throw new RangeError('The output range is too small for the weights');
}

/** factor as multiplier / 2^shift with up to 22 bits. */
function fixedPoint(factor: number, add: number): BatchNormEntry {
  const shift = Math.max(0, Math.min(limits.batchNormShift, Math.floor(Math.log2(limits.multiplier / factor))));
  return { multiplier: Math.round(factor * 2 ** shift), shift, add };
}

/** Segments of the activation; unused ones start so high that nothing reaches them. */
function activationTable(activation: Activation, zero: number, fractionBits: number, slopeBits: number): ActivationSegment[] {
  const unit = 2 ** fractionBits;
  const shift = fractionBits + slopeBits;
  const slope = (factor: number): number => Math.round(factor * 2 ** slopeBits);
  const segments: ActivationSegment[] = [{ start: lowestStart, multiplier: 0, shift: 0, bias: 0 }];
  switch (activation.kind) {
    case 'linear':
      segments.push({ start: Math.round(-zero * unit), multiplier: slope(1), shift, bias: 0 });
      break;
    case 'relu':
      segments[0] = { start: lowestStart, multiplier: 0, shift: 0, bias: zero };
      segments.push({ start: 0, multiplier: slope(1), shift, bias: zero });
      break;
    case 'leakyRelu':
      if (zero > 0 && activation.slope > 0) segments.push({ start: Math.round((-zero * unit) / activation.slope), multiplier: slope(activation.slope), shift, bias: 0 });
      segments.push({ start: 0, multiplier: slope(1), shift, bias: zero });
      break;
  }
  for (let i = 0; segments.length < activationSegments; i++) segments.push({ start: 2 ** 35 - 16 + i, multiplier: 0, shift: 0, bias: 0 });
  return segments;
}
