/**
 * Reads the configuration of a Keras model (functional or sequential; Keras 2, Keras 3, TensorFlow.js) as layers of a NetworkSpec.
 * A classification head (softmax or ArcFace) is cut off, so that the embedding before it is the output.
 */
import { UserError } from '../../../base/user-error';
import type { Layer, Padding } from '../../network-spec';

export interface KerasNetwork {
  readonly layers: readonly Layer[];
  /** Layer whose output is the embedding. */
  readonly output: string;
  /** Layers that were cut off as the head, in words; empty when there was none. */
  readonly head: readonly string[];
}

type Config = Readonly<Record<string, unknown>>;

interface Node {
  readonly className: string;
  readonly name: string;
  readonly config: Config;
  readonly inputs: readonly string[];
}

/** @param source the file, for errors @throws UserError naming the layer that is not known here */
export function readKerasConfig(model: unknown, source: string): KerasNetwork {
  const root = record(model);
  const config = record(root['config']);
  const listed = Array.isArray(root['config']) ? root['config'] : config['layers'];
  if (!Array.isArray(listed)) throw new UserError(`${source} holds no list of layers.`, 'Save the model with its architecture (model.save), not a part of it.');
  const nodes = listed.map(record);
  const isSequential = root['class_name'] === 'Sequential';
  const named = isSequential ? chained(nodes) : nodes.map(functionalNode);
  const { output, head } = withoutHead(named, isSequential ? (named.at(-1)?.name ?? '') : outputName(config, named));
  return { layers: reachable(named, output).map((node) => toLayer(node, source)), output, head };
}

function record(value: unknown): Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Config) : {};
}

function functionalNode(layer: Config): Node {
  const config = record(layer['config']);
  const name = text(layer['name'] ?? config['name']);
  return { className: text(layer['class_name']), name, config, inputs: inboundNames(layer['inbound_nodes']) };
}

/** Keras 2: [[["conv", 0, 0, {}]]]; Keras 3: [{ args: [{ config: { keras_history: ["conv", 0, 0] } }] }]. */
function inboundNames(nodes: unknown): string[] {
  const names: string[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      if (typeof value[0] === 'string' && typeof value[1] === 'number') names.push(value[0]);
      else value.forEach(visit);
    } else if (typeof value === 'object' && value !== null) {
      const { args, config, keras_history: history } = value as Record<string, unknown>;
      [args, config, history].forEach(visit);
    }
  };
  visit(Array.isArray(nodes) ? nodes[0] : undefined);
  return names;
}

function chained(layers: readonly Config[]): Node[] {
  const nodes = layers.map(functionalNode);
  const [first] = nodes;
  const shape = first?.config['batch_input_shape'] ?? first?.config['batch_shape'];
  const all = first && first.className !== 'InputLayer' && shape !== undefined
    ? [{ className: 'InputLayer', name: 'input', config: { batch_input_shape: shape }, inputs: [] }, ...nodes]
    : nodes;
  return all.map((node, i) => ({ ...node, inputs: all.slice(Math.max(0, i - 1), i).map(({ name }) => name) }));
}

function outputName(config: Config, nodes: readonly Node[]): string {
  const outputs = config['output_layers'];
  const first: unknown = Array.isArray(outputs) ? (Array.isArray(outputs[0]) ? outputs[0][0] : outputs[0]) : undefined;
  return typeof first === 'string' ? first : (nodes.at(-1)?.name ?? '');
}

const knownClasses = new Set([
  'InputLayer', 'Conv2D', 'DepthwiseConv2D', 'ZeroPadding2D', 'BatchNormalization', 'PReLU', 'LeakyReLU', 'ReLU', 'Activation', 'Add', 'Dropout', 'Flatten', 'Dense', 'Reshape',
]);

/** Walks back from the output over a softmax or an unknown layer with labels, to what they judge. */
function withoutHead(nodes: readonly Node[], output: string): { output: string; head: string[] } {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const head: string[] = [];
  for (let current = byName.get(output); current; current = byName.get(output)) {
    const [first] = current.inputs;
    const isSoftmax = current.config['activation'] === 'softmax' || current.className === 'Softmax';
    const isLoss = !knownClasses.has(current.className) && /arc|cos|face|softmax|loss|margin/i.test(current.className + current.name);
    if (first === undefined || !(isSoftmax || isLoss)) break;
    head.push(`${current.name} (${current.className})`);
    output = first;
  }
  return { output, head };
}

/** What the output needs, in the order of the file. */
function reachable(nodes: readonly Node[], output: string): Node[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const needed = new Set<string>();
  const visit = (name: string): void => {
    if (needed.has(name)) return;
    needed.add(name);
    byName.get(name)?.inputs.forEach(visit);
  };
  visit(output);
  return nodes.filter(({ name }) => needed.has(name));
}

function toLayer(node: Node, source: string): Layer {
  const { className, name, config, inputs } = node;
  const [input = ''] = inputs;
  const refuse = (what: string): UserError => new UserError(`Layer ${name} of ${source} ${what}.`, 'Only networks of the layers that MobileFaceNet uses can be imported.');
  const inactive = (value: unknown): boolean => value === undefined || value === null || value === 'linear';
  if (config['data_format'] === 'channels_first') throw refuse('has its channels first');
  switch (className) {
    case 'InputLayer': {
      const shape = numbers(config['batch_input_shape'] ?? config['batch_shape'] ?? config['batchInputShape']).slice(-3);
      const [height, width, channels] = shape;
      if (height === undefined || height !== width || channels !== 3) throw refuse(`takes [${shape.join()}], not a square RGB picture`);
      return { kind: 'input', name, shape: [height, width, channels] };
    }
    case 'Conv2D':
    case 'DepthwiseConv2D': {
      if (!inactive(config['activation'])) throw refuse(`has the activation ${text(config['activation'])} inside`);
      const common = { name, input, kernelSize: square(config['kernel_size']), strides: square(config['strides'] ?? [1, 1]), padding: padding(config['padding']), useBias: config['use_bias'] !== false };
      if (square(config['dilation_rate'] ?? [1, 1]) !== 1 || Number(config['groups'] ?? 1) !== 1) throw refuse('is dilated or grouped');
      if (className === 'Conv2D') return { kind: 'conv2d', filters: Number(config['filters']), ...common };
      if (Number(config['depth_multiplier'] ?? 1) !== 1) throw refuse('has a depth multiplier other than 1');
      return { kind: 'depthwiseConv2d', ...common };
    }
    case 'ZeroPadding2D': {
      const [top = 0, bottom = 0, left = 0, right = 0] = fourSides(config['padding']);
      return { kind: 'zeroPadding2d', name, input, padding: [[top, bottom], [left, right]] };
    }
    case 'BatchNormalization':
      if (config['scale'] === false || config['center'] === false) throw refuse('has no scale or no centre');
      return { kind: 'batchNormalization', name, input, epsilon: Number(config['epsilon'] ?? 1e-3), momentum: Number(config['momentum'] ?? 0.99) };
    case 'PReLU':
      if (numbers(config['shared_axes']).join() !== '1,2') throw refuse('does not share its slopes over height and width');
      return { kind: 'prelu', name, input };
    case 'LeakyReLU':
      return { kind: 'leakyRelu', name, input, negativeSlope: Number(Math.fround(Number(config['alpha'] ?? config['negative_slope'] ?? 0.3)).toPrecision(7)) };
    case 'ReLU':
    case 'Activation': {
      const max = config['max_value'] ?? (config['activation'] === 'relu6' ? 6 : undefined);
      if (className === 'Activation' && config['activation'] !== 'relu' && config['activation'] !== 'relu6') throw refuse(`is the activation ${text(config['activation'])}`);
      if (max === undefined || max === null) return { kind: 'relu', name, input };
      if (Number(max) !== 6) throw refuse(`is cut at ${String(max)}`);
      return { kind: 'relu', name, input, maxValue: 6 };
    }
    case 'Add': {
      const [a, b, ...more] = inputs;
      if (a === undefined || b === undefined || more.length > 0) throw refuse(`adds ${inputs.length} tensors, not two`);
      return { kind: 'add', name, inputs: [a, b] };
    }
    case 'Dropout':
      return { kind: 'dropout', name, input, rate: Number(config['rate'] ?? 0) };
    case 'Flatten':
      return { kind: 'flatten', name, input };
    case 'Dense':
      if (!inactive(config['activation'])) throw refuse(`has the activation ${text(config['activation'])} inside`);
      return { kind: 'dense', name, input, units: Number(config['units']), useBias: config['use_bias'] !== false };
    default:
      throw refuse(`is a ${className || 'layer without a class'}, which is not known here`);
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.flat().filter((item) => typeof item === 'number') : [];
}

function square(value: unknown): number {
  const [first = NaN, second = first] = typeof value === 'number' ? [value] : numbers(value);
  return first === second ? first : NaN;
}

function padding(value: unknown): Padding {
  return value === 'same' ? 'same' : 'valid';
}

/** Keras allows one number, two (height, width), or two pairs. */
function fourSides(value: unknown): number[] {
  if (typeof value === 'number') return [value, value, value, value];
  const sides = numbers(value);
  const [vertical = 0, horizontal = 0] = sides;
  return sides.length === 2 ? [vertical, vertical, horizontal, horizontal] : sides;
}
