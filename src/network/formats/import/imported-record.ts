import type { FaceRecord } from '../../model-folder';
import type { Weight } from '../../network-spec';
import { weightDefinitions } from '../../weight-definitions';
import { factsOf } from '../face-facts';
import type { ImportedModel } from './imported-model';
import { matchWeights } from './match-weights';

/** A model whose file carries our own description of it. @param weightNamed the weight of this full name, in our axis order */
export function importedFromRecord(record: FaceRecord, file: string, weightNamed: (name: string) => Weight | undefined): ImportedModel {
  const { network } = record;
  const layers = new Map<string, { name: string; weight: Weight }[]>();
  for (const { name, layer } of weightDefinitions(network)) {
    const weight = weightNamed(name);
    if (weight) layers.set(layer, [...(layers.get(layer) ?? []), { name: name.slice(layer.length + 1), weight }]);
  }
  return { spec: network, weights: matchWeights(network, layers, file), notes: [], normalizedBy: 'file', facts: factsOf(record) };
}
