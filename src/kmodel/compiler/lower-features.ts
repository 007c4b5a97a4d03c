/** The part of a network that runs on the KPU: convolutions on feature maps, with their places in KPU memory. */
import { UserError } from '../../base/user-error';
import { mapLines } from '../simulator/kpu-memory';
import type { ConvLayer } from '../v3/program';
import { allocateLines, type LineBlock } from './allocate-lines';
import { isAddition, pictureInput, type ConvNode, type DeviceGraph, type FeatureMap } from './device-graph';
import { lowerConv, storedMaps, type ConvOptions, type StoredMap } from './lower-conv';

export interface FeatureOptions extends Pick<ConvOptions, 'weightBits' | 'quantizationOf'> {
  /** Where the last map also goes in the work buffer; absent where the KPU reads it on. */
  readonly lastOutput?: number | undefined;
}

/** What a layer of the program computes of the network. */
export interface LayerOrigin {
  /** Name of the network's layer. */
  readonly name: string;
  /** Which of its channels the layer's output is; absent where the output is none of the network's. */
  readonly channels?: { readonly first: number; readonly count: number };
}

export interface LoweredFeatures {
  readonly layers: readonly ConvLayer[];
  /** For each of `layers`. */
  readonly origins: readonly LayerOrigin[];
  readonly output: FeatureMap;
  /** First line of the last map in KPU memory. */
  readonly outputLine: number;
}

/** @throws UserError naming the layer that the chip cannot compute */
export function lowerFeatures(graph: DeviceGraph, convs: readonly ConvNode[], options: FeatureOptions): LoweredFeatures {
  const last = convs.at(-1);
  if (!last) throw new UserError('The network has no convolution.', 'Give a face network.');
  const maps = storedMaps(graph, convs);
  const lines = allocateLines(lineBlocks(convs, maps));
  const { weightBits, quantizationOf, lastOutput } = options;
  const common = { weightBits, quantizationOf, lineOf: (name: string) => lines.get(name) ?? 0 };
  const lowered = convs.map((node) => lowerConv(graph, node, maps, node === last && lastOutput !== undefined ? { ...common, mainMemoryOutput: lastOutput } : common));
  const origins = convs.flatMap((node): LayerOrigin[] => {
    const { name, output, parts = [output.channels] } = node;
    // The layer of an addition does not know where channels lie.
    if (isAddition(node)) return [{ name }];
    return parts.map((count, i) => ({ name, channels: { first: parts.slice(0, i).reduce((sum, channels) => sum + channels, 0), count } }));
  });
  return { layers: lowered.flat(), origins, output: last.output, outputLine: lines.get(last.name) ?? 0 };
}

/** One block for each map; the two maps that a joined addition reads lie side by side. */
function lineBlocks(convs: readonly ConvNode[], maps: ReadonlyMap<string, StoredMap>): LineBlock[] {
  const step = new Map([[pictureInput, -1], ...convs.map((node, i) => [node.name, i] as const)]);
  const lastRead = (name: string): number => convs.reduce((last, node, i) => (node.input === name || node.residual === name ? i : last), step.get(name) ?? 0);
  const part = (name: string): LineBlock[number] => {
    const { width, height, channels } = (maps.get(name) as StoredMap).size;
    return { name, lines: mapLines(width, height, channels), firstStep: step.get(name) ?? 0, lastStep: lastRead(name) };
  };
  const joined = new Map(convs.flatMap((node) => (node.residual === undefined ? [] : [[node.input, node.residual] as const])));
  const residuals = new Set(joined.values());
  if (residuals.size < joined.size) throw new UserError('One map is added to two others, which cannot both lie beside it.', 'Simplify the network.');
  const names = [pictureInput, ...convs.map(({ name }) => name)];
  return names.filter((name) => !residuals.has(name) || joined.has(name)).map((name) => {
    const residual = joined.get(name);
    return residual === undefined ? [part(name)] : [part(name), part(residual)];
  });
}
