import { SeededRandom } from '../../src/base/random';
import type { NetworkSpec, Weight } from '../../src/network/network-spec';
import { weightDefinitions } from '../../src/network/weight-definitions';

/** Weights as after a training: statistics and scales away from their initial values. */
export function trainedLikeWeights(spec: NetworkSpec): Map<string, Weight> {
  return new Map(weightDefinitions(spec).map(({ name, shape, trainable }) => {
    const random = new SeededRandom(3, name);
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    const fan = data.length / (shape.at(name.endsWith('depthwise_kernel') ? -2 : -1) ?? 1);
    const isScale = /gamma|variance|alpha/.test(name);
    // Slopes of some layers stay below 1, which the inference graph computes in another way.
    const mostScale = name.endsWith('alpha') && random.below(2) === 0 ? 0.9 : 1.4;
    return [name, { shape, data: data.map(() => (isScale ? random.between(0.4, mostScale) : random.normal() * (trainable && shape.length > 1 ? Math.sqrt(2 / fan) : 0.2))) }];
  }));
}
