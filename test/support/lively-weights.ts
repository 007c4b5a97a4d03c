import { SeededRandom } from '../../src/base/random';
import type { NetworkSpec, Weight } from '../../src/network/network-spec';
import { initialWeights } from '../../src/network/weight-definitions';

/** Weights whose activations keep their size from layer to layer. Random networks are harder to quantize than trained ones: these agree to 0.95, trained ones to 0.999. */
export function livelyWeights(spec: NetworkSpec): Map<string, Weight> {
  const random = new SeededRandom(5, 'lively');
  return new Map([...initialWeights(spec, 3)].map(([name, weight]) => {
    if (name.endsWith('/beta') || name.endsWith('/moving_mean')) return [name, { ...weight, data: weight.data.map(() => random.normal() * 0.2) }];
    if (name.endsWith('/gamma')) return [name, { ...weight, data: weight.data.map(() => random.between(0.8, 1.6)) }];
    if (name.endsWith('/moving_variance')) return [name, { ...weight, data: weight.data.map(() => random.between(0.2, 0.6)) }];
    if (name.endsWith('/alpha')) return [name, { ...weight, data: weight.data.map(() => random.between(0, 0.6)) }];
    return [name, weight];
  }));
}
