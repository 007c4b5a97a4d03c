/**
 * A NetworkSpec as the topology of a TensorFlow.js layers model (Keras 2 functional model in JSON), so that `tf.loadLayersModel`
 * and every Keras tool reads it. Weight names are the spec's own.
 */
import { inputLayer, layerShapes } from './layer-shapes';
import type { Layer, NetworkSpec } from './network-spec';

interface KerasLayer {
  readonly class_name: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inbound_nodes: readonly unknown[];
}

/** The value of `modelTopology` in a model.json. */
export function layersModelTopology(spec: NetworkSpec): Record<string, unknown> {
  const shapes = layerShapes(spec);
  return {
    keras_version: '2.15.0',
    backend: 'tensorflow',
    model_config: {
      class_name: 'Functional',
      config: {
        name: `mobilefacenet_${spec.name.replaceAll('-', '_')}`,
        layers: spec.layers.map((layer) => kerasLayer(layer, shapes)),
        input_layers: [[inputLayer(spec).name, 0, 0]],
        output_layers: [[spec.output, 0, 0]],
      },
    },
  };
}

function kerasLayer(layer: Layer, shapes: ReadonlyMap<string, readonly number[]>): KerasLayer {
  const [className, config] = kerasConfig(layer, shapes);
  const inputs = layer.kind === 'input' ? [] : layer.kind === 'add' ? layer.inputs : [layer.input];
  return {
    class_name: className,
    name: layer.name,
    config: { name: layer.name, trainable: true, dtype: 'float32', ...config },
    inbound_nodes: inputs.length === 0 ? [] : [inputs.map((name) => [name, 0, 0, {}])],
  };
}

function kerasConfig(layer: Layer, shapes: ReadonlyMap<string, readonly number[]>): [className: string, config: Record<string, unknown>] {
  switch (layer.kind) {
    case 'input':
      return ['InputLayer', { batch_input_shape: [null, ...layer.shape], sparse: false, ragged: false }];
    case 'conv2d':
      return ['Conv2D', { ...convolution(layer), filters: layer.filters }];
    case 'depthwiseConv2d':
      return ['DepthwiseConv2D', { ...convolution(layer), depth_multiplier: 1 }];
    case 'zeroPadding2d':
      return ['ZeroPadding2D', { padding: layer.padding, data_format: 'channels_last' }];
    case 'batchNormalization':
      return ['BatchNormalization', { axis: [shapes.get(layer.name)?.length ?? 1], momentum: layer.momentum, epsilon: layer.epsilon, center: true, scale: true }];
    case 'prelu':
      return ['PReLU', { shared_axes: [1, 2] }];
    case 'leakyRelu':
      return ['LeakyReLU', { alpha: layer.negativeSlope }];
    case 'relu':
      return ['ReLU', layer.maxValue === undefined ? {} : { max_value: layer.maxValue }];
    case 'add':
      return ['Add', {}];
    case 'dropout':
      return ['Dropout', { rate: layer.rate }];
    case 'flatten':
      return ['Flatten', { data_format: 'channels_last' }];
    case 'dense':
      return ['Dense', { units: layer.units, activation: 'linear', use_bias: layer.useBias }];
  }
}

function convolution(layer: Extract<Layer, { kind: 'conv2d' | 'depthwiseConv2d' }>): Record<string, unknown> {
  return {
    kernel_size: [layer.kernelSize, layer.kernelSize], strides: [layer.strides, layer.strides], padding: layer.padding,
    data_format: 'channels_last', dilation_rate: [1, 1], activation: 'linear', use_bias: layer.useBias,
  };
}
