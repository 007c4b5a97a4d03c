/** One convolution of the network as layers of the KPU: their floats, registers and tables. */
import { UserError } from '../../base/user-error';
import { mapLayout, mapLines } from '../simulator/kpu-memory';
import type { ConvLayer } from '../v3/program';
import { convLayer, keepEvenPixels } from './conv-layer';
import { isAddition, pictureInput, sizeOf, type Activation, type ConvNode, type DeviceGraph, type FeatureMap } from './device-graph';
import { encodeConv, type ConvFloats } from './encode-conv';
import { identityKernel } from './kernel-layout';
import type { Quantization } from './quantization';
import { viewOfLines } from './separate-additions';

export interface ConvOptions {
  readonly weightBits: 8 | 16;
  /** Range of each node's output. */
  readonly quantizationOf: (node: string) => Quantization;
  /** First line of each map in KPU memory. */
  readonly lineOf: (node: string) => number;
  /** Where this convolution's result also goes in the work buffer. */
  readonly mainMemoryOutput?: number;
  /** The layers are for maps as packed bytes, not as lines of KPU memory. */
  readonly isPacked?: boolean;
}

export interface StoredMap {
  /** As it lies in memory. */
  readonly size: FeatureMap;
  /** Only every other pixel in both directions belongs to the network: its reader must pick. */
  readonly unpicked: boolean;
}

/**
 * The maps as they lie in memory. The chip cannot pick pixels of a depthwise convolution; the 1x1 convolution behind it does, which
 * comes to the same.
 * @throws UserError naming the layer that the chip cannot compute
 */
export function storedMaps(graph: DeviceGraph, convs: readonly ConvNode[]): ReadonlyMap<string, StoredMap> {
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

/**
 * @param maps as of `storedMaps`
 * @returns one layer for each part of the node, in the order of its channels
 * @throws UserError naming the layer that the chip cannot compute
 */
export function lowerConv(graph: DeviceGraph, node: ConvNode, maps: ReadonlyMap<string, StoredMap>, options: ConvOptions): ConvLayer[] {
  if (isAddition(node)) return [lowerAddition(graph, node, (maps.get(node.name) as StoredMap).size, options)];
  const read = maps.get(node.input) as StoredMap;
  const floats = convFloats(graph, node, options);
  const { size } = maps.get(node.name) as StoredMap;
  const linesBefore = (map: FeatureMap, channel: number): number => (channel / mapLayout(map.width).groups) * mapLayout(map.width).rowLines * map.height;
  let first = 0;
  return (node.parts ?? [node.output.channels]).map((channels) => {
    const start = first;
    first += channels;
    const encoded = encodeConv(partOf(floats, start, channels));
    return convLayer({
      name: node.name, input: { ...read.size, channels: node.depthwise ? channels : inputChannels(graph, node) }, outputChannels: channels,
      inputLine: options.lineOf(node.input) + (node.depthwise ? linesBefore(read.size, start) : 0), outputLine: options.lineOf(node.name) + linesBefore(size, start),
      kernelSize: node.kernelSize, depthwise: node.depthwise, poolType: read.unpicked || (node.stride === 2 && !node.depthwise) ? keepEvenPixels : 0,
      inputZero: floats.input.zero, weightBits: options.weightBits,
      ...(options.mainMemoryOutput === undefined ? {} : { mainMemoryOutput: options.mainMemoryOutput + start * size.width * size.height }),
    }, encoded);
  });
}

/** Both maps as channels of one, added pixel by pixel. */
function lowerAddition(graph: DeviceGraph, node: ConvNode, size: FeatureMap, options: ConvOptions): ConvLayer {
  const view = (options.isPacked ? undefined : viewOfLines(mapLines(size.width, size.height, size.channels))) ?? size;
  const { channels } = view;
  const summand: ConvNode = { ...node, depthwise: false, weights: identityKernel(channels), bias: new Float32Array(channels) };
  const floats = residualFloats(graph, summand, channels, options);
  return convLayer({
    name: node.name, input: { ...view, channels: 2 * channels }, inputLine: options.lineOf(node.input), outputChannels: channels, outputLine: options.lineOf(node.name),
    kernelSize: 1, depthwise: false, poolType: 0, inputZero: floats.input.zero, weightBits: options.weightBits,
  }, encodeConv(floats));
}

function inputChannels(graph: DeviceGraph, { input, residual }: ConvNode): number {
  return sizeOf(graph, input).channels + (residual === undefined ? 0 : sizeOf(graph, residual).channels);
}

/** The rows of some output channels. */
function partOf(floats: ConvFloats, first: number, channels: number): ConvFloats {
  const columns = floats.weights.length / floats.bias.length;
  return {
    ...floats, weights: floats.weights.subarray(first * columns, (first + channels) * columns), bias: floats.bias.subarray(first, first + channels),
    activation: partOfActivation(floats.activation, first, channels),
  };
}

function partOfActivation(activation: Activation, first: number, channels: number): Activation {
  return activation.kind === 'prelu' ? { kind: 'prelu', slopes: activation.slopes.subarray(first, first + channels) } : activation;
}

function inputQuantization(graph: DeviceGraph, input: string, quantizationOf: ConvOptions['quantizationOf']): Quantization {
  if (input !== pictureInput) return quantizationOf(input);
  // Pixels are their own bytes; where the mean is no whole number the rest goes into the bias.
  return { scale: 1 / graph.normalization.deviation, zero: Math.round(graph.normalization.mean) };
}

/** All rows of a convolution, with the joined addition as columns of its own. */
export function convFloats(graph: DeviceGraph, node: ConvNode, options: FloatOptions): ConvFloats {
  if (node.residual !== undefined) return residualFloats(graph, node, sizeOf(graph, node.input).channels, options);
  const common = commonFloats(graph, node, options);
  const { input } = common;
  const isPicture = node.input === pictureInput && Number.isInteger(graph.normalization.mean) === false;
  const pixel: Quantization = { scale: input.scale, zero: graph.normalization.mean };
  return isPicture ? { ...common, weights: node.weights, columnInput: () => pixel } : { ...common, weights: node.weights };
}

type FloatOptions = Pick<ConvOptions, 'quantizationOf' | 'weightBits'>;

function commonFloats(graph: DeviceGraph, node: ConvNode, { quantizationOf, weightBits }: FloatOptions): Omit<ConvFloats, 'weights'> {
  return { input: inputQuantization(graph, node.input, quantizationOf), output: quantizationOf(node.name), activation: node.activation, weightBits, bias: node.bias };
}

/** @param own channels of the node's input */
function residualFloats(graph: DeviceGraph, node: ConvNode, own: number, options: FloatOptions): ConvFloats {
  const common = commonFloats(graph, node, options);
  const residual = inputQuantization(graph, node.residual ?? '', options.quantizationOf);
  return { ...common, weights: withIdentity(node.weights, own, node.bias.length), columnInput: (column) => (column < own ? common.input : residual) };
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
