/** What a tensor of a foreign graph is known to be while the graph is walked. */
export type GraphValue = Feature | LengthOf | FileConstant;

/** How the file counts the axes of an image; networks here count [batch, height, width, channels]. */
export type ImageAxes = 'nchw' | 'nhwc';

/** Output of a layer, and what was done to it that is in no layer yet. */
export interface Feature {
  readonly kind: 'feature';
  readonly layer: string;
  readonly axes: ImageAxes | 'vector';
  /** [height, width, channels] of the image that the file listed channel by channel to make this vector; here pixels are listed one by one. */
  readonly listed?: readonly [number, number, number];
  readonly pending?: ChannelFunction;
  /** Divided by its Euclidean length. */
  readonly isUnit?: boolean;
}

/**
 * value * (value > 0 ? positive : negative) + shift, for each channel: every activation of the ReLU family, every batch normalisation,
 * and whatever files write them out as (relu(x) + slope * (x - |x|) / 2, max(x, slope * x), ...).
 */
export interface ChannelFunction {
  /** Of the operation that made it, for the layer that it becomes. */
  readonly name: string;
  readonly positive: readonly number[];
  readonly negative: readonly number[];
  readonly shift: readonly number[];
  /** The activation that this is a multiple of, if it is one: f(x) * scale + shift. */
  readonly activation?: { readonly f: ChannelFunction; readonly scale: readonly number[]; readonly shift: readonly number[] };
}

/** A power of the values of a layer on the way to their Euclidean length. */
export interface LengthOf {
  readonly kind: 'length';
  readonly of: Feature;
  /** 2 for squares, 1 for the length, -1 for its reciprocal. */
  readonly exponent: number;
  readonly isSummed: boolean;
}

/** Values that the file holds, row-major in the file's own axes. */
export interface FileConstant {
  readonly kind: 'constant';
  readonly shape: readonly number[];
  /** Integers are in Float64Array. */
  readonly data: Float32Array | Float64Array;
}

/** One operation of the file, for names of layers and for messages. */
export interface FileOperation {
  readonly name: string;
  /** As the file's format calls it, e.g. Conv or CONV_2D. */
  readonly type: string;
}

export function isConstant(value: GraphValue | undefined): value is FileConstant {
  return value?.kind === 'constant';
}

/** Without a copy where they are floats already. */
export function inFloats(data: FileConstant['data']): Float32Array {
  return data instanceof Float32Array ? data : Float32Array.from(data);
}

export function constantOf(values: readonly number[], shape: readonly number[] = [values.length]): FileConstant {
  return { kind: 'constant', shape, data: Float64Array.from(values) };
}
