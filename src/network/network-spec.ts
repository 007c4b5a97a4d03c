/**
 * What a network IS: a plain, serializable description in Keras terms. From this one source come the training graph,
 * the inference graph, the TensorFlow.js layers model and, later, every export and the K210 program.
 * Images are NHWC, RGB. Layers are in topological order; `input` names an earlier layer.
 */
export const networkSpecFormat = 1;

interface LayerBase {
  /** Unique; also the prefix of the layer's weights (`<name>/kernel`). */
  readonly name: string;
}

export type Padding = 'same' | 'valid';

export interface InputLayer extends LayerBase {
  readonly kind: 'input';
  /** [height, width, channels] */
  readonly shape: readonly [number, number, number];
}

/** Weights: kernel [kh, kw, in, filters], bias [filters] if `useBias`. */
export interface Conv2dLayer extends LayerBase {
  readonly kind: 'conv2d';
  readonly input: string;
  readonly filters: number;
  readonly kernelSize: number;
  readonly strides: number;
  readonly padding: Padding;
  readonly useBias: boolean;
}

/** Weights: depthwise_kernel [kh, kw, in, 1], bias [in] if `useBias`. Depth multiplier is 1. */
export interface DepthwiseConv2dLayer extends LayerBase {
  readonly kind: 'depthwiseConv2d';
  readonly input: string;
  readonly kernelSize: number;
  readonly strides: number;
  readonly padding: Padding;
  readonly useBias: boolean;
}

export interface ZeroPadding2dLayer extends LayerBase {
  readonly kind: 'zeroPadding2d';
  readonly input: string;
  /** [[top, bottom], [left, right]] in pixels */
  readonly padding: readonly [readonly [number, number], readonly [number, number]];
}

/** Weights: gamma, beta, moving_mean, moving_variance, each [channels]. */
export interface BatchNormalizationLayer extends LayerBase {
  readonly kind: 'batchNormalization';
  readonly input: string;
  readonly epsilon: number;
  /** Share of the old moving statistics that a step keeps (Keras: 0.99). */
  readonly momentum: number;
}

/** Weights: alpha [channels] (shared over height and width). */
export interface PreluLayer extends LayerBase {
  readonly kind: 'prelu';
  readonly input: string;
}

export interface LeakyReluLayer extends LayerBase {
  readonly kind: 'leakyRelu';
  readonly input: string;
  /** Slope below zero, 0..1. */
  readonly negativeSlope: number;
}

export interface ReluLayer extends LayerBase {
  readonly kind: 'relu';
  readonly input: string;
  /** 6 for ReLU6. */
  readonly maxValue?: 6;
}

export interface AddLayer extends LayerBase {
  readonly kind: 'add';
  readonly inputs: readonly [string, string];
}

/** Active in training only. */
export interface DropoutLayer extends LayerBase {
  readonly kind: 'dropout';
  readonly input: string;
  /** Share of the values set to zero, 0..1. */
  readonly rate: number;
}

export interface FlattenLayer extends LayerBase {
  readonly kind: 'flatten';
  readonly input: string;
}

/** Weights: kernel [in, units], bias [units] if `useBias`. */
export interface DenseLayer extends LayerBase {
  readonly kind: 'dense';
  readonly input: string;
  readonly units: number;
  readonly useBias: boolean;
}

export type Layer =
  | InputLayer
  | Conv2dLayer
  | DepthwiseConv2dLayer
  | ZeroPadding2dLayer
  | BatchNormalizationLayer
  | PreluLayer
  | LeakyReluLayer
  | ReluLayer
  | AddLayer
  | DropoutLayer
  | FlattenLayer
  | DenseLayer;

/** How pixels 0..255 enter the network: (pixel - mean) / deviation. */
export interface PixelNormalization {
  readonly mean: number;
  readonly deviation: number;
}

export interface NetworkSpec {
  readonly format: typeof networkSpecFormat;
  /** E.g. "paper" or "k210-s". */
  readonly name: string;
  readonly layers: readonly Layer[];
  /** Name of the layer whose output, [batch, embeddingLength], is the embedding (not L2-normalised). */
  readonly output: string;
  readonly embeddingLength: number;
  readonly normalization: PixelNormalization;
}

export interface Weight {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Weights by full name (`<layer>/<kernel|gamma|...>`). */
export type Weights = ReadonlyMap<string, Weight>;
