import { layerShapes } from './layer-shapes';
import type { NetworkSpec } from './network-spec';
import { weightDefinitions } from './weight-definitions';

export interface NetworkSize {
  /** Multiply-accumulates of convolutions and dense layers for one image. */
  readonly macs: number;
  /** Weights that training changes. */
  readonly trainableParameters: number;
  /** Moving statistics of batch normalisation. */
  readonly otherParameters: number;
}

/** Cost of a network, as papers count it. */
export function networkSize(spec: NetworkSpec): NetworkSize {
  const shapes = layerShapes(spec);
  const count = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
  let macs = 0;
  for (const layer of spec.layers) {
    const outputs = count(shapes.get(layer.name) ?? []);
    if (layer.kind === 'conv2d') macs += outputs * layer.kernelSize ** 2 * (shapes.get(layer.input)?.at(-1) ?? 0);
    if (layer.kind === 'depthwiseConv2d') macs += outputs * layer.kernelSize ** 2;
    if (layer.kind === 'dense') macs += outputs * (shapes.get(layer.input)?.at(-1) ?? 0);
  }
  const definitions = weightDefinitions(spec);
  const parameters = (trainable: boolean): number =>
    definitions.filter((definition) => definition.trainable === trainable).reduce((sum, definition) => sum + count(definition.shape), 0);
  return { macs, trainableParameters: parameters(true), otherParameters: parameters(false) };
}
