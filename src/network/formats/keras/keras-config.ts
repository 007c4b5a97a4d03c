/**
 * Reads the configuration of a Keras model (functional or sequential; Keras 2, Keras 3, TensorFlow.js) as layers of a NetworkSpec.
 * A classification head (softmax or ArcFace) is cut off, so that the embedding before it is the output.
 */
import { UserError } from '../../../base/user-error';
import { kerasLayers, type KerasConfigRecord as Config, type KerasLayers, type KerasNode as Node } from './keras-layers';

export interface KerasNetwork extends KerasLayers {
  /** Layers that were cut off as the head, in words; empty when there was none. */
  readonly head: readonly string[];
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
  return { ...kerasLayers(reachable(named, output), output, source), head };
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
  'InputLayer', 'Conv2D', 'DepthwiseConv2D', 'SeparableConv2D', 'ZeroPadding2D', 'BatchNormalization', 'PReLU', 'LeakyReLU', 'ReLU', 'Activation', 'Add', 'Dropout', 'Flatten', 'Dense',
  'Reshape', 'GlobalAveragePooling2D', 'AveragePooling2D', 'Rescaling', 'UnitNormalization', 'Lambda',
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

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
