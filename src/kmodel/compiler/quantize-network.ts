/** Everything that is decided before integers are written: order and scale of channels, slopes, ranges. */
import { arrangeSlopes, type SlopeParts } from './arrange-slopes';
import { changeChannels, changeStatistics } from './channel-changes';
import type { DeviceGraph, DeviceNode } from './device-graph';
import { equalize, type StatedGraph } from './equalize';
import { chooseRange, type ChosenRange, type RangeChoice } from './quantization';
import { withWholeRatios } from './separate-additions';
import { withTableSlopes, type SlopeError } from './table-slopes';

export interface ChannelOptions {
  readonly weightBits: 8 | 16;
  /** KPU layers that a convolution with PReLU may become. */
  readonly slopeParts: SlopeParts;
  /** Whether channels are scaled towards the same range. */
  readonly isEqualized: boolean;
}

export interface QuantizeOptions {
  readonly weightBits: 8 | 16;
  readonly ranges: RangeChoice;
}

export interface QuantizedNetwork {
  /** The network with what the chip computes instead. */
  readonly device: DeviceGraph;
  /** Of each node's output. */
  readonly ranges: ReadonlyMap<string, ChosenRange>;
  /** Of each node with PReLU. */
  readonly slopeErrors: ReadonlyMap<string, SlopeError>;
}

/**
 * Gives channels the order and the scale that the chip has them in; in floats, the network computes what it did.
 * @param stated the network and what its nodes gave on the calibration pictures
 */
export function arrangeChannels(stated: StatedGraph, { slopeParts, isEqualized, weightBits }: ChannelOptions): StatedGraph {
  const arranged = withSlopeParts(stated, slopeParts);
  return isEqualized ? equalize(arranged, weightBits) : arranged;
}

/** Chooses slopes and ranges. @param arranged by `arrangeChannels` */
export function quantizeNetwork({ graph, statistics }: StatedGraph, options: QuantizeOptions): QuantizedNetwork {
  const slopeErrors = new Map<string, SlopeError>();
  const nodes = graph.nodes.map((node): DeviceNode => {
    const found = statistics.get(node.name);
    if (node.kind !== 'conv' || !found) return node;
    const slopes = withTableSlopes(node, found.channels);
    if (slopes.error) slopeErrors.set(node.name, slopes.error);
    return slopes.node;
  });
  const ranges = new Map([...statistics].map(([name, found]) => [name, chooseRange(found, options.ranges)]));
  return { device: { ...graph, nodes }, ranges: withWholeRatios(graph, ranges, options.weightBits), slopeErrors };
}

function withSlopeParts({ graph, statistics }: StatedGraph, wish: SlopeParts): StatedGraph {
  const { changes, parts } = arrangeSlopes(graph, statistics, wish);
  const changed = changeChannels(graph, changes);
  const nodes = changed.nodes.map((node): DeviceNode => {
    const channels = parts.get(node.name);
    return node.kind === 'conv' && channels ? { ...node, parts: channels } : node;
  });
  return {
    graph: { ...changed, nodes },
    statistics: new Map([...statistics].map(([name, found]) => {
      const change = changes.get(name);
      return [name, change ? changeStatistics(found, change) : found];
    })),
  };
}
