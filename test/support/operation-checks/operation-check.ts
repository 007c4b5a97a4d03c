import type * as tfjs from '@tensorflow/tfjs';
import { SeededRandom } from '../../../src/base/random';

export type Tf = typeof tfjs;
type Tensor = tfjs.Tensor;

/** One thing to compute on two backends whose results must agree. */
export interface OperationCheck {
  readonly name: string;
  run(sample: OperationSample): Tensor | Tensor[];
}

/** What the checks compute with. */
export class OperationSample {
  constructor(readonly tf: Tf) {}

  /** Uniform in [-1, 1); the same numbers for the same arguments. */
  random<S extends number[]>(shape: [...S], seed = 1): TensorOfRank<S['length']> {
    const random = new SeededRandom('operation check', seed);
    const count = shape.reduce((product, size) => product * size, 1);
    const values = Float32Array.from({ length: count }, () => random.between(-1, 1));
    return this.tf.tensor(values, shape) as TensorOfRank<S['length']>;
  }

  /** Gradients of sum((f / 2)^2) with respect to every input. */
  gradients<I extends Tensor[]>(f: (...inputs: I) => Tensor, inputs: I): Tensor[] {
    const loss = (...args: Tensor[]): tfjs.Scalar => f(...(args as I)).mul(0.5).square().sum();
    return this.tf.grads(loss)([...inputs]);
  }
}

type TensorOfRank<N extends number> = N extends 1
  ? tfjs.Tensor1D
  : N extends 2
    ? tfjs.Tensor2D
    : N extends 3
      ? tfjs.Tensor3D
      : N extends 4
        ? tfjs.Tensor4D
        : N extends 5
          ? tfjs.Tensor5D
          : tfjs.Tensor;
