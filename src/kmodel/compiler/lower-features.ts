/** The part of a network that runs on the KPU: convolutions on feature maps, with their places in KPU memory. */
import { UserError } from '../../base/user-error';
import { mapLines } from '../simulator/kpu-memory';
import type { ConvLayer } from '../v3/program';
import { allocateLines, type LineBlock } from './allocate-lines';
import { convLayer, keepEvenPixels } from './conv-layer';
import { pictureInput, sizeOf, type ConvNode, type DeviceGraph, type FeatureMap } from './device-graph';
import { encodeConv, type ConvFloats } from './encode-conv';
import type { Quantization } from './quantization';

export interface FeatureOptions {
  readonly weightBits: 8 | 16;
  /** Range of each node's output. */
  readonly quantizationOf: (node: string) => Quantization;
  /** Where the last map also goes in the work buffer. */
  readonly lastOutput: number;
}

export interface LoweredFeatures {
  readonly layers: readonly ConvLayer[];
  /** Name of the network's layer behind each of `layers`. */
  readonly names: readonly string[];
  readonly output: FeatureMap;
}

/** @throws UserError naming the layer that the chip cannot compute */
export function lowerFeatures(graph: DeviceGraph, convs: readonly ConvNode[], options: FeatureOptions): LoweredFeatures {
  const last = convs.at(-1);
  if (!last) throw new UserError('The network has no convolution.', 'Give a face network.');
  const maps = storedMaps(graph, convs);
  const lines = allocateLines(lineBlocks(convs, maps));
  const lineOf = (name: string): number => lines.get(name) ?? 0;
  const layers = convs.map((node) => {
    const read = maps.get(node.input) as StoredMap;
    const residual = node.residual === undefined ? undefined : maps.get(node.residual);
    return convLayer({
      name: node.name, input: { ...read.size, channels: read.size.channels + (residual?.size.channels ?? 0) }, inputLine: lineOf(node.input), outputChannels: node.output.channels,
      outputLine: lineOf(node.name), kernelSize: node.kernelSize, depthwise: node.depthwise, poolType: poolTypeOf(node, read), inputZero: inputQuantization(graph, node.input, options).zero,
      weightBits: options.weightBits, ...(node === last ? { mainMemoryOutput: options.lastOutput } : {}),
    }, encodeConv(convFloats(graph, node, options)));
  });
  return { layers, names: convs.map(({ name }) => name), output: last.output };
}

interface StoredMap {
  /** As it lies in memory. */
  readonly size: FeatureMap;
  /** Only every other pixel in both directions belongs to the network: its reader must pick. */
  readonly unpicked: boolean;
}

/** The chip cannot pick pixels of a depthwise convolution; the 1x1 convolution behind it does, which comes to the same. */
function storedMaps(graph: DeviceGraph, convs: readonly ConvNode[]): ReadonlyMap<string, StoredMap> {
  const maps = new Map<string, StoredMap>([[pictureInput, { size: graph.input, unpicked: false }]]);
  for (const node of convs) {
    const input = maps.get(node.input);
    if (!input) throw new UserError(`Layer ${node.name} reads ${node.input}, which is no feature map.`, 'Put all convolutions before the head of the network.');
    const unpicked = node.depthwise && node.stride === 2;
    if (unpicked || input.unpicked) checkPick(convs, node, input.unpicked);
    maps.set(node.name, { size: unpicked ? { ...input.size, channels: node.output.channels } : node.output, unpicked });
  }
  return maps;
}

function checkPick(convs: readonly ConvNode[], node: ConvNode, picks: boolean): void {
  const isPointwise = !node.depthwise && node.kernelSize === 1 && node.stride === 1 && node.residual === undefined;
  const readers = convs.filter((other) => other.input === node.name || other.residual === node.name);
  const isRight = picks ? isPointwise : readers.length === 1 && readers[0]?.residual !== node.name;
  if (isRight) return;
  throw new UserError(
    `Layer ${node.name} ${picks ? 'reads a depthwise convolution of stride 2' : 'is a depthwise convolution of stride 2 with several readers'}, which the chip cannot pick pixels of.`,
    'Put one 1 x 1 convolution behind the depthwise one.',
  );
}

function poolTypeOf(node: ConvNode, read: StoredMap): number {
  return read.unpicked || (node.stride === 2 && !node.depthwise) ? keepEvenPixels : 0;
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

function inputQuantization(graph: DeviceGraph, input: string, { quantizationOf }: FeatureOptions): Quantization {
  if (input !== pictureInput) return quantizationOf(input);
  // Pixels are their own bytes; where the mean is no whole number the rest goes into the bias.
  return { scale: 1 / graph.normalization.deviation, zero: Math.round(graph.normalization.mean) };
}

function convFloats(graph: DeviceGraph, node: ConvNode, options: FeatureOptions): ConvFloats {
  const input = inputQuantization(graph, node.input, options);
  const common = { input, output: options.quantizationOf(node.name), activation: node.activation, weightBits: options.weightBits, bias: node.bias };
  if (node.residual === undefined) {
    const isPicture = node.input === pictureInput && Number.isInteger(graph.normalization.mean) === false;
    const pixel: Quantization = { scale: input.scale, zero: graph.normalization.mean };
    return isPicture ? { ...common, weights: node.weights, columnInput: () => pixel } : { ...common, weights: node.weights };
  }
  const own = sizeOf(graph, node.input).channels;
  const added = sizeOf(graph, node.residual).channels;
  const residual = inputQuantization(graph, node.residual, options);
  return { ...common, weights: withIdentity(node.weights, own, added), columnInput: (column) => (column < own ? input : residual) };
}

/** [W | I]: the convolution of both maps side by side is the convolution of the first plus the second. */
function withIdentity(weights: Float32Array, columns: number, outputs: number): Float32Array {
  const joined = new Float32Array(outputs * (columns + outputs));
  for (let row = 0; row < outputs; row++) {
    joined.set(weights.subarray(row * columns, (row + 1) * columns), row * (columns + outputs));
    joined[row * (columns + outputs) + columns + row] = 1;
  }
  return joined;
}
