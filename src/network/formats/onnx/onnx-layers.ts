import type { FoldedNetwork } from '../../fold-batch-normalization';
import { convolvedLength } from '../../graph/operations';
import { layerShapes } from '../../layer-shapes';
import type { Conv2dLayer, DepthwiseConv2dLayer, Layer, Weight } from '../../network-spec';
import { weightOf } from '../../weight-definitions';
import { transposed } from '../kernel-layout';

export type OnnxAttribute = number | readonly number[] | { readonly float: number };

export interface OnnxNode {
  readonly name: string;
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export type OnnxTensor = ({ readonly dtype: 'float32' } & Weight) | { readonly dtype: 'int64'; readonly shape: readonly number[]; readonly data: BigInt64Array };

/** Nodes and constants of a network in ONNX's terms; images are [batch, channels, height, width]. */
export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
}

/** How our weights lie in ONNX: axis order by the end of their name. Others are vectors and stay. */
export const onnxOrders = { kernel4d: [3, 2, 0, 1], depthwise_kernel: [2, 3, 0, 1] } as const;

/** @param output name of the tensor that holds the embedding */
export function onnxGraph({ spec, weights }: FoldedNetwork, input: string, output: string): OnnxGraph {
  const shapes = layerShapes(spec);
  const shapeOf = (layer: string): readonly number[] => shapes.get(layer) ?? [];
  const nodes: OnnxNode[] = [];
  const initializers = new Map<string, OnnxTensor>();
  const first = spec.layers[0]?.name;
  const tensorOf = (layer: string): string => (layer === first ? input : layer === spec.output ? output : `${layer}/output`);
  const float = (name: string, weight: Weight): string => {
    initializers.set(name, { dtype: 'float32', ...weight });
    return name;
  };
  const weight = (name: string, order?: readonly number[]): string => float(name, order ? transposed(weightOf(weights, name), order) : weightOf(weights, name));
  const add = (layer: Layer, opType: string, inputs: readonly string[], attributes: OnnxNode['attributes'] = {}): void => {
    nodes.push({ name: layer.name, opType, inputs, output: tensorOf(layer.name), attributes });
  };
  for (const layer of spec.layers) {
    switch (layer.kind) {
      case 'input':
      case 'dropout':
        break;
      case 'conv2d':
      case 'depthwiseConv2d': {
        const kernel = layer.kind === 'conv2d' ? weight(`${layer.name}/kernel`, onnxOrders.kernel4d) : weight(`${layer.name}/depthwise_kernel`, onnxOrders.depthwise_kernel);
        const bias = layer.useBias ? [weight(`${layer.name}/bias`)] : [];
        add(layer, 'Conv', [tensorOf(layer.input), kernel, ...bias], convolutionAttributes(layer, shapeOf(layer.input)));
        break;
      }
      case 'dense': {
        const bias = layer.useBias ? [weight(`${layer.name}/bias`)] : [];
        add(layer, 'Gemm', [tensorOf(layer.input), weight(`${layer.name}/kernel`), ...bias]);
        break;
      }
      case 'batchNormalization': {
        const parameters = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map((name) => weight(`${layer.name}/${name}`));
        add(layer, 'BatchNormalization', [tensorOf(layer.input), ...parameters], { epsilon: { float: layer.epsilon } });
        break;
      }
      case 'prelu': {
        const { data } = weightOf(weights, `${layer.name}/alpha`);
        add(layer, 'PRelu', [tensorOf(layer.input), float(`${layer.name}/alpha`, { shape: [data.length, 1, 1], data })]);
        break;
      }
      case 'leakyRelu':
        add(layer, 'LeakyRelu', [tensorOf(layer.input)], { alpha: { float: layer.negativeSlope } });
        break;
      case 'relu':
        if (layer.maxValue === undefined) add(layer, 'Relu', [tensorOf(layer.input)]);
        else add(layer, 'Clip', [tensorOf(layer.input), float(`${layer.name}/min`, scalar(0)), float(`${layer.name}/max`, scalar(layer.maxValue))]);
        break;
      case 'add':
        add(layer, 'Add', layer.inputs.map(tensorOf));
        break;
      case 'zeroPadding2d': {
        const [[top, bottom], [left, right]] = layer.padding;
        const pads = `${layer.name}/pads`;
        initializers.set(pads, { dtype: 'int64', shape: [8], data: BigInt64Array.from([0, 0, top, left, 0, 0, bottom, right].map(BigInt)) });
        add(layer, 'Pad', [tensorOf(layer.input), pads]);
        break;
      }
      case 'flatten': {
        const [height = 1, width = 1, channels] = shapeOf(layer.input);
        const isVector = channels === undefined || height * width === 1;
        // Weights after it count in [height, width, channels]; one pixel has the same order either way.
        const pixels = isVector ? tensorOf(layer.input) : `${layer.name}/channels_last`;
        if (!isVector) nodes.push({ name: `${layer.name}/transpose`, opType: 'Transpose', inputs: [tensorOf(layer.input)], output: pixels, attributes: { perm: [0, 2, 3, 1] } });
        add(layer, 'Flatten', [pixels], { axis: 1 });
        break;
      }
    }
  }
  return { nodes, initializers };
}

function scalar(value: number): Weight {
  return { shape: [], data: Float32Array.of(value) };
}

function convolutionAttributes(layer: Conv2dLayer | DepthwiseConv2dLayer, input: readonly number[]): OnnxNode['attributes'] {
  const [height = 0, width = 0, channels = 0] = input;
  const vertical = samePadding(height, layer);
  const horizontal = samePadding(width, layer);
  return {
    kernel_shape: [layer.kernelSize, layer.kernelSize], strides: [layer.strides, layer.strides], dilations: [1, 1],
    pads: [vertical.before, horizontal.before, vertical.after, horizontal.after],
    group: layer.kind === 'depthwiseConv2d' ? channels : 1,
  };
}

/** TensorFlow's SAME in pixels: what is odd goes to the end. ONNX's SAME_UPPER means the same but needs the size at run time. */
function samePadding(length: number, { kernelSize, strides, padding }: Conv2dLayer | DepthwiseConv2dLayer): { before: number; after: number } {
  if (padding === 'valid') return { before: 0, after: 0 };
  const total = Math.max(0, (convolvedLength(length, kernelSize, strides, padding) - 1) * strides + kernelSize - length);
  return { before: Math.floor(total / 2), after: Math.ceil(total / 2) };
}
