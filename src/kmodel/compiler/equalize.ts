/**
 * Cross-layer equalization (Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction"): channels of
 * a map are scaled towards the same range, so that each uses all steps of a byte, and the readers' weights take the factors back.
 */
import { changeChannels, changeStatistics, linkedMaps, sameOrder, type ChannelChange } from './channel-changes';
import type { DeviceGraph, DeviceNode } from './device-graph';
import type { OutputStatistics } from './output-statistics';

export interface StatedGraph {
  readonly graph: DeviceGraph;
  readonly statistics: ReadonlyMap<string, OutputStatistics>;
}

/** How far channels go towards the same range: all the way costs the weights of 1x1 convolutions precision. */
const strengths = [0, 0.25, 0.5, 0.75, 1] as const;
/** What is best for a map depends on its neighbours, which the pass before may have changed. */
const passes = 2;
/** Channels are not scaled farther apart than this. */
const largestFactor = 2 ** 8;

/** The same network, with the strength for each map that promises the least noise behind its readers. */
export function equalize({ graph, statistics }: StatedGraph, weightBits: 8 | 16): StatedGraph {
  let current: StatedGraph = { graph, statistics };
  for (const group of Array.from({ length: passes }, () => linkedMaps(graph, 'scale')).flat()) {
    if (!group.every((name) => isScalable(graph, name))) continue;
    const ranges = channelRanges(group, current.statistics);
    let best = { noise: Infinity, stated: current };
    for (const strength of strengths) {
      const stated = scaled(current, group, ranges, strength);
      const noise = noiseBehind(stated, group, weightBits);
      if (noise < best.noise) best = { noise, stated };
    }
    current = best.stated;
  }
  return current;
}

/** Whether the map's values may be multiplied by positive numbers before they are read. */
function isScalable(graph: DeviceGraph, name: string): boolean {
  const node = graph.nodes.find((candidate) => candidate.name === name);
  if (!node || (node.kind === 'conv' && node.activation.kind === 'relu' && node.activation.maxValue !== undefined)) return false;
  return node.kind !== 'dense' && readersOf(graph, name).length > 0;
}

function readersOf(graph: DeviceGraph, name: string): readonly DeviceNode[] {
  return graph.nodes.filter((node) => node.input === name);
}

/** Largest value of each channel in any map of the group, as a share of the largest of all. */
function channelRanges(group: readonly string[], statistics: StatedGraph['statistics']): Float32Array {
  const of = group.map((name) => (statistics.get(name) as OutputStatistics).channels);
  const ranges = Float32Array.from(of[0]?.minimum ?? [], (_, channel) =>
    Math.max(...of.map(({ minimum, maximum }) => Math.max(maximum[channel] as number, -(minimum[channel] as number)))));
  const widest = ranges.reduce((a, b) => Math.max(a, b), 1e-12);
  return ranges.map((range) => Math.max(range / widest, 1 / largestFactor));
}

function scaled({ graph, statistics }: StatedGraph, group: readonly string[], ranges: Float32Array, strength: number): StatedGraph {
  if (strength === 0) return { graph, statistics };
  const change: ChannelChange = { order: sameOrder(ranges.length), factors: ranges.map((range) => range ** -strength) };
  const changed = new Map(statistics);
  for (const name of group) changed.set(name, changeStatistics(statistics.get(name) as OutputStatistics, change));
  return { graph: changeChannels(graph, new Map(group.map((name) => [name, change]))), statistics: changed };
}

/**
 * Noise power over signal power behind all readers of the group's maps, from the steps of the map and of the readers' weights:
 * a step of size d makes an error of power d^2 / 12.
 */
function noiseBehind({ graph, statistics }: StatedGraph, group: readonly string[], weightBits: 8 | 16): number {
  const stepOf = (name: string): number => {
    const found = statistics.get(name);
    return found ? (Math.max(0, found.maximum) - Math.min(0, found.minimum)) / 255 : 0;
  };
  let total = 0;
  for (const reader of graph.nodes) {
    const residual = reader.kind === 'conv' ? reader.residual : undefined;
    if (!group.includes(reader.input) && (residual === undefined || !group.includes(residual))) continue;
    const power = statistics.get(reader.input)?.channels.power;
    if (!power) continue;
    // The joined addition is one more weight of each row, as large as the ratio of the steps.
    const identity = residual === undefined ? 0 : stepOf(residual) / stepOf(reader.input);
    total += readerNoise(reader, power, stepOf(reader.input), identity, weightBits);
  }
  return total;
}

function readerNoise(reader: DeviceNode, power: Float32Array, step: number, identity: number, weightBits: 8 | 16): number {
  const rows = reader.output.channels;
  const length = reader.weights.length / rows;
  const isOwn = reader.kind === 'globalDepthwise' || (reader.kind === 'conv' && reader.depthwise);
  const taps = isOwn ? length : reader.kind === 'conv' ? reader.kernelSize ** 2 : 1;
  let noise = 0;
  let signal = 1e-20;
  for (let row = 0; row < rows; row++) {
    const weights = reader.weights.subarray(row * length, (row + 1) * length);
    const weightStep = weights.reduce((most, value) => Math.max(most, Math.abs(value)), identity) / 2 ** (weightBits - 1);
    weights.forEach((weight, i) => {
      const inputPower = power[isOwn ? row : Math.floor(i / taps)] as number;
      noise += (weight * step) ** 2 + weightStep ** 2 * inputPower;
      signal += weight ** 2 * inputPower;
    });
  }
  return noise / signal;
}
