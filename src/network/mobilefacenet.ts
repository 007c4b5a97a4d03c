/**
 * The MobileFaceNet family.
 *
 * `paper`: Chen et al. 2018, "MobileFaceNets", table 1 (inverted residuals, PReLU, linear global depthwise convolution).
 * `k210-s|m|full`: the networks of MobileFaceNet-Keras-K210: depthwise separable blocks without residuals, LeakyReLU,
 * explicit zero padding before stride 2, the way the K210's accelerator pads.
 * Both take any of the activations below instead of their own.
 */
import { networkSpecFormat, type Layer, type NetworkSpec, type Padding } from './network-spec';

export const networkNames = ['paper', 'k210-s', 'k210-m', 'k210-full'] as const;
export type NetworkName = (typeof networkNames)[number];

export const activationNames = ['prelu', 'leakyRelu', 'relu', 'relu6'] as const;
export type ActivationName = (typeof activationNames)[number];

export interface NetworkOptions {
  /** Side of the square input in pixels: a multiple of 16 from 64. Default 112. */
  readonly imageSize?: number | undefined;
  /** Default 128. */
  readonly embeddingLength?: number | undefined;
  /** Width multiplier of all inner layers, 0.25..2; channel counts are rounded to multiples of 8. Default 1. */
  readonly alpha?: number | undefined;
  /** Behind each convolution that is not linear. Default: prelu in the paper's network, leakyRelu in those for the K210. */
  readonly activation?: ActivationName | undefined;
  /** Slope of leakyRelu below zero, 0..1. Default 0.3. */
  readonly negativeSlope?: number | undefined;
  /** Share of the values before the embedding that training sets to zero, 0 up to 1. Default: 0 in the paper's network, 0.1 in those for the K210. */
  readonly dropout?: number | undefined;
}

/** What a network has unless its options say otherwise. */
export const defaultActivations: Readonly<Record<NetworkName, ActivationName>> = { paper: 'prelu', 'k210-s': 'leakyRelu', 'k210-m': 'leakyRelu', 'k210-full': 'leakyRelu' };
/** Keras's default slope of LeakyReLU, which the original project trained with. */
const defaultNegativeSlope = 0.3;
/** The paper names none; the original project trains with 0.1. */
const defaultDropout: Readonly<Record<NetworkName, number>> = { paper: 0, 'k210-s': 0.1, 'k210-m': 0.1, 'k210-full': 0.1 };

const batchNormEpsilon = 1e-3;
/** Small data sets need faster moving statistics than Keras's 0.99; MXNet's `bn_mom` of the same network is 0.9. */
const batchNormMomentum = 0.9;

/** @throws RangeError naming the option that is out of range */
export function createNetwork(name: NetworkName, options: NetworkOptions = {}): NetworkSpec {
  const { imageSize = 112, embeddingLength = 128, alpha = 1, dropout = defaultDropout[name] } = options;
  if (!isImageSize(imageSize)) throw new RangeError(`imageSize ${imageSize} is not a multiple of 16 from 64`);
  if (!Number.isInteger(embeddingLength) || embeddingLength < 1) throw new RangeError(`embeddingLength ${embeddingLength} is not a whole number from 1`);
  if (!(alpha >= 0.25 && alpha <= 2)) throw new RangeError(`alpha ${alpha} is not within 0.25 to 2`);
  if (!(dropout >= 0 && dropout < 1)) throw new RangeError(`dropout ${dropout} is not from 0 and below 1`);
  const stack = new LayerStack(imageSize, (channels) => Math.max(8, Math.round((channels * alpha) / 8) * 8), activationOf(name, options));
  const shape = { imageSize, embeddingLength, dropout };
  const output = name === 'paper' ? paperLayers(stack, shape) : k210Layers(stack, name, shape);
  return {
    format: networkSpecFormat, name, layers: stack.layers, output, embeddingLength,
    // Chen et al. 2018, section 4.1; symmetric around zero so that padding is grey.
    normalization: { mean: 127.5, deviation: 128 },
  };
}

/** Whether the four halvings of these networks leave whole pixels, and the global convolution more than a corner of the face. */
export function isImageSize(pixels: number): boolean {
  return pixels % 16 === 0 && pixels >= 64;
}

/** The activation of a network with these options. */
function activationOf(name: NetworkName, { activation = defaultActivations[name], negativeSlope }: NetworkOptions): Activation {
  if (activation !== 'leakyRelu') {
    if (negativeSlope !== undefined) throw new RangeError(`negativeSlope ${negativeSlope} is for leakyRelu, not for ${activation}`);
    return { kind: activation };
  }
  if (negativeSlope !== undefined && !(negativeSlope >= 0 && negativeSlope <= 1)) throw new RangeError(`negativeSlope ${negativeSlope} is not within 0 to 1`);
  return { kind: activation, negativeSlope: negativeSlope ?? defaultNegativeSlope };
}

type Activation = { readonly kind: Exclude<ActivationName, 'leakyRelu'> } | { readonly kind: 'leakyRelu'; readonly negativeSlope: number };

interface NetworkShape {
  readonly imageSize: number;
  readonly embeddingLength: number;
  readonly dropout: number;
}

/** Appends layers one after the other; each method returns the name of the layer that it added last. */
class LayerStack {
  readonly layers: Layer[];
  /** Name of the last layer. */
  last = 'input';

  constructor(imageSize: number, readonly width: (channels: number) => number, private readonly activation: Activation) {
    this.layers = [{ kind: 'input', name: 'input', shape: [imageSize, imageSize, 3] }];
  }

  add(layer: Layer): string {
    this.layers.push(layer);
    this.last = layer.name;
    return layer.name;
  }

  conv(name: string, filters: number, kernelSize: number, strides: number, padding: Padding): string {
    this.add({ kind: 'conv2d', name, input: this.last, filters, kernelSize, strides, padding, useBias: false });
    return this.normalize(name);
  }

  depthwise(name: string, kernelSize: number, strides: number, padding: Padding): string {
    this.add({ kind: 'depthwiseConv2d', name, input: this.last, kernelSize, strides, padding, useBias: false });
    return this.normalize(name);
  }

  normalize(name: string): string {
    return this.add({ kind: 'batchNormalization', name: `${name}_bn`, input: this.last, epsilon: batchNormEpsilon, momentum: batchNormMomentum });
  }

  activate(name: string): string {
    const { activation, last: input } = this;
    switch (activation.kind) {
      case 'prelu':
        return this.add({ kind: 'prelu', name: `${name}_prelu`, input });
      case 'leakyRelu':
        return this.add({ kind: 'leakyRelu', name: `${name}_leaky`, input, negativeSlope: activation.negativeSlope });
      case 'relu':
        return this.add({ kind: 'relu', name: `${name}_relu`, input });
      case 'relu6':
        return this.add({ kind: 'relu', name: `${name}_relu6`, input, maxValue: 6 });
    }
  }

  /** Nothing at rate 0. */
  dropout(rate: number): void {
    if (rate > 0) this.add({ kind: 'dropout', name: 'dropout', input: this.last, rate });
  }

  /** One pixel on each side, then VALID: where the K210 samples with stride 2. */
  padOne(name: string): string {
    return this.add({ kind: 'zeroPadding2d', name: `${name}_pad`, input: this.last, padding: [[1, 1], [1, 1]] });
  }
}

/** Rows of table 1: expansion t, channels c, repeats n, first stride s. */
const bottlenecks = [
  { expansion: 2, channels: 64, repeats: 5, strides: 2 },
  { expansion: 4, channels: 128, repeats: 1, strides: 2 },
  { expansion: 2, channels: 128, repeats: 6, strides: 1 },
  { expansion: 4, channels: 128, repeats: 1, strides: 2 },
  { expansion: 2, channels: 128, repeats: 2, strides: 1 },
] as const;

function paperLayers(stack: LayerStack, { imageSize, embeddingLength, dropout }: NetworkShape): string {
  stack.conv('conv_1', stack.width(64), 3, 2, 'same');
  stack.activate('conv_1');
  stack.depthwise('dw_1', 3, 1, 'same');
  stack.activate('dw_1');
  let channels = stack.width(64);
  let block = 0;
  for (const row of bottlenecks) {
    for (let repeat = 0; repeat < row.repeats; repeat++) {
      block++;
      const strides = repeat === 0 ? row.strides : 1;
      bottleneck(stack, `block_${block}`, channels, channels * row.expansion, stack.width(row.channels), strides);
      channels = stack.width(row.channels);
    }
  }
  stack.conv('conv_last', stack.width(512), 1, 1, 'same');
  stack.activate('conv_last');
  stack.depthwise('gdconv', imageSize / 16, 1, 'valid');
  stack.dropout(dropout);
  stack.conv('embedding', embeddingLength, 1, 1, 'same');
  return stack.add({ kind: 'flatten', name: 'flatten', input: stack.last });
}

function bottleneck(stack: LayerStack, name: string, channelsIn: number, expanded: number, channelsOut: number, strides: number): void {
  const input = stack.last;
  stack.conv(`${name}_expand`, expanded, 1, 1, 'same');
  stack.activate(`${name}_expand`);
  stack.depthwise(`${name}_dw`, 3, strides, 'same');
  stack.activate(`${name}_dw`);
  const output = stack.conv(`${name}_project`, channelsOut, 1, 1, 'same');
  if (strides === 1 && channelsIn === channelsOut) stack.add({ kind: 'add', name: `${name}_add`, inputs: [input, output] });
}

/** Channels of the 15 separable blocks of the original's training network; stride 2 at blocks 1, 6 and 12. */
const separableChannels = [64, 64, 64, 64, 64, 64, 128, 128, 128, 128, 128, 128, 128, 128, 128] as const;
const separableStride2 = new Set([1, 6, 12]);

function k210Layers(stack: LayerStack, variant: Exclude<NetworkName, 'paper'>, { imageSize, embeddingLength, dropout }: NetworkShape): string {
  stack.padOne('conv_1');
  stack.conv('conv_1', stack.width(64), 3, 2, 'valid');
  stack.activate('conv_1');
  separableChannels.forEach((channels, block) => separable(stack, `block_${block}`, stack.width(channels), separableStride2.has(block) ? 2 : 1));
  if (variant === 'k210-full') {
    stack.conv('conv_last', stack.width(512), 1, 1, 'same');
    stack.activate('conv_last');
  }
  stack.depthwise('gdconv', imageSize / 16, 1, 'valid');
  if (variant !== 'k210-s') stack.conv('conv_linear', stack.width(128), 1, 1, 'same');
  stack.dropout(dropout);
  stack.add({ kind: 'flatten', name: 'flatten', input: stack.last });
  stack.add({ kind: 'dense', name: 'embedding', input: stack.last, units: embeddingLength, useBias: true });
  return stack.normalize('embedding');
}

function separable(stack: LayerStack, name: string, channels: number, strides: number): void {
  if (strides === 2) stack.padOne(`${name}_dw`);
  stack.depthwise(`${name}_dw`, 3, strides, strides === 2 ? 'valid' : 'same');
  stack.activate(`${name}_dw`);
  stack.conv(`${name}_pw`, channels, 1, 1, 'same');
  stack.activate(`${name}_pw`);
}
