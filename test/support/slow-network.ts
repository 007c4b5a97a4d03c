/** A network computed by plain loops in double precision, written from the definitions of its layers alone. */
import { layerShapes } from '../../src/network/layer-shapes';
import type { Layer, NetworkSpec, Weights } from '../../src/network/network-spec';

type Values = Float64Array;

/** @param picture what enters the first layer, normalised, [height, width, channels] @returns the output, not L2-normalised */
export function slowEmbedding(spec: NetworkSpec, weights: Weights, picture: ArrayLike<number>): Values {
  const shapes = layerShapes(spec);
  const outputs = new Map<string, Values>();
  const outputOf = (name: string): Values => outputs.get(name) ?? new Float64Array(0);
  for (const layer of spec.layers) {
    const input = layer.kind === 'input' || layer.kind === 'add' ? [] : (shapes.get(layer.input) ?? []);
    outputs.set(layer.name, layer.kind === 'input' ? Float64Array.from(picture) : compute(layer, input, shapes.get(layer.name) ?? [], outputOf, (name) => weights.get(`${layer.name}/${name}`)?.data ?? new Float32Array(0)));
  }
  return outputOf(spec.output);
}

function compute(
  layer: Exclude<Layer, { kind: 'input' }>, input: readonly number[], output: readonly number[], outputOf: (name: string) => Values, weight: (name: string) => Float32Array,
): Values {
  if (layer.kind === 'add') return outputOf(layer.inputs[0]).map((value, i) => value + (outputOf(layer.inputs[1])[i] ?? NaN));
  const x = outputOf(layer.input);
  const channels = output.at(-1) ?? 1;
  const at = (values: ArrayLike<number>, i: number): number => values[i] ?? NaN;
  switch (layer.kind) {
    case 'conv2d':
    case 'depthwiseConv2d':
      return convolve(layer, x, input, output, weight(layer.kind === 'conv2d' ? 'kernel' : 'depthwise_kernel'), layer.useBias ? weight('bias') : new Float32Array(channels));
    case 'dense':
      return Float64Array.from({ length: channels }, (_, o) => x.reduce((sum, value, i) => sum + value * at(weight('kernel'), i * channels + o), layer.useBias ? at(weight('bias'), o) : 0));
    case 'batchNormalization':
      return x.map((value, i) => {
        const c = i % channels;
        return ((value - at(weight('moving_mean'), c)) / Math.sqrt(at(weight('moving_variance'), c) + layer.epsilon)) * at(weight('gamma'), c) + at(weight('beta'), c);
      });
    case 'prelu':
      return x.map((value, i) => (value < 0 ? value * at(weight('alpha'), i % channels) : value));
    case 'leakyRelu':
      return x.map((value) => (value < 0 ? value * layer.negativeSlope : value));
    case 'relu':
      return x.map((value) => Math.min(Math.max(0, value), layer.maxValue ?? Infinity));
    case 'zeroPadding2d':
      return padded(x, input, layer.padding[0][0], layer.padding[1][0], output);
    case 'flatten':
    case 'dropout':
      return x;
  }
}

function convolve(
  { kind, kernelSize, strides, padding }: Extract<Layer, { kind: 'conv2d' | 'depthwiseConv2d' }>, x: Values, [height = 0, width = 0, inputs = 0]: readonly number[],
  [rows = 0, columns = 0, outputs = 0]: readonly number[], kernel: Float32Array, bias: Float32Array,
): Values {
  const before = (length: number, steps: number): number => (padding === 'valid' ? 0 : Math.floor(Math.max(0, (steps - 1) * strides + kernelSize - length) / 2));
  const [top, left] = [before(height, rows), before(width, columns)];
  const result = new Float64Array(rows * columns * outputs);
  for (let y = 0; y < rows; y++) for (let z = 0; z < columns; z++) for (let o = 0; o < outputs; o++) {
    let sum = bias[o] ?? 0;
    for (let ky = 0; ky < kernelSize; ky++) for (let kx = 0; kx < kernelSize; kx++) {
      const [row, column] = [y * strides + ky - top, z * strides + kx - left];
      if (row < 0 || column < 0 || row >= height || column >= width) continue;
      const [pixel, tap] = [(row * width + column) * inputs, ky * kernelSize + kx];
      if (kind === 'depthwiseConv2d') sum += (x[pixel + o] ?? NaN) * (kernel[tap * outputs + o] ?? NaN);
      else for (let i = 0; i < inputs; i++) sum += (x[pixel + i] ?? NaN) * (kernel[(tap * inputs + i) * outputs + o] ?? NaN);
    }
    result[(y * columns + z) * outputs + o] = sum;
  }
  return result;
}

function padded(x: Values, [height = 0, width = 0, channels = 0]: readonly number[], top: number, left: number, [rows = 0, columns = 0]: readonly number[]): Values {
  const result = new Float64Array(rows * columns * channels);
  for (let row = 0; row < height; row++) for (let i = 0; i < width * channels; i++) result[((row + top) * columns + left) * channels + i] = x[row * width * channels + i] ?? NaN;
  return result;
}

/** Largest difference of two vectors, relative to the length of the first. */
export function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const length = Math.sqrt(Array.from(a).reduce((sum, value) => sum + value * value, 0));
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), a.length === b.length ? 0 : Infinity) / length;
}
