/**
 * PReLU for a chip with one activation table a layer. A table holds a few slopes; a convolution can further be computed as several
 * KPU layers, each with some of its output channels and a table of its own, at the cost of a layer's fixed time. Channels are put in
 * an order in which the slopes of each part lie close together.
 */
import { mostTableSlopes } from './activation-table';
import { linkedMaps, sameOrder, type ChannelChange, type ChannelChanges } from './channel-changes';
import type { ConvNode, DeviceGraph } from './device-graph';
import type { ChannelStatistics, OutputStatistics } from './output-statistics';
import { nearestLevels } from './slope-levels';

export const slopePartsForms = ['auto', '1', '2', '4'] as const;
/** KPU layers that a convolution with PReLU may become; `auto`: as many as its slopes need. */
export type SlopeParts = (typeof slopePartsForms)[number];

export interface SlopeArrangement {
  readonly changes: ChannelChanges;
  /** For each convolution with PReLU in several parts, after the changes: channels of each. */
  readonly parts: ReadonlyMap<string, readonly number[]>;
}

/** Slopes that disturb less than this are not worth another layer, decibels: about what bytes cost. */
const enoughDb = 38;
/** Channels of a part are a multiple of this: whole lines of the KPU's memory, whole words of its DMA. */
const partChannels = 8;
const mostParts = 4;

/** @param statistics of every node */
export function arrangeSlopes(graph: DeviceGraph, statistics: ReadonlyMap<string, OutputStatistics>, wish: SlopeParts): SlopeArrangement {
  const changes = new Map<string, ChannelChange>();
  const parts = new Map<string, readonly number[]>();
  const most = wish === 'auto' ? mostParts : Number(wish);
  for (const group of linkedMaps(graph, 'order')) {
    const members = graph.nodes.filter((node): node is PreluNode => group.includes(node.name) && node.kind === 'conv' && node.activation.kind === 'prelu');
    if (members.length === 0 || members.length > 2 || graph.nodes.some((node) => node.kind === 'conv' && node.residual !== undefined && group.includes(node.residual))) continue;
    const slopes = members.map((node) => slopesOf(node, statistics.get(node.name)?.channels));
    const best = bestOrder(slopes, most);
    if (best.parts.every((cuts) => cuts.length === 1)) continue;
    const change = { order: best.order, factors: new Float32Array(best.order.length).fill(1) };
    for (const name of group) changes.set(name, change);
    members.forEach(({ name }, i) => best.parts[i] && best.parts[i].length > 1 && parts.set(name, best.parts[i]));
  }
  return { changes, parts };
}

type PreluNode = ConvNode & { readonly activation: { readonly kind: 'prelu'; readonly slopes: Float32Array } };

/** Slopes of a layer, and how much they matter. */
interface Slopes {
  readonly values: Float32Array;
  /** Power below zero of each channel over the layer's whole power. */
  readonly importance: Float32Array;
}

function slopesOf({ activation: { slopes } }: PreluNode, statistics: ChannelStatistics | undefined): Slopes {
  const negative = statistics?.negativePower ?? new Float32Array(slopes.length).fill(1);
  const signal = statistics?.power.reduce((sum, value) => sum + value, 0) ?? slopes.length;
  return { values: slopes.map((slope) => Math.max(0, slope)), importance: negative.map((power) => power / signal) };
}

interface Order {
  readonly order: Uint16Array;
  /** For each layer: channels of its parts. */
  readonly parts: readonly (readonly number[])[];
  /** Of the worst layer. */
  readonly noise: number;
  readonly layers: number;
}

/** The order with the fewest layers that is good enough, or else the best one. */
function bestOrder(slopes: readonly Slopes[], most: number): Order {
  const channels = slopes[0]?.values.length ?? 0;
  const enough = 10 ** (-enoughDb / 10);
  const orders = [...candidates(slopes, channels, most)].sort((a, b) => a.layers - b.layers || a.noise - b.noise);
  const good = orders.find(({ noise }) => noise <= enough);
  return good ?? orders.reduce((a, b) => (b.noise < a.noise ? b : a));
}

/** Sorted by the slopes of one layer and cut; within each part sorted by those of the other and cut again. */
function* candidates(slopes: readonly Slopes[], channels: number, most: number): Generator<Order> {
  const counts = [1, 2, 3, 4].filter((count) => count <= most && channels / count >= partChannels);
  for (const outer of counts) {
    for (const inner of counts) {
      if (outer * inner > most || (slopes.length === 1 && inner > 1)) continue;
      for (const first of slopes.keys()) {
        const sorted = sortedBy([...sameOrder(channels)], slopes[first] as Slopes);
        const outerParts = cut(channels, outer);
        const other = slopes[1 - first];
        const blocks = split(sorted, outerParts).map((block) => (other && inner > 1 ? sortedBy(block, other) : block));
        const innerParts = blocks.flatMap((block) => cut(block.length, inner));
        const order = Uint16Array.from(blocks.flat());
        const parts = slopes.map((_, i) => (i === first ? outerParts : innerParts));
        const noise = Math.max(...slopes.map((each, i) => noiseOf(each, order, parts[i] ?? [])));
        yield { order, parts, noise, layers: parts.reduce((sum, part) => sum + part.length, 0) };
      }
    }
  }
}

function sortedBy(channels: readonly number[], { values }: Slopes): number[] {
  return [...channels].sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);
}

/** Nearly equal parts of whole `partChannels`; the last one takes the rest. */
function cut(channels: number, count: number): number[] {
  const size = Math.max(partChannels, Math.round(channels / count / partChannels) * partChannels);
  const parts: number[] = [];
  let rest = channels;
  while (parts.length < count - 1 && rest > size) {
    parts.push(size);
    rest -= size;
  }
  return [...parts, rest];
}

function split(channels: readonly number[], parts: readonly number[]): number[][] {
  let start = 0;
  return parts.map((length) => channels.slice(start, (start += length)));
}

function noiseOf({ values, importance }: Slopes, order: Uint16Array, parts: readonly number[]): number {
  return split([...order], parts).reduce((sum, part) => {
    const slopes = part.map((channel) => values[channel] as number);
    const weights = part.map((channel) => importance[channel] as number);
    const levels = nearestLevels(slopes, weights, mostTableSlopes);
    return sum + slopes.reduce((noise, slope, i) => noise + (slope - (levels[i] as number)) ** 2 * (weights[i] as number), 0);
  }, 0);
}
