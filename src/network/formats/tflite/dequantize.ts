import type { Weight } from '../../network-spec';
import { halfToFloat } from '../half-float';
import type { TfliteTensor } from './tflite-model';

/** A constant as the real numbers that it stands for: scale * (stored - zero point), per tensor or per index of one axis. */
export function dequantized(tensor: TfliteTensor): Weight {
  const { shape, quantization } = tensor;
  const stored = storedValues(tensor);
  if (stored instanceof Float32Array) return { shape, data: stored };
  const { scales = [1], zeroPoints = [], dimension = 0 } = quantization ?? {};
  const inner = scales.length === 1 ? stored.length : shape.slice(dimension + 1).reduce((product, size) => product * size, 1);
  const groupOf = (i: number): number => Math.floor(i / inner) % scales.length;
  return { shape, data: Float32Array.from(stored, (value, i) => (value - (zeroPoints[groupOf(i)] ?? 0)) * (scales[groupOf(i)] ?? 1)) };
}

function storedValues({ type, data = new Uint8Array(0) }: TfliteTensor): Float32Array | readonly number[] {
  const { buffer } = Uint8Array.from(data);
  switch (type) {
    case 'float32':
      return new Float32Array(buffer);
    case 'float16':
      return Float32Array.from(new Uint16Array(buffer), halfToFloat);
    case 'int8':
      return [...new Int8Array(buffer)];
    case 'int16':
      return [...new Int16Array(buffer)];
    case 'int32':
      return [...new Int32Array(buffer)];
    case 'int64':
      return Array.from(new BigInt64Array(buffer), Number);
    case 'uint8':
    case 'bool':
      return [...data];
  }
}
