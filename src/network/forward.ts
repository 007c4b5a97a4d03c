import type { GraphBuilder, GraphTensor } from './graph/graph-builder';
import * as ops from './graph/operations';
import { preluOfNegated, preluUpToOne } from './graph/prelu';
import { layerShapes } from './layer-shapes';
import type { DropoutLayer, Layer, NetworkSpec } from './network-spec';

export type ImageType = 'float32' | 'bfloat16';

/** Where the layers of a network find their weights, and what they do differently in training. */
export interface ForwardMode {
  /** The tensor of a weight, by full name and shape. */
  weight(name: string, shape: readonly number[]): GraphTensor;
  /**
   * What images are computed in, float32 by default. Weights, statistics, and everything behind the last image stay float32;
   * bfloat16 rounds images and kernels to 8 significant bits. A convolution of an odd number of channels, as those of a picture, is
   * computed in float32 even then: oneDNN's kernels take bfloat16 channels in pairs, and the last one's partner is memory that nobody
   * has written. Where that holds NaN, so does the result (seen with TensorFlow 2.21 on AMD's Zen 5, now and then).
   */
  readonly imageType?: ImageType;
  /** Whether no slope of this PReLU layer is above 1, where that is known; it then takes a pass less over memory. */
  slopesUpToOne?(layer: string): boolean;
  /** Present in training: batch statistics are used and reported, dropout is active. */
  readonly training?: {
    /** Called with the new value of a moving statistic. */
    updateWeight(name: string, value: GraphTensor): void;
    /** int32 [2], different in each step. */
    readonly seed: GraphTensor;
  };
}

/**
 * Adds the network to a graph. Each layer is a scope of its own name.
 * @param input [batch, height, width, 3] of normalised pixels; batch may be -1 (inference)
 * @returns the embedding, [batch, embeddingLength], not L2-normalised
 */
export function addNetwork(g: GraphBuilder, spec: NetworkSpec, input: GraphTensor, mode: ForwardMode): GraphTensor {
  const shapes = layerShapes(spec);
  const negated = negatedLayers(spec, (layer) => mode.slopesUpToOne?.(layer) === true);
  const outputs = new Map<string, GraphTensor>();
  const outputOf = (name: string): GraphTensor => {
    const tensor = outputs.get(name);
    if (!tensor) throw new Error(`Layer ${name} has no output`);
    return tensor;
  };
  for (const [index, layer] of spec.layers.entries()) {
    outputs.set(layer.name, g.scope(layer.name, () => {
      const output = layer.kind === 'input' ? ops.cast(g, input, mode.imageType ?? 'float32') : addLayer(g, layer, index, outputOf, shapes, negated, mode);
      return isImage(output) && layer.name !== spec.output ? output : ops.cast(g, output, 'float32');
    }));
  }
  return outputOf(spec.output);
}

/** False for vectors, and for the image of one pixel that stands for one. */
function isImage({ shape }: GraphTensor): boolean {
  return shape.length === 4 && (shape[1] !== 1 || shape[2] !== 1);
}

/**
 * Layers that compute the opposite of their output, because PReLU alone reads it and wants it so (see `preluOfNegated`).
 * @param wantsItsInput PReLU layers that want their input as it is
 */
export function negatedLayers(spec: NetworkSpec, wantsItsInput: (layer: string) => boolean = () => false): ReadonlySet<string> {
  const readers = new Map<string, boolean[]>([[spec.output, [false]]]);
  for (const layer of spec.layers) {
    const inputs = layer.kind === 'input' ? [] : layer.kind === 'add' ? layer.inputs : [layer.input];
    const wantsOpposite = layer.kind === 'prelu' && !wantsItsInput(layer.name);
    for (const name of inputs) readers.set(name, [...(readers.get(name) ?? []), wantsOpposite]);
  }
  const negatable = spec.layers.filter((layer) => layer.kind === 'batchNormalization' || ((layer.kind === 'conv2d' || layer.kind === 'depthwiseConv2d') && layer.useBias));
  return new Set(negatable.map((layer) => layer.name).filter((name) => readers.get(name)?.every((wantsOpposite) => wantsOpposite)));
}

function addLayer(
  g: GraphBuilder,
  layer: Exclude<Layer, { kind: 'input' }>,
  index: number,
  outputOf: (name: string) => GraphTensor,
  shapes: ReadonlyMap<string, readonly number[]>,
  negated: ReadonlySet<string>,
  mode: ForwardMode,
): GraphTensor {
  if (layer.kind === 'add') return ops.binary(g, 'AddV2', outputOf(layer.inputs[0]), outputOf(layer.inputs[1]));
  const x = outputOf(layer.input);
  const channels = ops.dimension(x, -1);
  const signed = (value: GraphTensor): GraphTensor => (negated.has(layer.name) ? ops.unary(g, 'Neg', value) : value);
  const weight = (name: string, shape: readonly number[]): GraphTensor => mode.weight(`${layer.name}/${name}`, shape);
  const withBias = (y: GraphTensor, useBias: boolean): GraphTensor => (useBias ? ops.biasAdd(g, y, signed(castLike(g, weight('bias', [ops.dimension(y, -1)]), y))) : y);
  switch (layer.kind) {
    case 'conv2d': {
      const image = channels % 2 === 0 ? x : ops.cast(g, x, 'float32');
      const kernel = signed(castLike(g, weight('kernel', [layer.kernelSize, layer.kernelSize, channels, layer.filters]), image));
      return withBias(castLike(g, ops.conv2d(g, image, kernel, layer.strides, layer.padding), x), layer.useBias);
    }
    case 'depthwiseConv2d': {
      const kernel = signed(castLike(g, weight('depthwise_kernel', [layer.kernelSize, layer.kernelSize, channels, 1]), x));
      return withBias(ops.depthwiseConv2d(g, x, kernel, layer.strides, layer.padding), layer.useBias);
    }
    case 'dense':
      return withBias(ops.matMul(g, x, weight('kernel', [channels, layer.units])), layer.useBias);
    case 'batchNormalization':
      return addBatchNormalization(g, layer, x, weight, signed, mode);
    case 'prelu':
      if (mode.slopesUpToOne?.(layer.name) === true) return preluUpToOne(g, x, weight('alpha', [channels]));
      return preluOfNegated(g, negated.has(layer.input) ? x : ops.unary(g, 'Neg', x), weight('alpha', [channels]));
    case 'leakyRelu':
      return ops.leakyRelu(g, x, layer.negativeSlope);
    case 'relu':
      return ops.unary(g, layer.maxValue === 6 ? 'Relu6' : 'Relu', x);
    case 'zeroPadding2d':
      return ops.pad(g, x, [[0, 0], layer.padding[0], layer.padding[1], [0, 0]]);
    case 'flatten':
      return ops.reshape(g, x, [ops.dimension(x, 0), ...(shapes.get(layer.name) ?? [])]);
    case 'dropout':
      return mode.training ? addDropout(g, layer, x, mode.training.seed, index) : x;
  }
}

function addBatchNormalization(
  g: GraphBuilder,
  layer: Extract<Layer, { kind: 'batchNormalization' }>,
  x: GraphTensor,
  weight: (name: string, shape: readonly number[]) => GraphTensor,
  signed: (value: GraphTensor) => GraphTensor,
  mode: ForwardMode,
): GraphTensor {
  const channels = [ops.dimension(x, -1)];
  const flat = x.shape.length === 2;
  const inputs: ops.BatchNormalizationInputs = {
    // FusedBatchNormV3 takes images only; a vector is an image of one pixel.
    x: flat ? ops.reshape(g, x, [ops.dimension(x, 0), 1, 1, ...channels]) : x,
    gamma: signed(weight('gamma', channels)),
    beta: signed(weight('beta', channels)),
    movingMean: weight('moving_mean', channels),
    movingVariance: weight('moving_variance', channels),
  };
  const restore = (y: GraphTensor): GraphTensor => (flat ? ops.reshape(g, y, x.shape) : y);
  if (!mode.training) return restore(ops.batchNormalizationInInference(g, inputs, layer.epsilon));
  const result = ops.batchNormalizationInTraining(g, inputs, layer.epsilon, layer.momentum);
  mode.training.updateWeight(`${layer.name}/moving_mean`, result.movingMean);
  mode.training.updateWeight(`${layer.name}/moving_variance`, result.movingVariance);
  return restore(result.y);
}

function castLike(g: GraphBuilder, weight: GraphTensor, x: GraphTensor): GraphTensor {
  return ops.cast(g, weight, x.dtype === 'bfloat16' ? 'bfloat16' : 'float32');
}

/** Zeroes a share of the values and scales the rest up (inverted dropout, Srivastava et al. 2014), by the step's seed. */
function addDropout(g: GraphBuilder, layer: DropoutLayer, x: GraphTensor, stepSeed: GraphTensor, index: number): GraphTensor {
  // Adding the layer's index keeps two dropout layers of one step apart.
  const seed = ops.binary(g, 'AddV2', stepSeed, g.int32([0, index]));
  const uniform = ops.statelessUniform(g, x.shape, seed);
  const kept = ops.cast(g, ops.compare(g, 'Greater', uniform, g.scalar(layer.rate)), 'float32');
  return ops.binary(g, 'Mul', x, castLike(g, ops.binary(g, 'Mul', kept, g.scalar(1 / (1 - layer.rate))), x));
}
