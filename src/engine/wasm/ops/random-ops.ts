import { statelessUniform } from '../philox';
import type { OpTable } from '../op-call';

/** Random numbers that depend on a seed alone. */
export const randomOps: OpTable = {
  /** Inputs: shape, seed [2]. */
  StatelessRandomUniform: (call) => {
    const shape = call.integers(0);
    const [seed0, seed1] = call.integers(1);
    if (seed0 === undefined || seed1 === undefined) throw new Error('the seed must have two elements');
    const count = shape.reduce((product, length) => product * length, 1);
    return call.tf.tensor(statelessUniform(count, seed0, seed1), shape, 'float32');
  },
};
