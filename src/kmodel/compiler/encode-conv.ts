/** Floats of one convolution to the chip's integers (design document "k210-kmodel", sections 4.5 and 6.4). */
import type { ActivationSegment, BatchNormEntry } from '../v3/kpu-registers';
import { activationTable, slopesBelowZero, windowCentre, windowOf, type TableDomain } from './activation-table';
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
  /** PReLU with at most `mostTableSlopes` different slopes. */
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

/** Widths that the chip's stages keep (section 4.3). */
const limits = { multiplier: 2 ** 21, add: 2 ** 31, value: 2 ** 35, slope: 2 ** 15 - 1, batchNormShift: 15 } as const;

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
  const slopes = slopesBelowZero(floats.activation);
  const domain = fittingDomain(floats, rows, slopes);
  const unitsPerReal = 2 ** domain.fractionBits / floats.output.scale;
  return {
    weights, weightZero,
    batchNorm: rows.map(({ scale, offset }, row) => {
      const centre = windowCentre(windowOf(floats.activation, slopes, row), slopes.length, domain.spacing);
      return fixedPoint(scale * unitsPerReal, Math.round(offset * unitsPerReal) + centre);
    }),
    activation: activationTable(slopes, floats.output.zero, domain),
  };
}

/** The weights as the chip has them, as real numbers; layout of `floats.weights`. */
export function roundedWeights(floats: ConvFloats): Float32Array {
  const outputs = floats.bias.length;
  const columns = floats.weights.length / outputs;
  const weightZero = 2 ** (floats.weightBits - 1);
  const rounded = new Float32Array(floats.weights.length);
  for (let row = 0; row < outputs; row++) {
    const { stored, scale } = encodeRow(floats, row, columns, weightZero);
    stored.forEach((value, column) => (rounded[row * columns + column] = ((value - weightZero) * scale) / (floats.columnInput?.(column).scale ?? floats.input.scale)));
  }
  return rounded;
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

function fittingDomain({ output, weightBits }: ConvFloats, rows: readonly EncodedRow[], slopes: readonly number[]): TableDomain {
  const windows = slopes.length;
  const slopeBits = Math.min(precision[weightBits].slopeBits, Math.floor(Math.log2(limits.slope / Math.max(1, ...slopes))));
  for (let fractionBits: number = precision[weightBits].fractionBits; fractionBits > 0; fractionBits--) {
    const unitsPerReal = 2 ** fractionBits / output.scale;
    const reaches = rows.map(({ scale, offset, largestSum }) => largestSum * scale * unitsPerReal + Math.abs(offset * unitsPerReal));
    const reach = Math.ceil(Math.max(...reaches)) + 2;
    const spacing = windows === 1 ? 0 : 2 * reach;
    const farthest = windowCentre(windows - 1, windows, spacing);
    const fits = reach + farthest < limits.value && rows.every(({ scale, offset }) =>
      scale * unitsPerReal < limits.multiplier && Math.abs(offset * unitsPerReal) + farthest < limits.add);
    if (fits) return { fractionBits, slopeBits, spacing };
  }
  throw new RangeError('The output range is too small for the weights');
}

/** factor as multiplier / 2^shift with up to 22 bits. */
function fixedPoint(factor: number, add: number): BatchNormEntry {
  const shift = Math.max(0, Math.min(limits.batchNormShift, Math.floor(Math.log2(limits.multiplier / factor))));
  return { multiplier: Math.round(factor * 2 ** shift), shift, add };
}
