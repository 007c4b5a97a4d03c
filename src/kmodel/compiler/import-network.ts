import { UserError } from '../../base/user-error';
import { foldBatchNormalization } from '../../network/fold-batch-normalization';
import { inputLayer, layerInputs, layerShapes } from '../../network/layer-shapes';
import type { Layer, NetworkSpec, Weights } from '../../network/network-spec';
import { weightOf } from '../../network/weight-definitions';
import { pictureInput, type Activation, type ConvNode, type DeviceGraph, type DeviceNode, type FeatureMap, type StridePhase } from './device-graph';
import { centredKernel, channelFirstKernel, depthwiseKernel, identityKernel, transposed } from './kernel-layout';

type ConvolutionLayer = Extract<Layer, { kind: 'conv2d' | 'depthwiseConv2d' }>;
type ActivationLayer = Extract<Layer, { kind: 'leakyRelu' | 'relu' | 'prelu' }>;

/**
 * Brings a network into the compiler's form.
 * @throws UserError naming the layer that the K210 cannot compute, its shape, and what to do
 */
export function importNetwork(spec: NetworkSpec, weights: Weights): DeviceGraph {
  return new Importer(spec, weights).run();
}

class Importer {
  private readonly layers: readonly Layer[];
  private readonly weights: Weights;
  private readonly shapes: ReadonlyMap<string, readonly number[]>;
  private readonly readers = new Map<string, number>();
  private readonly nodes = new Map<string, DeviceNode>();
  /** For each layer the node whose output is the layer's. */
  private readonly producers = new Map<string, string>();
  /** Padding layers that wait for their convolution. */
  private readonly paddings = new Map<string, Extract<Layer, { kind: 'zeroPadding2d' }>>();

  constructor(private readonly spec: NetworkSpec, weights: Weights) {
    const folded = foldBatchNormalization(spec, weights);
    this.layers = folded.spec.layers;
    this.weights = folded.weights;
    this.shapes = layerShapes(folded.spec);
    for (const layer of this.layers) {
      for (const input of layerInputs(layer)) this.readers.set(input, (this.readers.get(input) ?? 0) + 1);
    }
  }

  run(): DeviceGraph {
    for (const layer of this.layers) this.addLayer(layer);
    const { normalization } = this.spec;
    return { input: this.mapOf(inputLayer(this.spec).name), normalization, nodes: [...this.nodes.values()] };
  }

  private addLayer(layer: Layer): void {
    switch (layer.kind) {
      case 'input':
        return void this.producers.set(layer.name, pictureInput);
      case 'dropout':
      case 'flatten':
        return this.addAlias(layer);
      case 'zeroPadding2d':
        this.paddings.set(layer.name, layer);
        return void this.producers.set(layer.name, this.producerOf(layer.input));
      case 'conv2d':
      case 'depthwiseConv2d':
        return this.addConvolution(layer);
      case 'leakyRelu':
      case 'relu':
      case 'prelu':
        return this.addActivation(layer);
      case 'add':
        return this.addResidual(layer);
      case 'dense':
        return this.put(layer.name, {
          kind: 'dense', name: layer.name, input: this.producerOf(layer.input), weights: transposed(this.weightOf(layer.name, 'kernel'), layer.units),
          bias: this.biasOf(layer.name, layer.units, layer.useBias), output: vectorOf(layer.units),
        });
      case 'batchNormalization':
        throw this.unsupported(layer, 'a batch normalisation of a vector that no dense layer makes or reads', 'Put it behind a dense layer.');
    }
  }

  private addAlias(layer: Extract<Layer, { kind: 'dropout' | 'flatten' }>): void {
    const { width, height } = this.mapOf(layer.input);
    if (layer.kind === 'flatten' && width * height !== 1) throw this.unsupported(layer, `flattening a map of ${width} x ${height}`, 'Put a global depthwise convolution before it.');
    this.producers.set(layer.name, this.producerOf(layer.input));
  }

  private addConvolution(layer: ConvolutionLayer): void {
    const input = this.mapOf(layer.input);
    const output = this.mapOf(layer.name);
    const source = this.producerOf(layer.input);
    const depthwise = layer.kind === 'depthwiseConv2d';
    const bias = this.biasOf(layer.name, output.channels, layer.useBias);
    const padding = this.paddings.get(layer.input);
    if (!depthwise && input.width * input.height === 1 && layer.kernelSize === 1) {
      const weights = transposed(this.weightOf(layer.name, 'kernel'), layer.filters);
      return this.put(layer.name, { kind: 'dense', name: layer.name, input: source, weights, bias, output: vectorOf(layer.filters) });
    }
    if (depthwise && layer.padding === 'valid' && !padding && layer.kernelSize === input.width && layer.kernelSize === input.height) {
      const weights = depthwiseKernel(this.weightOf(layer.name, 'depthwise_kernel'), layer.kernelSize, input.channels);
      return this.put(layer.name, { kind: 'globalDepthwise', name: layer.name, input: source, weights, bias, output });
    }
    if (layer.kernelSize !== 1 && layer.kernelSize !== 3) throw this.unsupported(layer, `a kernel of ${layer.kernelSize} x ${layer.kernelSize}`, 'Use 1 x 1 or 3 x 3, or one that covers the whole map.');
    if (layer.strides !== 1 && layer.strides !== 2) throw this.unsupported(layer, `stride ${layer.strides}`, 'Use stride 1 or 2.');
    const phase = this.phaseOf(layer, padding);
    const weights = depthwise
      ? depthwiseKernel(this.weightOf(layer.name, 'depthwise_kernel'), layer.kernelSize, output.channels)
      : channelFirstKernel(this.weightOf(layer.name, 'kernel'), layer.kernelSize, output.channels);
    if (depthwise && layer.kernelSize === 1) return this.put(layer.name, { ...this.channelwise(layer.name, source, output, weights), bias, stride: layer.strides });
    this.put(layer.name, {
      kind: 'conv', name: layer.name, input: source, kernelSize: layer.kernelSize, depthwise, stride: layer.strides, phase,
      weights, bias, activation: { kind: 'linear' }, output,
    });
  }

  /** Which of the two paddings a 3x3 convolution has; the chip always pads one pixel on every side. */
  private phaseOf(layer: ConvolutionLayer, padding: Extract<Layer, { kind: 'zeroPadding2d' }> | undefined): StridePhase {
    if (layer.kernelSize === 1) {
      if (padding) throw this.unsupported(layer, 'a 1 x 1 kernel on a padded map', 'Leave the padding out.');
      return 'even';
    }
    const sides = padding?.padding.flat() ?? [];
    const unpadded = padding ? this.mapOf(padding.input) : this.mapOf(layer.input);
    if (layer.strides === 2 && (unpadded.width % 2 !== 0 || unpadded.height % 2 !== 0)) throw this.unsupported(layer, `stride 2 on a map of ${unpadded.width} x ${unpadded.height}`, 'Choose an input size that stays even, such as 112 or 128.');
    if (layer.padding === 'valid' && sides.length === 4 && sides.every((side) => side === 1)) return 'even';
    if (layer.padding === 'valid' && layer.strides === 2 && sides.join() === '0,1,0,1') return 'odd';
    if (layer.padding === 'same' && !padding) return layer.strides === 2 ? 'odd' : 'even';
    throw this.unsupported(layer, `${layer.padding} padding ${sides.length > 0 ? `on a map padded by ${sides.join(', ')}` : 'of a 3 x 3 kernel'}`, 'Pad by one pixel on every side, or use "same".');
  }

  private addActivation(layer: ActivationLayer): void {
    const node = this.nodeBefore(layer.input);
    const activation = this.activationOf(layer);
    if (node?.kind === 'conv' && node.activation.kind === 'linear' && this.readers.get(layer.input) === 1) {
      this.nodes.set(node.name, { ...node, activation });
      return void this.producers.set(layer.name, node.name);
    }
    const output = this.mapOf(layer.name);
    if (output.width * output.height === 1) throw this.unsupported(layer, 'an activation of a vector', 'Leave it out, or put it before the global convolution.');
    this.put(layer.name, { ...this.channelwise(layer.name, this.producerOf(layer.input), output, new Float32Array(output.channels).fill(1)), activation });
  }

  /** A linear convolution that multiplies each channel by a factor. The chip's depthwise convolutions are 3 x 3: here of their centre alone. */
  private channelwise(name: string, input: string, output: FeatureMap, factors: Float32Array): ConvNode {
    return {
      kind: 'conv', name, input, kernelSize: 3, depthwise: true, stride: 1, phase: 'even', weights: centredKernel(factors), bias: new Float32Array(output.channels),
      activation: { kind: 'linear' }, output,
    };
  }

  private activationOf(layer: ActivationLayer): Activation {
    if (layer.kind === 'leakyRelu') return { kind: 'leakyRelu', slope: layer.negativeSlope };
    if (layer.kind === 'relu') return layer.maxValue === undefined ? { kind: 'relu' } : { kind: 'relu', maxValue: layer.maxValue };
    return { kind: 'prelu', slopes: this.weightOf(layer.name, 'alpha') };
  }

  /** Joins an addition to the linear 1x1 convolution that makes one of its inputs, or to one that is put behind it. */
  private addResidual(layer: Extract<Layer, { kind: 'add' }>): void {
    const [first, second] = layer.inputs;
    for (const [own, other] of [[first, second], [second, first]] as const) {
      const node = this.nodeBefore(own);
      if (node?.kind !== 'conv' || node.depthwise || node.kernelSize !== 1 || node.stride !== 1 || node.activation.kind !== 'linear' || node.residual !== undefined) continue;
      if (this.readers.get(own) !== 1 || !this.isLast(node)) continue;
      this.nodes.set(node.name, { ...node, residual: this.producerOf(other) });
      return void this.producers.set(layer.name, node.name);
    }
    const output = this.mapOf(layer.name);
    if (first === second || output.width * output.height === 1) throw this.unsupported(layer, first === second ? 'an addition of a map to itself' : 'an addition of vectors', 'Use a network of the MobileFaceNet family.');
    const [own, other] = this.readers.get(first) === 1 ? [first, second] : [second, first];
    this.put(layer.name, {
      kind: 'conv', name: layer.name, input: this.producerOf(own), kernelSize: 1, depthwise: false, stride: 1, phase: 'even', weights: identityKernel(output.channels),
      bias: new Float32Array(output.channels), activation: { kind: 'linear' }, residual: this.producerOf(other), output,
    });
  }

  private isLast(node: ConvNode): boolean {
    return [...this.nodes.keys()].at(-1) === node.name;
  }

  private nodeBefore(layer: string): DeviceNode | undefined {
    return this.nodes.get(this.producerOf(layer));
  }

  private put(layer: string, node: DeviceNode): void {
    this.nodes.set(node.name, node);
    this.producers.set(layer, node.name);
  }

  private producerOf(layer: string): string {
    const producer = this.producers.get(layer);
    if (producer === undefined) throw new Error(`Layer ${layer} is read before it is computed`);
    return producer;
  }

  private mapOf(layer: string): FeatureMap {
    const shape = this.shapes.get(layer) ?? [];
    const [height = 1, width = 1, channels = 1] = shape.length === 3 ? shape : [1, 1, ...shape];
    return { width, height, channels };
  }

  private weightOf(layer: string, name: string): Float32Array {
    return weightOf(this.weights, `${layer}/${name}`).data;
  }

  private biasOf(layer: string, channels: number, useBias: boolean): Float32Array {
    return useBias ? this.weightOf(layer, 'bias') : new Float32Array(channels);
  }

  private unsupported(layer: Layer, what: string, action: string): UserError {
    const shape = (this.shapes.get(layer.name) ?? []).join(' x ');
    return new UserError(`Layer ${layer.name} (${layer.kind}, output ${shape}) of ${this.spec.name} cannot run on the K210: it is ${what}.`, action);
  }
}

function vectorOf(channels: number): FeatureMap {
  return { width: 1, height: 1, channels };
}
