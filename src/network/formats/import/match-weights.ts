import { UserError } from '../../../base/user-error';
import { elementCount } from '../../graph/graph-def';
import type { NetworkSpec, Weight } from '../../network-spec';
import { weightDefinitions } from '../../weight-definitions';
import type { NamedWeights } from './imported-model';

/**
 * Gives each weight of the network the one of the same layer and name in the file. Axes of length 1 do not count
 * (Keras keeps a slope as [1, 1, channels]).
 * @throws UserError naming the first weight that is missing, has another shape (with both), or that its layer does not have here
 */
export function matchWeights(spec: NetworkSpec, layers: ReadonlyMap<string, NamedWeights>, file: string): Map<string, Weight> {
  const matched = new Set<NamedWeights[number]>();
  const weights = new Map(weightDefinitions(spec).map(({ name, layer, shape }) => {
    const wanted = name.slice(layer.length + 1);
    const inFile = layers.get(layer);
    if (!inFile || inFile.length === 0) throw misfit(`Layer ${layer} has no weights in ${file}; expected ${wanted} [${shape.join(', ')}].`);
    const found = inFile.find((entry) => entry.name === wanted || (wanted === 'depthwise_kernel' && entry.name === 'kernel'));
    if (!found) throw misfit(`Layer ${layer} of ${file} has no ${wanted} [${shape.join(', ')}]; it has ${inFile.map((entry) => entry.name).join(', ')}.`);
    const { weight } = found;
    if (squeezed(weight.shape) !== squeezed(shape) || weight.data.length !== elementCount(shape)) {
      throw misfit(`Layer ${layer} of ${file} has a ${wanted} of [${weight.shape.join(', ')}]; expected [${shape.join(', ')}].`);
    }
    matched.add(found);
    return [name, { shape, data: weight.data }];
  }));
  for (const layer of new Set(weightDefinitions(spec).map((definition) => definition.layer))) {
    const extra = layers.get(layer)?.find((entry) => !matched.has(entry));
    if (extra) throw misfit(`Layer ${layer} of ${file} has a ${extra.name} [${extra.weight.shape.join(', ')}], which this layer does not have here.`);
  }
  return weights;
}

function squeezed(shape: readonly number[]): string {
  return shape.filter((size) => size !== 1).join();
}

function misfit(message: string): UserError {
  return new UserError(message, 'The file belongs to another network; give the one that these weights were saved from.');
}
