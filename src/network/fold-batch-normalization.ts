import type { BatchNormalizationLayer, Layer, NetworkSpec, Weight, Weights } from './network-spec';
import { weightOf } from './weight-definitions';

export interface FoldedNetwork {
  readonly spec: NetworkSpec;
  readonly weights: Map<string, Weight>;
}

type FoldableLayer = Extract<Layer, { kind: 'conv2d' | 'depthwiseConv2d' | 'dense' }>;

/**
 * Replaces each batch normalisation that directly follows a convolution or a dense layer by a scaled kernel and a bias: w' = w * s, b' = beta + (b - mean) * s with
 * s = gamma / sqrt(variance + epsilon), per output channel. The network computes the same as before in inference.
 */
export function foldBatchNormalization(spec: NetworkSpec, weights: Weights): FoldedNetwork {
  const readers = countReaders(spec);
  const foldable = new Map<string, FoldableLayer>();
  const folded = new Map(weights);
  const renamed = new Map<string, string>();
  const layers: Layer[] = [];
  for (const original of spec.layers) {
    const layer = renameInputs(original, renamed);
    const producer = layer.kind === 'batchNormalization' ? foldable.get(layer.input) : undefined;
    if (layer.kind === 'batchNormalization' && producer && readers.get(producer.name) === 1) {
      foldInto(folded, producer, layer);
      layers[layers.findIndex((other) => other.name === producer.name)] = { ...producer, useBias: true };
      renamed.set(layer.name, producer.name);
      continue;
    }
    if (layer.kind === 'conv2d' || layer.kind === 'depthwiseConv2d' || layer.kind === 'dense') foldable.set(layer.name, layer);
    layers.push(layer);
  }
  return { spec: { ...spec, layers, output: renamed.get(spec.output) ?? spec.output }, weights: folded };
}

function countReaders(spec: NetworkSpec): Map<string, number> {
  const readers = new Map<string, number>();
  for (const layer of spec.layers) {
    const inputs = layer.kind === 'input' ? [] : layer.kind === 'add' ? layer.inputs : [layer.input];
    for (const input of inputs) readers.set(input, (readers.get(input) ?? 0) + 1);
  }
  return readers;
}

function renameInputs(layer: Layer, renamed: ReadonlyMap<string, string>): Layer {
  const rename = (name: string): string => renamed.get(name) ?? name;
  if (layer.kind === 'input') return layer;
  if (layer.kind === 'add') return { ...layer, inputs: [rename(layer.inputs[0]), rename(layer.inputs[1])] };
  return { ...layer, input: rename(layer.input) };
}

function foldInto(weights: Map<string, Weight>, producer: FoldableLayer, layer: BatchNormalizationLayer): void {
  const parameter = (name: string): Float32Array => weightOf(weights, `${layer.name}/${name}`).data;
  const gamma = parameter('gamma');
  const beta = parameter('beta');
  const mean = parameter('moving_mean');
  const variance = parameter('moving_variance');
  const scale = gamma.map((value, channel) => value / Math.sqrt((variance[channel] ?? 0) + layer.epsilon));
  const kernelName = `${producer.name}/${producer.kind === 'depthwiseConv2d' ? 'depthwise_kernel' : 'kernel'}`;
  const kernel = weightOf(weights, kernelName);
  // The output channel is the last axis of every kernel (a depthwise kernel is [k, k, channels, 1], so its data ends in channels too).
  weights.set(kernelName, { shape: kernel.shape, data: kernel.data.map((value, i) => value * (scale[i % scale.length] ?? 0)) });
  const bias = producer.useBias ? weightOf(weights, `${producer.name}/bias`).data : undefined;
  const shift = beta.map((value, channel) => value + ((bias?.[channel] ?? 0) - (mean[channel] ?? 0)) * (scale[channel] ?? 0));
  weights.set(`${producer.name}/bias`, { shape: [shift.length], data: shift });
  for (const name of ['gamma', 'beta', 'moving_mean', 'moving_variance']) weights.delete(`${layer.name}/${name}`);
}
