import { SeededRandom } from '../base/random';
import { elementCount } from './graph/graph-def';
import { layerShapes } from './layer-shapes';
import type { Layer, NetworkSpec, Weight, Weights } from './network-spec';

/** Initialisers by their Keras names; Glorot and Bengio (2010), with the fans that Keras computes from a kernel's shape. */
export type Initializer =
  | { readonly kind: 'glorotUniform'; readonly fanIn: number; readonly fanOut: number }
  | { readonly kind: 'constant'; readonly value: number };

export interface WeightDefinition {
  /** `<layer>/<kernel|depthwise_kernel|bias|gamma|beta|moving_mean|moving_variance|alpha>` */
  readonly name: string;
  readonly layer: string;
  readonly shape: readonly number[];
  /** False for the moving statistics of batch normalisation. */
  readonly trainable: boolean;
  readonly initializer: Initializer;
}

/** Slope below zero that PReLU starts from, as in InsightFace and in the paper (He et al. 2015). Keras starts from 0, as a ReLU. */
const initialPreluSlope = 0.25;

/** All weights of a network, in layer order. */
export function weightDefinitions(spec: NetworkSpec): WeightDefinition[] {
  const shapes = layerShapes(spec);
  return spec.layers.flatMap((layer) => {
    const input = 'input' in layer ? (shapes.get(layer.input) ?? []) : [];
    return definitionsOf(layer, input).map(([weight, shape, initializer, trainable = true]) => ({
      name: `${layer.name}/${weight}`, layer: layer.name, shape, trainable, initializer,
    }));
  });
}

type Definition = readonly [weight: string, shape: readonly number[], initializer: Initializer, trainable?: boolean];

const zeros: Initializer = { kind: 'constant', value: 0 };
const ones: Initializer = { kind: 'constant', value: 1 };

function definitionsOf(layer: Layer, input: readonly number[]): Definition[] {
  const channels = input.at(-1) ?? 0;
  switch (layer.kind) {
    case 'conv2d': {
      const area = layer.kernelSize ** 2;
      const kernel: Definition = [
        'kernel', [layer.kernelSize, layer.kernelSize, channels, layer.filters],
        { kind: 'glorotUniform', fanIn: area * channels, fanOut: area * layer.filters },
      ];
      return layer.useBias ? [kernel, ['bias', [layer.filters], zeros]] : [kernel];
    }
    case 'depthwiseConv2d': {
      const area = layer.kernelSize ** 2;
      // Keras reads [k, k, channels, 1] as a convolution from all channels to one, though each output sees one channel only.
      const kernel: Definition = [
        'depthwise_kernel', [layer.kernelSize, layer.kernelSize, channels, 1], { kind: 'glorotUniform', fanIn: area * channels, fanOut: area },
      ];
      return layer.useBias ? [kernel, ['bias', [channels], zeros]] : [kernel];
    }
    case 'dense': {
      const kernel: Definition = ['kernel', [channels, layer.units], { kind: 'glorotUniform', fanIn: channels, fanOut: layer.units }];
      return layer.useBias ? [kernel, ['bias', [layer.units], zeros]] : [kernel];
    }
    case 'batchNormalization':
      return [['gamma', [channels], ones], ['beta', [channels], zeros], ['moving_mean', [channels], zeros, false], ['moving_variance', [channels], ones, false]];
    case 'prelu':
      return [['alpha', [channels], { kind: 'constant', value: initialPreluSlope }]];
    case 'input':
    case 'zeroPadding2d':
    case 'leakyRelu':
    case 'relu':
    case 'add':
    case 'dropout':
    case 'flatten':
      return [];
  }
}

/** A new value of one weight; its randomness depends on `seed` and its name alone. */
export function initialWeight(definition: Pick<WeightDefinition, 'name' | 'shape' | 'initializer'>, seed: number): Weight {
  const data = new Float32Array(elementCount(definition.shape));
  const { initializer } = definition;
  if (initializer.kind === 'constant') return { shape: definition.shape, data: data.fill(initializer.value) };
  const limit = Math.sqrt(6 / (initializer.fanIn + initializer.fanOut));
  const random = new SeededRandom(seed, 'weight', definition.name);
  for (let i = 0; i < data.length; i++) data[i] = random.between(-limit, limit);
  return { shape: definition.shape, data };
}

/** New values of all weights. */
export function initialWeights(spec: NetworkSpec, seed: number): Map<string, Weight> {
  return new Map(weightDefinitions(spec).map((definition) => [definition.name, initialWeight(definition, seed)]));
}

/** The named weight. @throws Error naming it when it is missing */
export function weightOf(weights: Weights, name: string): Weight {
  const weight = weights.get(name);
  if (!weight) throw new Error(`Weight ${name} is missing`);
  return weight;
}
