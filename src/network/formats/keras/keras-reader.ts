import { UserError, errorText } from '../../../base/user-error';
import type { Layer, NetworkSpec, PixelNormalization, Weight } from '../../network-spec';
import { networkSpecFormat } from '../../network-spec';
import type { ImportedModel, NamedWeights } from '../import/imported-model';
import { matchWeights } from '../import/match-weights';
import { decodeHdf5, type Hdf5Group } from './hdf5-file';
import { readKerasConfig, type KerasNetwork } from './keras-config';
import { isOriginal, originalBlocks, originalChain, originalMismatch, originalNormalization } from './original-network';

/**
 * Reads a Keras 2 .h5 file: a whole model (any network of known layers), or the weights alone of one of the original's networks.
 * @param normalization how pixels enter, where a side-car of the file says it
 * @throws UserError naming the layer that is missing, unknown or of another shape
 */
export async function readKerasFile(bytes: Uint8Array, file: string, normalization?: PixelNormalization): Promise<ImportedModel> {
  const root = await decodeHdf5(bytes).catch((error: unknown) => {
    throw new UserError(`${file} cannot be read as HDF5 (${errorText(error)}).`, 'Give a file that Keras saved as .h5.', { cause: error });
  });
  const group = root.groups.get('model_weights') ?? root;
  const names = attributeList(group, 'layer_names');
  const weights = new Map(names.map((name) => [name, layerWeights(group.groups.get(name))]));
  const config = root.attributes.get('model_config');
  const network = typeof config === 'string' ? readKerasConfig(parseJson(config, file), file) : originalChain(names, arrays(weights));
  if (!network) {
    throw new UserError(
      `${file} holds weights without an architecture, and its layers are not called as the original project calls them.`,
      'Save the whole model (model.save) instead of its weights.',
    );
  }
  return importedKeras(file, network, weights, normalization);
}

/** Fits a network that Keras described and its weights together. */
export function importedKeras(file: string, network: KerasNetwork, weights: ReadonlyMap<string, NamedWeights>, normalization?: PixelNormalization): ImportedModel {
  const names = network.layers.map((layer) => layer.name);
  const original = isOriginal(names);
  const spec: NetworkSpec = {
    format: networkSpecFormat, name: original ? 'k210-original' : 'imported', layers: network.layers, output: network.output,
    embeddingLength: lastLength(network), normalization: normalization ?? network.normalization ?? originalNormalization,
  };
  const notes: string[] = [];
  if (network.head.length > 0) notes.push(`The classification head was left out: ${network.head.join(', ')}.`);
  notes.push(...network.notes);
  const mismatch = original ? originalMismatch(originalBlocks(names)) : undefined;
  if (mismatch !== undefined) notes.push(mismatch);
  return { spec, weights: matchWeights(spec, placed(weights, network), file), notes, normalizedBy: normalization ?? network.normalization ? 'file' : original ? 'habit' : 'nobody' };
}

/** The weights of the file at the layers that they belong to here, and those that Keras does not store. */
function placed(weights: ReadonlyMap<string, NamedWeights>, { moved, given }: KerasNetwork): ReadonlyMap<string, NamedWeights> {
  const result = new Map(weights);
  const taken = new Set<NamedWeights[number]>();
  const put = (layer: string, name: string, weight: Weight): void => void result.set(layer, [...(result.get(layer) ?? []), { name, weight }]);
  for (const { layer, name, fileLayer, fileName } of moved) {
    const entry = weights.get(fileLayer)?.find((each) => each.name === fileName);
    if (!entry) continue;
    taken.add(entry);
    put(layer, name, entry.weight);
  }
  for (const { layer, name, weight } of given) put(layer, name, weight);
  return new Map([...result].map(([layer, entries]) => [layer, entries.filter((entry) => !taken.has(entry))]));
}

function lastLength({ layers, output }: KerasNetwork): number {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  for (let layer: Layer | undefined = byName.get(output); layer; layer = 'input' in layer ? byName.get(layer.input) : undefined) {
    if (layer.kind === 'dense') return layer.units;
    if (layer.kind === 'conv2d') return layer.filters;
  }
  return 0;
}

function arrays(weights: ReadonlyMap<string, NamedWeights>): Map<string, Weight[]> {
  return new Map([...weights].map(([layer, named]) => [layer, named.map(({ weight }) => weight)]));
}

/** Keras cuts long lists into `name0`, `name1`, ... because of HDF5's limit of 64 kB for an object's header. */
function attributeList({ attributes }: Hdf5Group, name: string): readonly string[] {
  const asList = (value: string | readonly string[] | undefined): readonly string[] | undefined => (typeof value === 'string' ? [value] : value);
  const whole = asList(attributes.get(name));
  if (whole) return whole;
  const parts: string[] = [];
  for (let part = asList(attributes.get(`${name}0`)), i = 1; part; part = asList(attributes.get(`${name}${i++}`))) parts.push(...part);
  return parts;
}

function layerWeights(group: Hdf5Group | undefined): NamedWeights {
  if (!group) return [];
  return attributeList(group, 'weight_names').flatMap((path) => {
    const weight = datasetAt(group, path.split('/'));
    return weight ? [{ name: (path.split('/').at(-1) ?? '').replace(/:\d+$/, ''), weight }] : [];
  });
}

function datasetAt(group: Hdf5Group, path: readonly string[]): Weight | undefined {
  const [first = '', ...rest] = path;
  if (rest.length === 0) return group.datasets.get(first);
  const inner = group.groups.get(first);
  return inner ? datasetAt(inner, rest) : undefined;
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`The model_config of ${file} is no JSON.`, 'Save the model again.', { cause: error });
  }
}
