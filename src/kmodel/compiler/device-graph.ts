/**
 * A face network in the compiler's terms: batch normalisation folded, activations joined to their convolutions, additions joined
 * to the 1x1 convolution before them, everything channel-first.
 */

/** Applied to each value of a layer's output. */
export type Activation =
  | { readonly kind: 'linear' }
  /** `slope` below zero, 0..1. */
  | { readonly kind: 'leakyRelu'; readonly slope: number }
  /** Below zero each channel has a slope of its own. */
  | { readonly kind: 'prelu'; readonly slopes: Float32Array }
  | { readonly kind: 'relu'; readonly maxValue?: 6 };

export interface FeatureMap {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/**
 * Which pixels a convolution of stride 2 keeps of its result at stride 1 with one pixel of padding on every side:
 * `even`: (0, 0), (2, 2), ..., Keras's ZeroPadding2D(1) with `valid` (and PyTorch); `odd`: (1, 1), (3, 3), ..., TensorFlow's `same` on an even size.
 */
export type StridePhase = 'even' | 'odd';

export interface ConvNode {
  readonly kind: 'conv';
  /** Name of the network's layer. */
  readonly name: string;
  /** Name of the node whose output it reads; `input` is the picture. */
  readonly input: string;
  readonly kernelSize: 1 | 3;
  readonly depthwise: boolean;
  readonly stride: 1 | 2;
  readonly phase: StridePhase;
  /** [out][in][ky][kx], or [channel][ky][kx] of a depthwise convolution */
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly activation: Activation;
  /** Node whose output is added before the activation; only at stride 1. */
  readonly residual?: string;
  /** Channels of each KPU layer that computes a part of it; absent: one layer. */
  readonly parts?: readonly number[];
  readonly output: FeatureMap;
}

/** A depthwise convolution that covers the whole map. */
export interface GlobalDepthwiseNode {
  readonly kind: 'globalDepthwise';
  readonly name: string;
  readonly input: string;
  /** [channel][y][x] */
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly output: FeatureMap;
}

export interface DenseNode {
  readonly kind: 'dense';
  readonly name: string;
  readonly input: string;
  /** [out][in] */
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly output: FeatureMap;
}

/** A convolution that only adds its residual to its input (`separateAdditions`): depthwise, 1x1, all weights one, no bias. */
export function isAddition(node: DeviceNode): node is ConvNode & { readonly residual: string } {
  return node.kind === 'conv' && node.depthwise && node.kernelSize === 1 && node.residual !== undefined;
}

export type DeviceNode = ConvNode | GlobalDepthwiseNode | DenseNode;

export interface DeviceGraph {
  readonly input: FeatureMap;
  /** (pixel - mean) / deviation enters the network. */
  readonly normalization: { readonly mean: number; readonly deviation: number };
  /** In order of execution; the last one's output is the embedding. */
  readonly nodes: readonly DeviceNode[];
}

export const pictureInput = 'input';

export function sizeOf(graph: DeviceGraph, name: string): FeatureMap {
  if (name === pictureInput) return graph.input;
  const node = graph.nodes.find((candidate) => candidate.name === name);
  if (!node) throw new Error(`The graph has no node ${name}`);
  return node.output;
}
