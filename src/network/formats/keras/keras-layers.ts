import { UserError } from '../../../base/user-error';
import { outputShape } from '../../layer-shapes';
import type { Layer, Padding, PixelNormalization, Weight } from '../../network-spec';

export type KerasConfigRecord = Readonly<Record<string, unknown>>;

/** A layer of a Keras model, read but not understood. */
export interface KerasNode {
  readonly className: string;
  readonly name: string;
  readonly config: KerasConfigRecord;
  readonly inputs: readonly string[];
}

/** Where a weight lies in the file that belongs to another layer here. */
export interface MovedWeight {
  readonly layer: string;
  readonly name: string;
  readonly fileLayer: string;
  readonly fileName: string;
}

export interface KerasLayers {
  readonly layers: readonly Layer[];
  /** Layer whose output is the embedding. */
  readonly output: string;
  /** Weights that are no variables in Keras, such as those of a mean. */
  readonly given: readonly { readonly layer: string; readonly name: string; readonly weight: Weight }[];
  readonly moved: readonly MovedWeight[];
  /** What a Rescaling layer says of the pixels. */
  readonly normalization?: PixelNormalization;
  readonly notes: readonly string[];
}

/** @param nodes in topological order @param output name of the last one @param source the file, for errors @throws UserError naming the layer that is not known here */
export function kerasLayers(nodes: readonly KerasNode[], output: string, source: string): KerasLayers {
  const translation = new Translation(source);
  for (const node of nodes) translation.add(node);
  return translation.finish(output);
}

const unitClass = 'UnitNormalization';

class Translation {
  private readonly layers: Layer[] = [];
  private readonly shapes = new Map<string, readonly number[]>();
  /** For each layer of the file the layer here that gives its output. */
  private readonly results = new Map<string, string>();
  private readonly given: { layer: string; name: string; weight: Weight }[] = [];
  private readonly moved: MovedWeight[] = [];
  private readonly notes: string[] = [];
  private normalization: PixelNormalization | undefined;
  private unit: KerasNode | undefined;

  constructor(private readonly source: string) {}

  finish(output: string): KerasLayers {
    const { layers, given, moved, notes, normalization } = this;
    return { layers, output: this.resultOf(output), given, moved, notes, ...(normalization ? { normalization } : {}) };
  }

  add(node: KerasNode): void {
    if (this.unit) throw this.refusal(this.unit, 'is an L2 normalisation in the middle of the network', 'Save the network up to the embedding.');
    if (node.config['data_format'] === 'channels_first') throw this.refusal(node, 'has its channels first');
    const { className, name, config } = node;
    const input = node.inputs[0] === undefined ? '' : this.resultOf(node.inputs[0]);
    switch (className) {
      case 'InputLayer':
        return this.put(node, this.inputLayer(node));
      case 'Conv2D':
      case 'DepthwiseConv2D':
        return this.convolution(node, input);
      case 'SeparableConv2D':
        return this.separable(node, input);
      case 'ZeroPadding2D': {
        const [top = 0, bottom = 0, left = 0, right = 0] = fourSides(config['padding']);
        return this.put(node, { kind: 'zeroPadding2d', name, input, padding: [[top, bottom], [left, right]] });
      }
      case 'BatchNormalization':
        this.put(node, { kind: 'batchNormalization', name, input, epsilon: Number(config['epsilon'] ?? 1e-3), momentum: Number(config['momentum'] ?? 0.99) });
        if (config['scale'] === false) this.give(name, 'gamma', [this.channelsOf(name)], 1);
        if (config['center'] === false) this.give(name, 'beta', [this.channelsOf(name)], 0);
        return;
      case 'PReLU':
        if (numbers(config['shared_axes']).join() !== '1,2') throw this.refusal(node, 'does not share its slopes over height and width', 'Set shared_axes=[1, 2].');
        return this.put(node, { kind: 'prelu', name, input });
      case 'LeakyReLU':
        return this.put(node, { kind: 'leakyRelu', name, input, negativeSlope: slope(config['alpha'] ?? config['negative_slope'] ?? 0.3) });
      case 'ReLU':
        return this.relu(node, input);
      case 'Activation':
        return this.activation(node, input, config['activation']);
      case 'Add': {
        const [a, b, ...more] = node.inputs.map((each) => this.resultOf(each));
        if (a === undefined || b === undefined || more.length > 0) throw this.refusal(node, `adds ${node.inputs.length} tensors, not two`);
        return this.put(node, { kind: 'add', name, inputs: [a, b] });
      }
      case 'Dropout':
        return this.put(node, { kind: 'dropout', name, input, rate: Number(config['rate'] ?? 0) });
      case 'SpatialDropout2D':
      case 'GaussianNoise':
      case 'GaussianDropout':
        return void this.results.set(name, input);
      case 'Flatten':
        return this.put(node, { kind: 'flatten', name, input });
      case 'Reshape':
        return this.reshape(node, input);
      case 'GlobalAveragePooling2D':
        return this.globalAverage(node, input);
      case 'AveragePooling2D':
        return this.average(node, input);
      case 'Dense':
        this.put(node, { kind: 'dense', name, input, units: Number(config['units']), useBias: config['use_bias'] !== false });
        return this.innerActivation(node);
      case 'Rescaling':
        return this.rescaling(node, input);
      case unitClass:
        this.unit = node;
        this.notes.push('The L2 normalisation at the end was left out: embeddings are normalised wherever they are compared.');
        return void this.results.set(name, input);
      case 'Lambda':
        throw this.refusal(node, 'is a Lambda, whose code is no part of the file', 'Save the network up to the layer before it; an L2 normalisation is not needed, as embeddings are normalised wherever they are compared.');
      default:
        throw this.refusal(node, `is a ${className || 'layer without a class'}, which is not known here`);
    }
  }

  private inputLayer(node: KerasNode): Layer {
    const shape = numbers(node.config['batch_input_shape'] ?? node.config['batch_shape'] ?? node.config['batchInputShape']).slice(-3);
    const [height, width, channels] = shape;
    if (height === undefined || height !== width || channels !== 3) throw this.refusal(node, `takes [${shape.join()}], not a square RGB picture`);
    return { kind: 'input', name: node.name, shape: [height, width, channels] };
  }

  private convolution(node: KerasNode, input: string): void {
    const { className, name, config } = node;
    const common = { name, input, ...this.window(node, config['kernel_size']), useBias: config['use_bias'] !== false };
    if (square(config['dilation_rate'] ?? [1, 1]) !== 1 || Number(config['groups'] ?? 1) !== 1) throw this.refusal(node, 'is dilated or grouped');
    if (className === 'DepthwiseConv2D' && Number(config['depth_multiplier'] ?? 1) !== 1) throw this.refusal(node, 'has a depth multiplier other than 1');
    this.put(node, className === 'Conv2D' ? { kind: 'conv2d', filters: Number(config['filters']), ...common } : { kind: 'depthwiseConv2d', ...common });
    this.innerActivation(node);
  }

  /** A depthwise convolution and one of 1 x 1 behind it. */
  private separable(node: KerasNode, input: string): void {
    const { name, config } = node;
    if (square(config['dilation_rate'] ?? [1, 1]) !== 1 || Number(config['depth_multiplier'] ?? 1) !== 1) throw this.refusal(node, 'is dilated or has a depth multiplier other than 1');
    const depthwise = `${name}_depthwise`;
    this.put(node, { kind: 'depthwiseConv2d', name: depthwise, input, ...this.window(node, config['kernel_size']), useBias: false });
    this.put(node, { kind: 'conv2d', name, input: depthwise, filters: Number(config['filters']), kernelSize: 1, strides: 1, padding: 'valid', useBias: config['use_bias'] !== false });
    this.moved.push({ layer: depthwise, name: 'depthwise_kernel', fileLayer: name, fileName: 'depthwise_kernel' }, { layer: name, name: 'kernel', fileLayer: name, fileName: 'pointwise_kernel' });
    this.innerActivation(node);
  }

  private window(node: KerasNode, size: unknown): { kernelSize: number; strides: number; padding: Padding } {
    const kernelSize = square(size);
    const strides = square(node.config['strides'] ?? [1, 1]);
    if (!Number.isInteger(kernelSize) || !Number.isInteger(strides)) throw this.refusal(node, 'has windows or strides that are not square');
    return { kernelSize, strides, padding: node.config['padding'] === 'same' ? 'same' : 'valid' };
  }

  private relu(node: KerasNode, input: string): void {
    const { name, config } = node;
    const max = config['max_value'] ?? undefined;
    const negativeSlope = slope(config['negative_slope'] ?? 0);
    if (Number(config['threshold'] ?? 0) !== 0) throw this.refusal(node, `begins at ${String(config['threshold'])}`);
    if (max !== undefined && (Number(max) !== 6 || negativeSlope !== 0)) throw this.refusal(node, `is cut at ${String(max)}`);
    if (negativeSlope !== 0) return this.put(node, { kind: 'leakyRelu', name, input, negativeSlope });
    this.put(node, max === undefined ? { kind: 'relu', name, input } : { kind: 'relu', name, input, maxValue: 6 });
  }

  private innerActivation(node: KerasNode): void {
    const activation = node.config['activation'];
    if (activation === undefined || activation === null || activation === 'linear') return;
    this.activation({ ...node, config: {} }, this.resultOf(node.name), activation, `${node.name}_activation`);
  }

  private activation(node: KerasNode, input: string, activation: unknown, name = node.name): void {
    switch (activation) {
      case 'linear':
        return void this.results.set(node.name, input);
      case 'relu':
        return this.put(node, { kind: 'relu', name, input });
      case 'relu6':
        return this.put(node, { kind: 'relu', name, input, maxValue: 6 });
      case 'leaky_relu':
        return this.put(node, { kind: 'leakyRelu', name, input, negativeSlope: 0.2 });
      default:
        throw this.refusal(node, `has the activation ${String(activation)}`, 'Use ReLU, ReLU6, LeakyReLU or PReLU.');
    }
  }

  private reshape(node: KerasNode, input: string): void {
    const target = numbers(node.config['target_shape']);
    const shape = this.shapes.get(input) ?? [];
    const before = this.layers.find(({ name }) => name === input);
    if (target.length === 1) return this.put(node, { kind: 'flatten', name: node.name, input });
    if (target.join() === shape.join()) return void this.results.set(node.name, input);
    // Keras's MobileNet makes an image of one pixel of a vector that was one.
    const isPixel = before?.kind === 'flatten' && target.slice(0, 2).join() === '1,1' && this.shapes.get(before.input)?.slice(0, 2).join() === '1,1';
    if (isPixel) return void this.results.set(node.name, before.input);
    throw this.refusal(node, `makes [${target.join(', ')}] of its input`);
  }

  /** The mean as a depthwise convolution of equal weights. */
  private globalAverage(node: KerasNode, input: string): void {
    const [height = 0, width = 0, channels = 0] = this.shapes.get(input) ?? [];
    if (height !== width) throw this.refusal(node, 'averages over a map that is not square');
    this.put(node, { kind: 'depthwiseConv2d', name: node.name, input, kernelSize: height, strides: 1, padding: 'valid', useBias: false });
    this.give(node.name, 'depthwise_kernel', [height, width, channels, 1], 1 / height ** 2);
    if (node.config['keepdims'] !== true) this.put(node, { kind: 'flatten', name: `${node.name}_flatten`, input: node.name });
  }

  private average(node: KerasNode, input: string): void {
    const size = node.config['pool_size'];
    const window = this.window({ ...node, config: { ...node.config, strides: node.config['strides'] ?? size } }, size);
    if (window.padding === 'same') throw this.refusal(node, 'averages over a padded map', 'Average without padding.');
    const { kernelSize } = window;
    const channels = this.channelsOf(input);
    this.put(node, { kind: 'depthwiseConv2d', name: node.name, input, ...window, useBias: false });
    this.give(node.name, 'depthwise_kernel', [kernelSize, kernelSize, channels, 1], 1 / kernelSize ** 2);
  }

  private rescaling(node: KerasNode, input: string): void {
    const [scale, offset] = [Number(node.config['scale'] ?? NaN), Number(node.config['offset'] ?? 0)];
    const isFirst = this.layers.length === 1 && this.layers[0]?.name === input && !this.normalization;
    if (!isFirst || !(scale > 0) || !Number.isFinite(offset)) throw this.refusal(node, 'rescales something else than the picture, or by more than one value', 'Save the network without it, and give --normalize.');
    this.normalization = { mean: Number((-offset / scale).toPrecision(6)), deviation: Number((1 / scale).toPrecision(6)) };
    this.results.set(node.name, input);
  }

  private give(layer: string, name: string, shape: readonly number[], value: number): void {
    this.given.push({ layer, name, weight: { shape, data: new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(value) } });
  }

  private put(node: KerasNode, layer: Layer): void {
    try {
      this.shapes.set(layer.name, outputShape(layer, (name) => this.shapes.get(name) ?? []));
    } catch (error) {
      throw this.refusal(node, `does not fit to what it reads (${error instanceof Error ? error.message : String(error)})`, 'Save the model again.');
    }
    this.layers.push(layer);
    this.results.set(node.name, layer.name);
  }

  private resultOf(node: string): string {
    const result = this.results.get(node);
    if (result === undefined) throw new UserError(`Layer ${node} of ${this.source} is read before it is listed.`, 'Save the model again.');
    return result;
  }

  private channelsOf(layer: string): number {
    return this.shapes.get(layer)?.at(-1) ?? 0;
  }

  private refusal({ name, className, inputs }: KerasNode, what: string, action = 'Only networks of the layers that MobileFaceNet uses can be imported.'): UserError {
    const shape = this.shapes.get(this.results.get(inputs[0] ?? '') ?? '')?.join(' x ');
    return new UserError(`Layer ${name} (${className}${shape === undefined ? '' : `, on ${shape}`}) of ${this.source} ${what}.`, action);
  }
}

function slope(value: unknown): number {
  return Number(Math.fround(Number(value)).toPrecision(7));
}

export function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.flat().filter((item) => typeof item === 'number') : [];
}

/** The number that both sides have, else NaN. */
function square(value: unknown): number {
  const [first = NaN, second = first] = typeof value === 'number' ? [value] : numbers(value);
  return first === second ? first : NaN;
}

/** Keras allows one number, two (height, width), or two pairs. */
function fourSides(value: unknown): number[] {
  if (typeof value === 'number') return [value, value, value, value];
  const sides = numbers(value);
  const [vertical = 0, horizontal = 0] = sides;
  return sides.length === 2 ? [vertical, vertical, horizontal, horizontal] : sides;
}
