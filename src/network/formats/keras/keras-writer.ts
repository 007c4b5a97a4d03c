import { layersModelTopology } from '../../layers-model';
import { kerasShape } from '../../model-folder';
import type { NetworkSpec, Weight, Weights } from '../../network-spec';
import { weightDefinitions, weightOf } from '../../weight-definitions';
import { encodeHdf5, type Hdf5Group } from './hdf5-file';

const kerasVersion = '2.15.0';

/**
 * The network as a whole model in Keras 2's HDF5 form (`model_config` and `model_weights`), which Keras 2 and 3 load with
 * `keras.models.load_model`. Layers are those of the spec, batch normalisation and dropout included, so that it can be trained on.
 * Input float32 [batch, size, size, 3] of normalised RGB pixels; output [batch, length], not L2-normalised.
 */
export async function encodeKerasModel(spec: NetworkSpec, weights: Weights): Promise<Uint8Array> {
  const { model_config: config } = layersModelTopology(spec);
  const versions = [['keras_version', kerasVersion], ['backend', 'tensorflow']] as const;
  const layerGroups = spec.layers.map((layer) => [layer.name, layerGroup(spec, weights, layer.name)] as const);
  const modelWeights: Hdf5Group = {
    attributes: new Map<string, string | readonly string[]>([['layer_names', spec.layers.map((layer) => layer.name)], ...versions]),
    groups: new Map(layerGroups),
    datasets: new Map(),
  };
  return encodeHdf5({
    attributes: new Map([...versions, ['model_config', JSON.stringify(config)]]),
    groups: new Map([['model_weights', modelWeights]]),
    datasets: new Map(),
  });
}

/** `<layer>/<layer>/<weight>:0`, in the order of the layer's weights. */
function layerGroup(spec: NetworkSpec, weights: Weights, layer: string): Hdf5Group {
  const definitions = weightDefinitions(spec).filter((definition) => definition.layer === layer);
  const datasets = new Map<string, Weight>(definitions.map(({ name, shape }) => {
    return [`${name.slice(layer.length + 1)}:0`, { shape: kerasShape(name, shape), data: weightOf(weights, name).data }];
  }));
  const none = { attributes: new Map<string, string>(), groups: new Map<string, Hdf5Group>() };
  return {
    attributes: new Map([['weight_names', definitions.map(({ name }) => `${name}:0`)]]),
    groups: definitions.length === 0 ? new Map() : new Map([[layer, { ...none, datasets }]]),
    datasets: new Map(),
  };
}
