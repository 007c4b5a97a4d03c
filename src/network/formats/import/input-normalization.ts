import { UserError } from '../../../base/user-error';
import { inputLayer } from '../../layer-shapes';
import type { BatchNormalizationLayer, Layer, NetworkSpec, PixelNormalization, Weight, Weights } from '../../network-spec';

/** How pixels 0..255 enter a network: (pixel - mean) / deviation, for red, green and blue. */
export interface InputNormalization {
  readonly mean: Triple;
  readonly deviation: Triple;
}

type Triple = readonly [number, number, number];

/** Keras's modes `tf` and `torch`, and what InsightFace trains with. */
const named: Readonly<Record<string, InputNormalization>> = {
  tf: { mean: [127.5, 127.5, 127.5], deviation: [127.5, 127.5, 127.5] },
  insightface: { mean: [127.5, 127.5, 127.5], deviation: [128, 128, 128] },
  imagenet: { mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.12, 57.375] },
};

/** For messages about files that do not say it. */
export const normalizationHint = 'Give --normalize tf (pixel / 127.5 - 1), insightface ((pixel - 127.5) / 128), imagenet, or MEAN:DEVIATION.';

/** Names that `readNormalization` knows. */
export const normalizationNames: readonly string[] = Object.keys(named);

/** A normalisation from its name or from `MEAN:DEVIATION`, each one number or three; undefined when the text is neither. */
export function readNormalization(text: string): InputNormalization | undefined {
  const known = named[text];
  if (known) return known;
  const [mean, deviation, ...more] = text.split(':').map(triple);
  return mean && deviation?.every((value) => value > 0) && more.length === 0 ? { mean, deviation } : undefined;
}

function triple(text: string): Triple | undefined {
  const [red = NaN, green = red, blue = red, ...more] = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  const isComplete = [1, 3].includes(text.split(',').length) && more.length === 0 && [red, green, blue].every(Number.isFinite);
  return isComplete ? [red, green, blue] : undefined;
}

const layerName = 'input_normalization';

/** The network with this normalisation in front. Where channels differ it is a layer of its own, which takes pixels as they are. */
export function withInputNormalization(spec: NetworkSpec, weights: Weights, { mean, deviation }: InputNormalization): { spec: NetworkSpec; weights: Weights } {
  const isUniform = new Set(mean).size === 1 && new Set(deviation).size === 1;
  if (isUniform) return { spec: { ...spec, normalization: { mean: mean[0], deviation: deviation[0] } }, weights };
  const input = inputLayer(spec);
  const layer: BatchNormalizationLayer = { kind: 'batchNormalization', name: layerName, input: input.name, epsilon: 0, momentum: 0.99 };
  const renamed = (name: string): string => (name === input.name ? layerName : name);
  const rest = spec.layers.slice(1).map((each): Layer => {
    if (each.kind === 'input') return each;
    return each.kind === 'add' ? { ...each, inputs: [renamed(each.inputs[0]), renamed(each.inputs[1])] } : { ...each, input: renamed(each.input) };
  });
  const parameters = { gamma: [1, 1, 1], beta: [0, 0, 0], moving_mean: mean, moving_variance: deviation.map((value) => value ** 2) };
  const added = Object.entries(parameters).map(([key, values]): [string, Weight] => [`${layerName}/${key}`, { shape: [3], data: Float32Array.from(values) }]);
  return { spec: { ...spec, layers: [input, layer, ...rest], normalization: { mean: 0, deviation: 1 } }, weights: new Map([...weights, ...added]) };
}

/** @throws UserError when a model that says itself how pixels enter is given another way */
export function checkNormalization(model: string, stated: PixelNormalization, given: InputNormalization | undefined): void {
  if (!given || [...given.mean.map((value) => value - stated.mean), ...given.deviation.map((value) => value - stated.deviation)].every((difference) => difference === 0)) return;
  throw new UserError(`${model} says itself how pixels enter: (pixel - ${stated.mean}) / ${stated.deviation}.`, 'Leave --normalize out.');
}
