import { elementCount } from './graph/graph-def';
import { layerInputs, layerShapes } from './layer-shapes';
import type { BatchNormalizationLayer, Layer, NetworkSpec, Weight, Weights } from './network-spec';
import { weightOf } from './weight-definitions';

export interface FoldedNetwork {
  readonly spec: NetworkSpec;
  readonly weights: Map<string, Weight>;
}

type KernelLayer = Extract<Layer, { kind: 'conv2d' | 'depthwiseConv2d' | 'dense' }>;

/**
 * Takes batch normalisation out of a network, which computes the same as before in inference. With s = gamma / sqrt(variance + epsilon), t = beta - mean * s:
 * - behind a convolution or a dense layer: w' = w * s, b' = b * s + t, per output channel;
 * - before one that pads nothing: w' = w * s, b' = b + sum of w * t, per input channel (zeros that are padded would have to become t as well);
 * - elsewhere on images: a depthwise convolution of one pixel. On vectors it stays.
 */
export function foldBatchNormalization(spec: NetworkSpec, weights: Weights): FoldedNetwork {
  const folding = new Folding(spec, weights);
  for (const { name } of spec.layers) folding.fold(name);
  return folding.result();
}

interface ScaleAndShift {
  readonly scale: Float32Array;
  readonly shift: Float32Array;
}

class Folding {
  private layers: readonly Layer[];
  private readonly weights: Map<string, Weight>;
  private readonly shapes: ReadonlyMap<string, readonly number[]>;
  private readonly readers = new Map<string, string[]>();
  private output: string;

  constructor(private readonly spec: NetworkSpec, weights: Weights) {
    this.layers = spec.layers;
    this.weights = new Map(weights);
    this.shapes = layerShapes(spec);
    this.output = spec.output;
    for (const layer of spec.layers) {
      for (const input of layerInputs(layer)) this.readers.set(input, [...(this.readers.get(input) ?? []), layer.name]);
    }
  }

  result(): FoldedNetwork {
    return { spec: { ...this.spec, layers: this.layers, output: this.output }, weights: this.weights };
  }

  fold(name: string): void {
    const layer = this.layer(name);
    if (layer.kind === 'batchNormalization' && !this.foldBack(layer)) this.foldForward(layer);
  }

  /** Into the layer before it. */
  private foldBack(layer: BatchNormalizationLayer): boolean {
    let producer = this.layer(layer.input);
    while (this.movesChannelsOnly(producer) && this.readersOf(producer).length === 1) producer = this.layer(producer.input);
    if (!isKernelLayer(producer) || this.readersOf(producer).length !== 1 || this.readersOf(this.layer(layer.input)).length !== 1) return false;
    const { scale, shift } = this.take(layer);
    // The output channel is the last axis of every kernel (a depthwise kernel is [k, k, channels, 1], so its data ends in channels too).
    this.scaleKernel(producer, (place) => scale[place % scale.length] ?? 0);
    const bias = this.biasOf(producer);
    this.setBias(producer, shift.map((value, channel) => value + (bias?.[channel] ?? 0) * (scale[channel] ?? 0)));
    this.remove(layer);
    return true;
  }

  /** Into the layer behind it, else into one of its own. */
  private foldForward(layer: BatchNormalizationLayer): void {
    const [reader, ...others] = this.followed(layer);
    const isExact = reader !== undefined && isKernelLayer(reader) && others.length === 0 && (reader.kind === 'dense' || reader.padding === 'valid' || reader.kernelSize === 1);
    if (isExact) this.foldInto(reader, layer);
    else if (this.shapes.get(layer.name)?.length === 3) this.replaceByDepthwise(layer);
  }

  /** The layers that read this one, past those that only move its channels. */
  private followed(layer: Layer): readonly Layer[] {
    const readers = this.readersOf(layer);
    const [only] = readers;
    return only && readers.length === 1 && (only.kind === 'dropout' || only.kind === 'flatten') ? this.followed(only) : readers;
  }

  private foldInto(reader: KernelLayer, layer: BatchNormalizationLayer): void {
    const { scale, shift } = this.take(layer);
    const channels = scale.length;
    // Kernels are [.., in, out], and what a dense layer reads of a flattened image counts channels fastest.
    const outputs = reader.kind === 'depthwiseConv2d' ? 1 : (this.kernelOf(reader).shape.at(-1) ?? 1);
    const inputOf = (place: number): number => Math.floor(place / outputs) % channels;
    const { data } = this.kernelOf(reader);
    const bias = Float32Array.from(this.biasOf(reader) ?? new Float32Array(reader.kind === 'depthwiseConv2d' ? channels : outputs));
    data.forEach((value, place) => {
      const output = reader.kind === 'depthwiseConv2d' ? inputOf(place) : place % outputs;
      bias[output] = (bias[output] ?? 0) + value * (shift[inputOf(place)] ?? 0);
    });
    this.scaleKernel(reader, (place) => scale[inputOf(place)] ?? 0);
    this.setBias(reader, bias);
    this.remove(layer);
  }

  private replaceByDepthwise(layer: BatchNormalizationLayer): void {
    const { scale, shift } = this.take(layer);
    this.weights.set(`${layer.name}/depthwise_kernel`, { shape: [1, 1, scale.length, 1], data: scale });
    this.weights.set(`${layer.name}/bias`, { shape: [shift.length], data: shift });
    this.replace(layer.name, { kind: 'depthwiseConv2d', name: layer.name, input: layer.input, kernelSize: 1, strides: 1, padding: 'valid', useBias: true });
  }

  /** The parameters of a batch normalisation, which leave the network. */
  private take({ name, epsilon }: BatchNormalizationLayer): ScaleAndShift {
    const parameter = (key: string): Float32Array => {
      const { data } = weightOf(this.weights, `${name}/${key}`);
      this.weights.delete(`${name}/${key}`);
      return data;
    };
    const [gamma, beta, mean, variance] = [parameter('gamma'), parameter('beta'), parameter('moving_mean'), parameter('moving_variance')];
    const scale = gamma.map((value, channel) => value / Math.sqrt((variance[channel] ?? 0) + epsilon));
    return { scale, shift: beta.map((value, channel) => value - (mean[channel] ?? 0) * (scale[channel] ?? 0)) };
  }

  /** True for layers whose output channels are those of their input, in inference. */
  private movesChannelsOnly(layer: Layer): layer is Extract<Layer, { kind: 'dropout' | 'flatten' }> {
    return layer.kind === 'dropout' || (layer.kind === 'flatten' && elementCount(this.shapes.get(layer.input) ?? []) === this.shapes.get(layer.input)?.at(-1));
  }

  private scaleKernel(layer: KernelLayer, factor: (place: number) => number): void {
    const { shape, data } = this.kernelOf(layer);
    this.weights.set(kernelName(layer), { shape, data: data.map((value, place) => value * factor(place)) });
  }

  private setBias(layer: KernelLayer, bias: Float32Array): void {
    this.weights.set(`${layer.name}/bias`, { shape: [bias.length], data: bias });
    this.replace(layer.name, { ...layer, useBias: true });
  }

  private biasOf(layer: KernelLayer): Float32Array | undefined {
    return layer.useBias ? weightOf(this.weights, `${layer.name}/bias`).data : undefined;
  }

  private kernelOf(layer: KernelLayer): Weight {
    return weightOf(this.weights, kernelName(layer));
  }

  private layer(name: string): Layer {
    const found = this.layers.find((layer) => layer.name === name);
    if (!found) throw new Error(`Layer ${name} is missing`);
    return found;
  }

  /** Being the network's output counts as a reader without a layer: what it reads must stay. */
  private readersOf(layer: Layer): readonly Layer[] {
    const readers = (this.readers.get(layer.name) ?? []).map((name) => this.layer(name));
    return layer.name === this.output ? [...readers, layer] : readers;
  }

  private replace(name: string, layer: Layer): void {
    this.layers = this.layers.map((each) => (each.name === name ? layer : each));
  }

  /** Lets the readers of a layer read its input instead. */
  private remove({ name, input }: BatchNormalizationLayer): void {
    const renamed = (other: string): string => (other === name ? input : other);
    const readers = this.readers.get(name) ?? [];
    this.readers.set(input, (this.readers.get(input) ?? []).flatMap((reader) => (reader === name ? readers : [reader])));
    this.layers = this.layers.filter((layer) => layer.name !== name).map((layer): Layer => {
      if (layer.kind === 'input') return layer;
      return layer.kind === 'add' ? { ...layer, inputs: [renamed(layer.inputs[0]), renamed(layer.inputs[1])] } : { ...layer, input: renamed(layer.input) };
    });
    this.output = renamed(this.output);
  }
}

function isKernelLayer(layer: Layer): layer is KernelLayer {
  return layer.kind === 'conv2d' || layer.kind === 'depthwiseConv2d' || layer.kind === 'dense';
}

function kernelName(layer: KernelLayer): string {
  return `${layer.name}/${layer.kind === 'depthwiseConv2d' ? 'depthwise_kernel' : 'kernel'}`;
}
