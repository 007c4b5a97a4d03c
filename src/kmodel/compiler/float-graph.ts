import { GraphBuilder, type GraphTensor } from '../../network/graph/graph-builder';
import type { GraphDef } from '../../network/graph/graph-def';
import * as ops from '../../network/graph/operations';
import { preluOfNegated } from '../../network/graph/prelu';
import { pictureInput, type Activation, type ConvNode, type DenseNode, type DeviceGraph, type DeviceNode, type GlobalDepthwiseNode } from './device-graph';
import { channelsLastKernel } from './kernel-layout';

export interface FloatGraph {
  readonly graph: GraphDef;
  /** Placeholder for pixels 0..255 as uint8 [batch, height, width, channels]; any batch. */
  readonly pixels: string;
  /** Output of each node, [batch, height, width, channels] or [batch, channels]. */
  readonly outputs: ReadonlyMap<string, string>;
  /** Of nodes with PReLU: mean square of what enters below zero, [channels] over the batch. */
  readonly negativePowers: ReadonlyMap<string, string>;
}

/** The compiler's graph in floats, with every node's output: what the quantized program is measured against. */
export function buildFloatGraph(graph: DeviceGraph): FloatGraph {
  const g = new GraphBuilder();
  const { width, height, channels } = graph.input;
  const pixels = g.placeholder('pixels', [-1, height, width, channels], 'uint8');
  const { mean, deviation } = graph.normalization;
  const centred = ops.binary(g, 'Sub', ops.cast(g, pixels, 'float32'), g.scalar(mean));
  const tensors = new Map<string, GraphTensor>([[pictureInput, ops.binary(g, 'Mul', centred, g.scalar(1 / deviation))]]);
  const tensorOf = (name: string): GraphTensor => {
    const tensor = tensors.get(name);
    if (!tensor) throw new Error(`Node ${name} is read before it is computed`);
    return tensor;
  };
  const negativePowers = new Map<string, string>();
  const onNegative = (node: string, negative: GraphTensor): void => {
    negativePowers.set(node, ops.reduce(g, 'Mean', ops.unary(g, 'Square', negative), [0, 1, 2], false).ref);
  };
  for (const node of graph.nodes) tensors.set(node.name, g.scope(node.name, () => addNode(g, node, tensorOf, onNegative)));
  return { graph: g.build(), pixels: pixels.ref, outputs: new Map([...tensors].map(([name, tensor]) => [name, tensor.ref])), negativePowers };
}

type OnNegative = (node: string, negative: GraphTensor) => void;

function addNode(g: GraphBuilder, node: DeviceNode, tensorOf: (name: string) => GraphTensor, onNegative: OnNegative): GraphTensor {
  const x = tensorOf(node.input);
  switch (node.kind) {
    case 'conv': {
      const sum = addConv(g, node, x, node.residual === undefined ? undefined : tensorOf(node.residual));
      if (node.activation.kind === 'prelu') onNegative(node.name, ops.unary(g, 'Relu', ops.unary(g, 'Neg', sum)));
      return activated(g, sum, node.activation);
    }
    case 'globalDepthwise':
      return addGlobalDepthwise(g, node, x);
    case 'dense':
      return addDense(g, node, x);
  }
}

/** Before the activation. */
function addConv(g: GraphBuilder, node: ConvNode, x: GraphTensor, residual: GraphTensor | undefined): GraphTensor {
  const taps = node.kernelSize ** 2;
  const { kernelSize, stride, depthwise } = node;
  // A depthwise kernel is one with a single output of as many inputs as there are channels: [ky][kx][channel][1].
  const kernel = depthwise
    ? constant(g, [kernelSize, kernelSize, node.output.channels, 1], channelsLastKernel(node.weights, taps, 1))
    : constant(g, [kernelSize, kernelSize, node.weights.length / (taps * node.output.channels), node.output.channels], channelsLastKernel(node.weights, taps, node.output.channels));
  const padsItself = kernelSize === 3 && stride === 2 && node.phase === 'even';
  const source = padsItself ? ops.pad(g, x, [[0, 0], [1, 1], [1, 1], [0, 0]]) : x;
  const padding = padsItself ? 'valid' : 'same';
  const convolved = depthwise ? ops.depthwiseConv2d(g, source, kernel, stride, padding) : ops.conv2d(g, source, kernel, stride, padding);
  const biased = ops.biasAdd(g, convolved, constant(g, [node.output.channels], node.bias));
  return residual ? ops.binary(g, 'AddV2', biased, residual) : biased;
}

function activated(g: GraphBuilder, x: GraphTensor, activation: Activation): GraphTensor {
  switch (activation.kind) {
    case 'linear':
      return x;
    case 'leakyRelu':
      return ops.leakyRelu(g, x, activation.slope);
    case 'prelu':
      return preluOfNegated(g, ops.unary(g, 'Neg', x), constant(g, [activation.slopes.length], activation.slopes));
    case 'relu':
      return ops.unary(g, activation.maxValue === 6 ? 'Relu6' : 'Relu', x);
  }
}

function addGlobalDepthwise(g: GraphBuilder, node: GlobalDepthwiseNode, x: GraphTensor): GraphTensor {
  const { channels } = node.output;
  const [height, width] = [ops.dimension(x, 1), ops.dimension(x, 2)];
  const kernel = constant(g, [height, width, channels, 1], channelsLastKernel(node.weights, height * width, 1));
  return ops.biasAdd(g, ops.depthwiseConv2d(g, x, kernel, 1, 'valid'), constant(g, [channels], node.bias));
}

function addDense(g: GraphBuilder, node: DenseNode, x: GraphTensor): GraphTensor {
  const inputs = node.weights.length / node.output.channels;
  const flat = ops.reshape(g, x, [-1, inputs]);
  const product = ops.matMul(g, flat, constant(g, [node.output.channels, inputs], node.weights), false, true);
  return ops.biasAdd(g, product, constant(g, [node.output.channels], node.bias));
}

function constant(g: GraphBuilder, shape: readonly number[], data: Float32Array): GraphTensor {
  return g.constant({ dtype: 'float32', shape, data });
}
