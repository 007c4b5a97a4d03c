/**
 * Additions as layers of their own. Joined to the convolution before them (design document "k210-kmodel", section 6.4), each output has a
 * weight for every channel that is added, all but one of them zero; and with 8 bits, the one leaves few steps to the weights beside it.
 * On its own, an addition treats all bytes alike and need not know where pixels and channels lie: the lines of both maps in the KPU's
 * memory are read as a few channels of 64 pixels a row, whose 1x1 convolution has a handful of weights.
 */
import { kpuLineBytes, mapLines } from '../simulator/kpu-memory';
import { isAddition, type DeviceGraph, type DeviceNode, type FeatureMap } from './device-graph';
import type { ChosenRange } from './quantization';

/** Rows of a map that the chip takes. */
const rows = { most: 256, least: 4 } as const;
/** Of both maps together. */
const mostChannels = 1024;

/**
 * Lines of KPU memory as a map whose rows are one line each.
 * @returns the one with the fewest channels; undefined where no number of rows fits
 */
export function viewOfLines(lines: number): FeatureMap | undefined {
  for (let channels = Math.ceil(lines / rows.most); 2 * channels <= mostChannels && lines / channels >= rows.least; channels++) {
    if (lines % channels === 0) return { width: kpuLineBytes, height: lines / channels, channels };
  }
  return undefined;
}

/**
 * The same network, its additions taken out of their convolutions. Those whose sum goes to main memory stay, and those whose activation
 * differs between channels: both need to know where the channels lie.
 */
export function separateAdditions(graph: DeviceGraph): DeviceGraph {
  const last = graph.nodes.filter(({ kind }) => kind === 'conv').at(-1);
  return { ...graph, nodes: graph.nodes.flatMap((node): DeviceNode[] => {
    if (node.kind !== 'conv' || node.residual === undefined || node === last || node.activation.kind === 'prelu') return [node];
    const { residual, ...summand } = node;
    const { width, height, channels } = node.output;
    if (viewOfLines(mapLines(width, height, channels)) === undefined) return [node];
    const name = `${node.name}/summand`;
    return [
      { ...summand, name, activation: { kind: 'linear' } },
      { ...node, input: name, residual, kernelSize: 1, depthwise: true, weights: new Float32Array(channels).fill(1), bias: new Float32Array(channels) },
    ];
  }) };
}

/** The ranges, those of summands widened so that weights hold the ratio of both scales exactly. */
export function withWholeRatios({ nodes }: DeviceGraph, ranges: ReadonlyMap<string, ChosenRange>, weightBits: 8 | 16): ReadonlyMap<string, ChosenRange> {
  const widened = new Map(ranges);
  const largest = 2 ** (weightBits - 1) - 1;
  for (const node of nodes) {
    if (!isAddition(node)) continue;
    const own = ranges.get(node.input);
    const added = ranges.get(node.residual)?.quantization;
    if (!own || !added) continue;
    const ratio = own.quantization.scale / added.scale;
    const whole = ratio <= 1 ? Math.ceil(ratio * largest) / largest : largest / Math.max(1, Math.floor(largest / ratio));
    widened.set(node.input, { ...own, quantization: { ...own.quantization, scale: added.scale * whole } });
  }
  return widened;
}
