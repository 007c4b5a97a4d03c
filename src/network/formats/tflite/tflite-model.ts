import type { OperatorName, TfliteType } from './tflite-schema';

/** real = scale * (stored - zeroPoint); one pair for the whole tensor, or one for each index of axis `dimension`. */
export interface TfliteQuantization {
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  readonly dimension: number;
}

export interface TfliteTensor {
  readonly name: string;
  /** The batch is 1 here; `freeBatch` says that an interpreter may resize it. */
  readonly shape: readonly number[];
  readonly freeBatch: boolean;
  readonly type: TfliteType;
  /** Little-endian values of a constant; absent for what is computed. */
  readonly data?: Uint8Array;
  readonly quantization?: TfliteQuantization;
}

export interface TfliteOperator {
  readonly op: OperatorName;
  /** Version of the operator's semantics, as TensorFlow's op_version.cc numbers them. */
  readonly version: number;
  /** Indices of tensors. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options: Readonly<Record<string, number>>;
}

/** A TensorFlow Lite model with one subgraph as plain data. */
export interface TfliteModel {
  readonly description: string;
  readonly tensors: readonly TfliteTensor[];
  readonly operators: readonly TfliteOperator[];
  readonly input: number;
  readonly output: number;
  /** Names in the signature `serving_default`. */
  readonly signature: { readonly input: string; readonly output: string };
  readonly metadata: ReadonlyMap<string, Uint8Array>;
}
