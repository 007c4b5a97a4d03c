import { convolvedLength } from './graph/operations';
import type { Layer, NetworkSpec } from './network-spec';

/** Output shape of each layer without the batch: [height, width, channels], or [length] after flatten. */
export function layerShapes(spec: NetworkSpec): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  const shapeOf = (name: string): readonly number[] => {
    const shape = shapes.get(name);
    if (!shape) throw new Error(`Layer ${name} is used before it is defined`);
    return shape;
  };
  for (const layer of spec.layers) {
    if (shapes.has(layer.name)) throw new Error(`Two layers are called ${layer.name}`);
    shapes.set(layer.name, outputShape(layer, shapeOf));
  }
  return shapes;
}

/** Size of the square input in pixels. */
export function inputSize(spec: NetworkSpec): number {
  return inputLayer(spec).shape[0];
}

export function inputLayer(spec: NetworkSpec): Extract<Layer, { kind: 'input' }> {
  const layer = spec.layers[0];
  if (layer?.kind !== 'input') throw new Error(`Network ${spec.name} does not begin with an input layer`);
  return layer;
}

/** Names of the layers that a layer reads. */
export function layerInputs(layer: Layer): readonly string[] {
  if (layer.kind === 'input') return [];
  return layer.kind === 'add' ? layer.inputs : [layer.input];
}

/** @param shapeOf output shape of an earlier layer @throws Error naming the layer that cannot be */
export function outputShape(layer: Layer, shapeOf: (name: string) => readonly number[]): readonly number[] {
  switch (layer.kind) {
    case 'input':
      return layer.shape;
    case 'conv2d':
    case 'depthwiseConv2d': {
      const [height, width, channels] = image(layer.name, shapeOf(layer.input));
      const length = (size: number): number => convolvedLength(size, layer.kernelSize, layer.strides, layer.padding);
      return [length(height), length(width), layer.kind === 'conv2d' ? layer.filters : channels];
    }
    case 'zeroPadding2d': {
      const [height, width, channels] = image(layer.name, shapeOf(layer.input));
      const [[top, bottom], [left, right]] = layer.padding;
      return [height + top + bottom, width + left + right, channels];
    }
    case 'flatten':
      return [shapeOf(layer.input).reduce((product, size) => product * size, 1)];
    case 'dense':
      return [layer.units];
    case 'add': {
      const [a, b] = layer.inputs.map(shapeOf);
      if (a?.join() !== b?.join()) throw new Error(`Layer ${layer.name} adds [${a?.join()}] and [${b?.join()}]`);
      return a ?? [];
    }
    case 'batchNormalization':
    case 'prelu':
    case 'leakyRelu':
    case 'relu':
    case 'dropout':
      return shapeOf(layer.input);
  }
}

function image(layer: string, shape: readonly number[]): readonly [number, number, number] {
  const [height, width, channels] = shape;
  if (height === undefined || width === undefined || channels === undefined) throw new Error(`Layer ${layer} needs an image, not [${shape.join()}]`);
  return [height, width, channels];
}
