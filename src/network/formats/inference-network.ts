import { foldBatchNormalization, type FoldedNetwork } from '../fold-batch-normalization';
import type { Layer, NetworkSpec, Weights } from '../network-spec';

/** The network as it is run: batch normalisation folded where it follows a kernel, dropout gone. Layers keep their names. */
export function inferenceNetwork(spec: NetworkSpec, weights: Weights): FoldedNetwork {
  return foldBatchNormalization(withoutDropout(spec), weights);
}

function withoutDropout(spec: NetworkSpec): NetworkSpec {
  const inputOfDropout = new Map<string, string>();
  const source = (name: string): string => inputOfDropout.get(name) ?? name;
  const layers: Layer[] = [];
  for (const layer of spec.layers) {
    if (layer.kind === 'input') layers.push(layer);
    else if (layer.kind === 'dropout') inputOfDropout.set(layer.name, source(layer.input));
    else if (layer.kind === 'add') layers.push({ ...layer, inputs: [source(layer.inputs[0]), source(layer.inputs[1])] });
    else layers.push({ ...layer, input: source(layer.input) });
  }
  return { ...spec, layers, output: source(spec.output) };
}
