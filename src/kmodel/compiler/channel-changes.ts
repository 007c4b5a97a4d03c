/**
 * Changes of a network that change nothing: channels of a map in another order, or divided by factors that its readers multiply
 * their weights with.
 */
import { isAddition, pictureInput, type Activation, type DeviceGraph, type DeviceNode } from './device-graph';
import type { OutputStatistics } from './output-statistics';

/** New channel i is old channel order[i] times factors[i]. */
export interface ChannelChange {
  readonly order: Uint16Array;
  /** Above zero. */
  readonly factors: Float32Array;
}

export type ChannelChanges = ReadonlyMap<string, ChannelChange>;

export function sameOrder(channels: number): Uint16Array {
  return Uint16Array.from({ length: channels }, (_, i) => i);
}

/** `order`: maps whose channels can only move together. `scale`: maps whose channels can only be scaled together. */
export type ChannelLink = 'order' | 'scale';

/**
 * Groups of maps by what links their channels: an addition links both maps that it adds and their sum; a depthwise convolution
 * links the order of its input and its output. Without the maps whose channels must stay as they are: picture and embedding.
 */
export function linkedMaps(graph: DeviceGraph, link: ChannelLink): readonly (readonly string[])[] {
  const groups = new Map<string, Set<string>>([[pictureInput, new Set([pictureInput])], ...graph.nodes.map(({ name }) => [name, new Set([name])] as const)]);
  const join = (a: string, b: string): void => {
    const joined = new Set([...(groups.get(a) ?? []), ...(groups.get(b) ?? [])]);
    for (const name of joined) groups.set(name, joined);
  };
  for (const node of graph.nodes) {
    if (node.kind === 'conv' && node.residual !== undefined) join(node.name, node.residual);
    if (isAddition(node)) join(node.name, node.input);
    if (link === 'order' && (node.kind === 'globalDepthwise' || (node.kind === 'conv' && node.depthwise))) join(node.name, node.input);
  }
  const fixed = new Set([pictureInput, graph.nodes.at(-1)?.name ?? pictureInput]);
  return [...new Set(groups.values())].map((group) => [...group]).filter((group) => !group.some((name) => fixed.has(name)));
}

/**
 * The same network with other channels inside.
 * @param changes of maps that `linkedMaps` allows, the same order (and factors) for all that are linked
 */
export function changeChannels(graph: DeviceGraph, changes: ChannelChanges): DeviceGraph {
  return { ...graph, nodes: graph.nodes.map((node) => changedNode(node, changes.get(node.name), changes.get(node.input))) };
}

function changedNode(node: DeviceNode, rows: ChannelChange | undefined, columns: ChannelChange | undefined): DeviceNode {
  if (!rows && !columns) return node;
  const outputs = node.output.channels;
  const row = rows ?? unchanged(outputs);
  const bias = Float32Array.from({ length: outputs }, (_, i) => (node.bias[row.order[i] as number] as number) * (row.factors[i] as number));
  if (node.kind === 'globalDepthwise' || (node.kind === 'conv' && node.depthwise)) {
    const taps = node.weights.length / outputs;
    const factor = (channel: number): number => (row.factors[channel] as number) / (columns?.factors[channel] ?? 1);
    const weights = Float32Array.from({ length: node.weights.length }, (_, i) => {
      const channel = Math.floor(i / taps);
      return (node.weights[(row.order[channel] as number) * taps + (i % taps)] as number) * factor(channel);
    });
    return node.kind === 'conv' ? { ...node, weights, bias, activation: reordered(node.activation, row) } : { ...node, weights, bias };
  }
  const taps = node.kind === 'conv' ? node.kernelSize ** 2 : 1;
  const inputs = node.weights.length / (outputs * taps);
  const column = columns ?? unchanged(inputs);
  const weights = new Float32Array(node.weights.length);
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++) {
      const factor = (row.factors[output] as number) / (column.factors[input] as number);
      const source = ((row.order[output] as number) * inputs + (column.order[input] as number)) * taps;
      for (let tap = 0; tap < taps; tap++) weights[(output * inputs + input) * taps + tap] = (node.weights[source + tap] as number) * factor;
    }
  }
  return node.kind === 'conv' ? { ...node, weights, bias, activation: reordered(node.activation, row) } : { ...node, weights, bias };
}

function unchanged(channels: number): ChannelChange {
  return { order: sameOrder(channels), factors: new Float32Array(channels).fill(1) };
}

function reordered(activation: Activation, { order }: ChannelChange): Activation {
  return activation.kind === 'prelu' ? { kind: 'prelu', slopes: Float32Array.from(order, (channel) => activation.slopes[channel] as number) } : activation;
}

/** What the statistics of a map are after a change of its channels. */
export function changeStatistics(statistics: OutputStatistics, { order, factors }: ChannelChange): OutputStatistics {
  const changed = (values: Float32Array, power: 1 | 2): Float32Array => Float32Array.from(order, (channel, i) => (values[channel] as number) * (factors[i] as number) ** power);
  const { minimum, maximum, mean, power, negativePower } = statistics.channels;
  const channels = {
    minimum: changed(minimum, 1), maximum: changed(maximum, 1), mean: changed(mean, 1), power: changed(power, 2),
    ...(negativePower ? { negativePower: changed(negativePower, 2) } : {}),
  };
  const places = new Uint16Array(order.length);
  order.forEach((channel, i) => (places[channel] = i));
  const sampleChannels = statistics.sampleChannels.map((channel) => places[channel] as number);
  return {
    minimum: Math.min(...channels.minimum), maximum: Math.max(...channels.maximum), channels, sampleChannels,
    samples: statistics.samples.map((value, i) => value * (factors[sampleChannels[i] as number] as number)),
  };
}
