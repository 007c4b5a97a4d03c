import { mostTableSlopes } from './activation-table';
import type { ConvNode } from './device-graph';
import type { ChannelStatistics } from './output-statistics';
import { nearestLevels } from './slope-levels';

export interface TableSlopes {
  readonly node: ConvNode;
  /** What the tables change, of nodes with PReLU. */
  readonly error?: SlopeError;
}

export interface SlopeError {
  /** Different slopes that the chip computes. */
  readonly slopes: number;
  /** KPU layers that compute the node. */
  readonly parts: number;
  /** Power of the output over the power of what the slopes change in it; absent when they change nothing. */
  readonly signalToNoiseDb?: number;
}

/**
 * Replaces the slopes of a PReLU by as many different ones as the activation tables of the node's parts hold, where they do the least
 * harm on the calibration pictures. A table cannot fall, so slopes below zero become zero.
 */
export function withTableSlopes(node: ConvNode, statistics: ChannelStatistics): TableSlopes {
  if (node.activation.kind !== 'prelu') return { node };
  const { slopes } = node.activation;
  const power = statistics.negativePower ?? new Float32Array(slopes.length).fill(1);
  const levels = new Float32Array(slopes.length);
  const parts = node.parts ?? [slopes.length];
  let first = 0;
  for (const channels of parts) {
    const part = slopes.slice(first, first + channels).map((slope) => Math.max(0, slope));
    levels.set(nearestLevels(part, power.subarray(first, first + channels), mostTableSlopes), first);
    first += channels;
  }
  const noise = slopes.reduce((sum, slope, channel) => sum + (slope - (levels[channel] as number)) ** 2 * (power[channel] as number), 0);
  const signal = statistics.power.reduce((sum, value) => sum + value, 0);
  return {
    node: { ...node, activation: { kind: 'prelu', slopes: levels } },
    error: { slopes: new Set(levels).size, parts: parts.length, ...(noise > 0 ? { signalToNoiseDb: 10 * Math.log10(signal / noise) } : {}) },
  };
}
