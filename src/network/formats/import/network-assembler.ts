import { UserError } from '../../../base/user-error';
import { convolvedLength } from '../../graph/operations';
import { layerInputs, outputShape } from '../../layer-shapes';
import type { Layer, NetworkSpec, PixelNormalization, Weight } from '../../network-spec';
import { networkSpecFormat } from '../../network-spec';
import { composed, identityOf, isActivation, isAffine, isBendable, isRelu, joined, type PartOf } from './channel-function';
import type { ChannelFunction, Feature, FileOperation, ImageAxes } from './graph-value';
import type { ImportedModel } from './imported-model';

/** Pixels of zeros around an image: top, left, bottom, right (ONNX's order). */
export type Sides = readonly [number, number, number, number];

export interface FileConvolution {
  /** [height, width, in, out], or [height, width, channels, 1] of a depthwise one. */
  readonly kernel: Weight;
  readonly isDepthwise: boolean;
  /** Vertical and horizontal. */
  readonly strides: readonly [number, number];
  /** `same` as TensorFlow defines it. */
  readonly padding: 'same' | Sides;
  readonly bias?: Float32Array;
}

const inputName = 'input';
/** Keras's default; imported statistics are not trained on. */
const momentum = 0.99;
/** A normalisation brings pixels 0..255 to some units around 0. One that expects 0..1 would bring them to hundreds. */
const widestNormalizedPixels = 20;
const guessedNormalization: PixelNormalization = { mean: 127.5, deviation: 127.5 };

/** Builds a network from the operations of a foreign file, in their order. Images are [height, width, channels] here. */
export class NetworkAssembler {
  private readonly layers: Layer[] = [];
  private readonly weights = new Map<string, Weight>();
  private readonly shapes = new Map<string, readonly number[]>();
  private readonly functionLayers = new Map<ChannelFunction, string>();
  /** How pixels enter, where the file's first operations say it. */
  private normalization: PixelNormalization | undefined;
  private readsPixels = false;

  constructor(private readonly file: string) {}

  /** @param shape as the file gives it, with the batch first */
  input(operation: FileOperation, shape: readonly number[]): Feature {
    const [, a = 0, b = 0, c = 0] = shape;
    const axes: ImageAxes = a === 3 ? 'nchw' : 'nhwc';
    const [height, width, channels] = axes === 'nchw' ? [b, c, a] : [a, b, c];
    if (shape.length !== 4 || channels !== 3 || height !== width || !(height > 0)) {
      const open = shape.some((size, axis) => axis > 0 && size <= 0) ? ' (0 stands for a size that is left open)' : '';
      throw this.refusal(operation, `takes [${shape.join(', ')}]${open}, not one square RGB picture`, 'Export the model with a fixed input of, for example, 1 x 3 x 112 x 112.');
    }
    this.add({ kind: 'input', name: inputName, shape: [height, width, channels] });
    return { kind: 'feature', layer: inputName, axes };
  }

  shapeOf(layer: string): readonly number[] {
    const shape = this.shapes.get(layer);
    if (!shape) throw new Error(`Layer ${layer} is read before it is computed`);
    return shape;
  }

  channelsOf(x: Feature): number {
    return this.shapeOf(x.layer).at(-1) ?? 0;
  }

  convolve(operation: FileOperation, from: Feature, { kernel, isDepthwise, strides: [stride, horizontalStride], padding, bias }: FileConvolution): Feature {
    const x = this.settled(operation, from);
    const [kernelHeight = 0, kernelSize = 0, , filters = 0] = kernel.shape;
    const input = this.shapeOf(x.layer);
    if (input.length === 1 && kernelHeight * kernelSize === 1 && !isDepthwise) {
      return { ...this.dense(operation, { ...x, axes: 'vector' }, { shape: kernel.shape.slice(2), data: kernel.data }, bias), axes: x.axes };
    }
    const [height, width] = this.imageOf(operation, x);
    if (kernelHeight !== kernelSize) throw this.refusal(operation, `has a kernel of ${kernelHeight} x ${kernelSize}`, 'Only square kernels are known here.', x);
    if (stride !== horizontalStride) throw this.refusal(operation, `has strides of ${stride} and ${horizontalStride}`, 'Only equal strides are known here.', x);
    const same: Sides = [height, width, height, width].map((length, side) => samePadding(length, kernelSize, stride)[side < 2 ? 0 : 1]) as unknown as Sides;
    const isSame = padding === 'same' || padding.join() === same.join();
    const isValid = padding !== 'same' && padding.every((pixels) => pixels === 0);
    const source = isSame || isValid ? x : this.pad({ ...operation, name: `${operation.name}_pad` }, x, padding);
    const name = this.nameOf(operation);
    this.weights.set(`${name}/${isDepthwise ? 'depthwise_kernel' : 'kernel'}`, kernel);
    if (bias) this.weights.set(`${name}/bias`, { shape: [bias.length], data: bias });
    const common = { name, input: source.layer, kernelSize, strides: stride, padding: isSame && !isValid ? 'same' : 'valid', useBias: bias !== undefined } as const;
    return this.put(x, isDepthwise ? { kind: 'depthwiseConv2d', ...common } : { kind: 'conv2d', filters, ...common });
  }

  /** x * scale + shift; becomes a layer when something else than another such operation reads it. */
  affine(operation: FileOperation, x: Feature, scale: readonly number[], shift: readonly number[]): Feature {
    if (x.isUnit === true) {
      const [first = 0] = scale;
      if (first > 0 && scale.every((value) => value === first) && shift.every((value) => value === 0)) return x;
      throw this.refusal(operation, 'follows an L2 normalisation', 'Export the network up to the embedding.', x);
    }
    return { ...x, pending: composed(operation.name, x.pending, scale, shift) };
  }

  /** A batch normalisation with fixed statistics, reduced to scale and shift. It never stands for the normalisation of pixels. */
  batchNormalization(operation: FileOperation, from: Feature, scale: readonly number[], shift: readonly number[]): Feature {
    if (from.layer !== inputName) return this.affine(operation, from, scale, shift);
    const x = this.settled(operation, from);
    return this.putAffine(operation, x, scale, shift);
  }

  /**
   * A function of each value that has its only bend at zero, such as ReLU. It becomes a layer when something else reads it.
   * @param apply slopes on both sides of zero, from those that the value has so far
   */
  bend(operation: FileOperation, from: Feature, apply: PartOf): Feature {
    const x = from.isUnit !== true && isBendable(from.pending) ? from : this.settled(operation, from);
    const { positive, negative, shift } = x.pending ?? identityOf(this.channelsOf(x));
    const parts = positive.map((above, channel) => apply({ above, below: negative[channel] ?? 0 }, channel));
    return { ...x, pending: { name: operation.name, positive: parts.map(({ above }) => above), negative: parts.map(({ below }) => below), shift } };
  }

  relu6(operation: FileOperation, from: Feature): Feature {
    const x = this.settled(operation, isRelu(from.pending) ? withoutPending(from) : from);
    return this.put(x, { kind: 'relu', name: this.nameOf(operation), input: x.layer, maxValue: 6 });
  }

  sum(operation: FileOperation, first: Feature, second: Feature): Feature {
    // Two functions of the same values add up to one.
    if (first.layer === second.layer && first.isUnit !== true && second.isUnit !== true) {
      const channels = this.channelsOf(first);
      return { ...first, pending: joined(operation.name, first.pending ?? identityOf(channels), second.pending ?? identityOf(channels)) };
    }
    const [a, b] = [this.settled(operation, first), this.settled(operation, second)];
    const [left, right] = [this.shapeOf(a.layer).join(' x '), this.shapeOf(b.layer).join(' x ')];
    if (left !== right) throw this.refusal(operation, `adds maps of ${left} and ${right}`, 'Only maps of one shape can be added here.');
    return this.put(a, { kind: 'add', name: this.nameOf(operation), inputs: [a.layer, b.layer] });
  }

  pad(operation: FileOperation, from: Feature, [top, left, bottom, right]: Sides): Feature {
    const x = this.settled(operation, from);
    if (top + left + bottom + right === 0) return x;
    this.imageOf(operation, x);
    return this.put(x, { kind: 'zeroPadding2d', name: this.nameOf(operation), input: x.layer, padding: [[top, bottom], [left, right]] });
  }

  /** Mean over windows without padding, which is a depthwise convolution of equal weights. @param size side of the window; the whole image when absent */
  average(operation: FileOperation, from: Feature, size?: number, stride = 1): Feature {
    const x = this.settled(operation, from);
    if (this.shapeOf(x.layer).length === 1) return x;
    const [height, width, channels] = this.imageOf(operation, x);
    const side = size ?? height;
    if (size === undefined && height !== width) throw this.refusal(operation, `averages ${height} x ${width} pixels`, 'Only square maps are known here.', x);
    const kernel = { shape: [side, side, channels, 1], data: new Float32Array(side * side * channels).fill(1 / side ** 2) };
    return this.convolve(operation, x, { kernel, isDepthwise: true, strides: [stride, stride], padding: [0, 0, 0, 0] });
  }

  flatten(operation: FileOperation, from: Feature): Feature {
    const { isUnit, ...plain } = from;
    const x = this.settled(operation, plain);
    const shape = this.shapeOf(x.layer);
    if (shape.length === 1) return { ...from, ...x, axes: 'vector' };
    const [height = 1, width = 1, channels = 1] = shape;
    if (isUnit === true && height * width > 1) throw this.refusal(operation, 'follows an L2 normalisation of every pixel', 'Export the network up to the embedding.', x);
    const flat = this.put({ ...x, axes: 'vector', ...(isUnit === true ? { isUnit } : {}) }, { kind: 'flatten', name: this.nameOf(operation), input: x.layer });
    return x.axes === 'nchw' && height * width > 1 ? { ...flat, listed: [height, width, channels] } : flat;
  }

  /** @param kernel [in, out], its rows in the file's order */
  dense(operation: FileOperation, from: Feature, kernel: Weight, bias?: Float32Array): Feature {
    const vector = from.axes === 'vector' ? from : this.flatten({ ...operation, name: `${operation.name}_flatten` }, from);
    const x = this.settled(operation, vector);
    const [rows = 0, units = 0] = kernel.shape;
    if (rows !== this.channelsOf(x)) throw this.refusal(operation, `has a kernel for ${rows} values and gets ${this.channelsOf(x)}`, 'Export the model again.');
    const name = this.nameOf(operation);
    this.weights.set(`${name}/kernel`, { shape: [rows, units], data: x.listed ? rowsInOrder(kernel.data, units, pixelsFirst(rows, x.listed)) : kernel.data });
    if (bias) this.weights.set(`${name}/bias`, { shape: [units], data: bias });
    return this.put({ kind: 'feature', layer: x.layer, axes: 'vector' }, { kind: 'dense', name, input: x.layer, units, useBias: bias !== undefined });
  }

  unit(operation: FileOperation, from: Feature): Feature {
    return { ...this.settled(operation, from), isUnit: true };
  }

  /** The network that ends in this embedding, without the layers that it does not need. */
  finish(operation: FileOperation, embedding: Feature): ImportedModel {
    const { isUnit = false, ...last } = embedding;
    const { layer: output } = this.flatten({ ...operation, name: 'embedding' }, last);
    const needed = neededLayers(this.layers, output);
    const layers = this.layers.filter(({ name }) => needed.has(name));
    const [embeddingLength = 0, ...more] = this.shapeOf(output);
    if (more.length > 0) throw this.refusal(operation, `gives [${this.shapeOf(output).join(', ')}], not one vector`, 'Export the network up to the embedding.');
    if (this.readsPixels && this.normalization) throw this.refusal(operation, 'reads the picture both normalised and as it is', 'Export the network without the normalisation, and give --normalize.');
    const spec: NetworkSpec = {
      format: networkSpecFormat, name: 'imported', layers, output, embeddingLength, normalization: this.normalization ?? guessedNormalization,
    };
    const weights = new Map([...this.weights].filter(([name]) => needed.has(name.slice(0, name.lastIndexOf('/')))));
    const notes = isUnit ? ['The L2 normalisation at the end was left out: embeddings are normalised wherever they are compared.'] : [];
    return { spec, weights, notes, normalizedBy: this.normalization ? 'file' : 'nobody' };
  }

  /** @param x what the operation reads, for its shape */
  refusal({ name, type }: FileOperation, what: string, action: string, x?: Feature): UserError {
    const on = x ? `, on ${this.shapeOf(x.layer).join(' x ')}` : '';
    return new UserError(`Layer ${name} (${type}${on}) of ${this.file} ${what}.`, action);
  }

  /** The output of a layer with nothing pending. */
  private settled(operation: FileOperation, from: Feature): Feature {
    const { pending, ...x } = from;
    if (x.isUnit === true) throw this.refusal(operation, 'follows an L2 normalisation', 'Export the network up to the embedding.', x);
    if (!pending) {
      if (x.layer === inputName) this.readsPixels = true;
      return x;
    }
    if (x.layer === inputName && this.takesNormalization(pending)) return x;
    const known = this.functionLayers.get(pending);
    if (known !== undefined) return { ...x, layer: known };
    const result = this.putFunction({ ...operation, name: pending.name }, x, pending);
    this.functionLayers.set(pending, result.layer);
    return result;
  }

  private putFunction(operation: FileOperation, x: Feature, pending: ChannelFunction): Feature {
    const { positive, negative, shift, activation } = pending;
    if (activation) return this.putAffine(operation, this.settled(operation, { ...x, pending: activation.f }), activation.scale, activation.shift);
    if (isAffine(pending)) return positive.every((value) => value === 1) && shift.every((value) => value === 0) ? x : this.putAffine(operation, x, positive, shift);
    if (isActivation(pending)) return this.putActivation(operation, x, negative);
    // Any other function that bends is one that rises above zero by its own measure, of x or of -x.
    const signs = positive.map((value) => (value > 0 ? 1 : -1));
    const above = positive.map((value, channel) => (value > 0 ? value : -(negative[channel] ?? 0)));
    const below = positive.map((value, channel) => (value > 0 ? (negative[channel] ?? 0) : -value));
    if (above.some((value) => value <= 0)) throw this.refusal(operation, 'is an activation that rises nowhere', 'Use ReLU, ReLU6, LeakyReLU or PReLU.', x);
    const turned = signs.every((sign) => sign === 1) ? x : this.putAffine({ ...operation, name: `${operation.name}_turned` }, x, signs, signs.map(() => 0));
    const activated = this.putActivation(operation, turned, below.map((value, channel) => value / (above[channel] ?? 1)));
    return this.putAffine({ ...operation, name: `${operation.name}_scale` }, activated, above, shift);
  }

  /** @param slopes below zero, one for each channel */
  private putActivation(operation: FileOperation, x: Feature, slopes: readonly number[]): Feature {
    const name = this.nameOf(operation);
    const [first = 0] = slopes;
    if (slopes.every((slope) => slope === 0)) return this.put(x, { kind: 'relu', name, input: x.layer });
    if (first > 0 && first <= 1 && slopes.every((slope) => slope === first)) return this.put(x, { kind: 'leakyRelu', name, input: x.layer, negativeSlope: decimal(first) });
    if (this.shapeOf(x.layer).length !== 3) throw this.refusal(operation, 'is a PReLU of a vector', 'Only images have PReLU here.', x);
    this.weights.set(`${name}/alpha`, { shape: [slopes.length], data: Float32Array.from(slopes) });
    return this.put(x, { kind: 'prelu', name, input: x.layer });
  }

  /** True when the operations on the picture are a normalisation of its pixels, the same for all channels. */
  private takesNormalization(pending: ChannelFunction): boolean {
    const { positive: scale, shift } = pending;
    if (!isAffine(pending) || !scale.every((value) => value > 0 && value * 255 <= widestNormalizedPixels)) return false;
    const [first = 1] = scale;
    const isUniform = scale.every((value) => value === first) && shift.every((value) => value === shift[0]);
    const normalization = isUniform ? { mean: rounded(-(shift[0] ?? 0) / first), deviation: rounded(1 / first) } : { mean: 0, deviation: 1 };
    if (this.normalization && (this.normalization.mean !== normalization.mean || this.normalization.deviation !== normalization.deviation)) return false;
    this.normalization = normalization;
    return isUniform;
  }

  private putAffine(operation: FileOperation, x: Feature, scale: readonly number[], shift: readonly number[]): Feature {
    const name = this.nameOf(operation);
    const parameters = { gamma: scale, beta: shift, moving_mean: scale.map(() => 0), moving_variance: scale.map(() => 1) };
    for (const [key, values] of Object.entries(parameters)) this.weights.set(`${name}/${key}`, { shape: [values.length], data: Float32Array.from(values) });
    return this.put(x, { kind: 'batchNormalization', name, input: x.layer, epsilon: 0, momentum });
  }

  private imageOf(operation: FileOperation, x: Feature): readonly [number, number, number] {
    const [height, width, channels] = this.shapeOf(x.layer);
    if (height === undefined || width === undefined || channels === undefined) throw this.refusal(operation, 'needs an image', 'Export the model again.', x);
    return [height, width, channels];
  }

  private put(like: Feature, layer: Layer): Feature {
    this.add(layer);
    return { ...like, layer: layer.name };
  }

  private add(layer: Layer): void {
    this.layers.push(layer);
    this.shapes.set(layer.name, outputShape(layer, (name) => this.shapeOf(name)));
  }

  /** A name that TensorFlow, Keras and ONNX allow and no other layer has; modules are joined by dots, as PyTorch writes them. */
  private nameOf({ name, type }: FileOperation): string {
    const wanted = name.replace(/^[^A-Za-z0-9]+/, '').replaceAll('/', '.').replace(/[^A-Za-z0-9_.-]/g, '_') || type.toLowerCase();
    const isTaken = (candidate: string): boolean => this.shapes.has(candidate) || candidate === inputName;
    if (!isTaken(wanted)) return wanted;
    let number = 1;
    while (isTaken(`${wanted}_${number}`)) number++;
    return `${wanted}_${number}`;
  }
}

/** For each place of a vector that lists pixels one by one, the place in the vector that lists channels one by one. */
export function pixelsFirst(length: number, [height, width, channels]: readonly [number, number, number]): number[] {
  return Array.from({ length }, (_, i) => (i % channels) * height * width + Math.floor(i / channels));
}

function rowsInOrder(matrix: Float32Array, columns: number, rows: readonly number[]): Float32Array {
  const result = new Float32Array(matrix.length);
  rows.forEach((row, i) => result.set(matrix.subarray(row * columns, (row + 1) * columns), i * columns));
  return result;
}

/** TensorFlow's SAME in pixels before and after; what is odd goes to the end. */
function samePadding(length: number, kernelSize: number, strides: number): readonly [number, number] {
  const total = Math.max(0, (convolvedLength(length, kernelSize, strides, 'same') - 1) * strides + kernelSize - length);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

function neededLayers(layers: readonly Layer[], output: string): ReadonlySet<string> {
  const needed = new Set([output]);
  for (const layer of layers.toReversed()) {
    if (needed.has(layer.name)) layerInputs(layer).forEach((name) => needed.add(name));
  }
  return needed;
}

function withoutPending({ kind, layer, axes }: Feature): Feature {
  return { kind, layer, axes };
}

/** The decimal that a float32 was written as. */
function decimal(value: number): number {
  return Number(Math.fround(value).toPrecision(7));
}

/** Without the noise of float32 constants such as 1 / 0.0078125. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
