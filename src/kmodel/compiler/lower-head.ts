/** The end of a network: global depthwise convolution, dense layers and the output, on vectors (design document "k210-kmodel", section 6.5). */
import { UserError } from '../../base/user-error';
import type { Layer } from '../v3/program';
import { kpuLineCount, mapLines } from '../simulator/kpu-memory';
import { convLayer } from './conv-layer';
import type { DenseNode, DeviceNode, FeatureMap, GlobalDepthwiseNode } from './device-graph';
import { encodeConv } from './encode-conv';
import { globalTiles } from './global-tiles';
import type { LayerOrigin } from './lower-features';
import type { MainMemory } from './main-memory';
import type { Quantization } from './quantization';

export const outputForms = ['l2', 'raw', 'scaled'] as const;
/** `l2`: unit length. `raw`: as the network gives it. `scaled`: all values within 0.248, for firmware that wraps larger ones. */
export type OutputForm = (typeof outputForms)[number];

export const globalDepthwiseForms = ['cpu', 'kpu', 'tiles'] as const;
/**
 * How a global depthwise convolution is computed. `cpu`: each byte becomes the float of its product, then the mean of each channel is
 * taken: exact weights, and no fixed time of KPU layers. `kpu`: blocks of channels as 1x1 convolutions, most of whose weights are zero.
 * `tiles`: 3x3 pixels at a time as depthwise convolutions on the KPU, their sums added in floats: the smallest file.
 */
export type GlobalDepthwiseForm = (typeof globalDepthwiseForms)[number];

export interface HeadOptions {
  readonly weightBits: 8 | 16;
  readonly globalDepthwise: GlobalDepthwiseForm;
  readonly quantizationOf: (node: string) => Quantization;
  readonly output: OutputForm;
  /** Largest absolute value of the embedding on the calibration pictures. */
  readonly largestOutput: number;
}

export interface LoweredHead {
  readonly layers: readonly Layer[];
  /** For each of `layers`. */
  readonly origins: readonly LayerOrigin[];
  /** Where the floats of the embedding lie in the work buffer. */
  readonly output: { readonly addressBytes: number; readonly sizeBytes: number };
}

/** A vector in the work buffer, as bytes or as floats. */
type Vector = { readonly address: number; readonly length: number } & ({ readonly quantization: Quantization } | { readonly floats: true });

/** Values become maps of this side, whose first pixel counts. */
const paddedSide = 4;
const mostChannels = 1024;
/** Channels that one block-diagonal convolution takes: larger blocks are faster, smaller ones have fewer zeros. */
const blockChannels = { few: 16, many: 8, manyFrom: 256 } as const;
/** Dense layers with more bytes of floats than this run on the KPU, with quantized weights. */
const largestFloatBytes = 128 * 1024;
/** The firmware's face_encode turns values of 0.25 and more into negative ones. */
const largestEncoded = 0.248;

/** Where the last feature map lies. */
export interface MapPlaces {
  /** In the work buffer, packed bytes [channels][height][width]; of no use to `tiles`. */
  readonly address: number;
  /** In KPU memory. */
  readonly line: number;
}

/** @throws UserError naming the layer that cannot be computed */
export function lowerHead(nodes: readonly DeviceNode[], map: FeatureMap, input: MapPlaces, memory: MainMemory, options: HeadOptions): LoweredHead {
  return new HeadLowering(memory, options).run(nodes, map, input);
}

class HeadLowering {
  private readonly layers: Layer[] = [];
  private readonly origins: LayerOrigin[] = [];

  constructor(private readonly memory: MainMemory, private readonly options: HeadOptions) {}

  run([first, ...rest]: readonly DeviceNode[], map: FeatureMap, input: MapPlaces): LoweredHead {
    if (first?.kind !== 'globalDepthwise') throw new UserError(`The feature maps end in ${first?.name ?? 'nothing'}, not in a global depthwise convolution.`, 'Use a network of the MobileFaceNet family.');
    const largest = this.options.output === 'scaled' ? largestEncoded / this.options.largestOutput : 1;
    let vector = this.addGlobal(first, map, input);
    rest.forEach((node, i) => {
      if (node.kind !== 'dense') throw new UserError(`Layer ${node.name} (${node.kind}) follows a vector.`, 'Put all convolutions before the head of the network.');
      const factor = i === rest.length - 1 ? largest : 1;
      const scaled = factor === 1 ? node : { ...node, weights: node.weights.map((value) => value * factor), bias: node.bias.map((value) => value * factor) };
      const onKpu = node.weights.byteLength > largestFloatBytes;
      vector = onKpu ? this.addDenseOnKpu(node, factor, vector) : this.addDense(scaled, vector);
    });
    const end = this.asFloats(vector, rest.at(-1)?.name ?? first.name);
    if (this.options.output === 'l2') this.add('l2_normalization', { kind: 'l2Normalization', flags: 1, input: end.address, output: end.address, count: end.length });
    return { layers: this.layers, origins: this.origins, output: { addressBytes: end.address, sizeBytes: 4 * end.length } };
  }

  private addGlobal(node: GlobalDepthwiseNode, map: FeatureMap, { address, line }: MapPlaces): Vector {
    switch (this.options.globalDepthwise) {
      case 'cpu': return this.addWeightedMeans(node, map, address);
      case 'kpu': return this.addBlocks(node, map, address);
      case 'tiles': return this.addTiles(node, map, line);
    }
  }

  /** The sums of all tiles, each where the middle of its tile is, are picked out of their maps and added up as means of as many. */
  private addTiles(node: GlobalDepthwiseNode, map: FeatureMap, line: number): Vector {
    const { weightBits, quantizationOf } = this.options;
    const { width, height, channels } = map;
    const source = quantizationOf(node.input);
    const lines = mapLines(width, height, channels);
    const outputLine = line + 2 * lines <= kpuLineCount ? line + lines : 0;
    const tiles = globalTiles(node, map);
    // What is read of it begins at the first sum, so its end lies as much behind that of the map.
    const scratch = this.memory.take(width * height * (channels + 1));
    const sums = this.memory.take(tiles.length * channels);
    tiles.forEach(({ name, x, y, weights, bias }, index) => {
      const encoded = encodeConv({ weights, bias, input: source, output: quantizationOf(name), activation: { kind: 'linear' }, weightBits });
      this.add(node.name, convLayer({
        name: node.name, input: map, inputLine: line, outputChannels: channels, outputLine, kernelSize: 3, depthwise: true, poolType: 0, inputZero: source.zero, weightBits, mainMemoryOutput: scratch,
      }, encoded));
      this.add(node.name, {
        kind: 'quantizedResizeNearestNeighbor', flags: 1, input: scratch + y * width + x, output: sums + index * channels, width, height, channels, outputWidth: 1, outputHeight: 1, alignCorners: 0,
      });
    });
    const parameters = tiles.map(({ name }) => {
      const { scale, zero } = quantizationOf(name);
      return { scale: Math.fround(tiles.length * scale), bias: Math.fround(-tiles.length * scale * zero) };
    });
    const floats = this.memory.take(4 * tiles.length * channels);
    const byChannel = this.memory.take(4 * tiles.length * channels);
    const address = this.memory.take(4 * channels);
    this.add(node.name, { kind: 'channelwiseDequantize', flags: 1, input: sums, output: floats, channels: tiles.length, channelSize: channels, parameters });
    this.add(node.name, { kind: 'tensorflowFlatten', flags: 1, input: floats, output: byChannel, width: channels, height: 1, channels: tiles.length });
    this.add(node.name, { kind: 'globalAveragePool2d', flags: 1, input: byChannel, output: address, kernelSize: tiles.length, channels }, { first: 0, count: channels });
    return { address, length: channels, floats: true };
  }

  /** sum(w x) + b is the mean of pixels * w x + b; every pixel is a channel of its own to the layer that turns bytes into floats. */
  private addWeightedMeans({ name, weights, bias, input: source }: GlobalDepthwiseNode, map: FeatureMap, input: number): Vector {
    const pixels = map.width * map.height;
    const { scale, zero } = this.options.quantizationOf(source);
    const parameters = Array.from(weights, (weight, i) => {
      const factor = pixels * weight * scale;
      return { scale: Math.fround(factor), bias: Math.fround((bias[Math.floor(i / pixels)] as number) - factor * zero) };
    });
    const products = this.memory.take(4 * weights.length);
    const address = this.memory.take(4 * map.channels);
    this.add(name, { kind: 'channelwiseDequantize', flags: 1, input, output: products, channels: weights.length, channelSize: 1, parameters });
    this.add(name, { kind: 'globalAveragePool2d', flags: 1, input: products, output: address, kernelSize: pixels, channels: map.channels }, { first: 0, count: map.channels });
    return { address, length: map.channels, floats: true };
  }

  /** Blocks of channels as 1x1 convolutions whose inputs are all pixels of these channels. */
  private addBlocks(node: GlobalDepthwiseNode, map: FeatureMap, input: number): Vector {
    const pixels = map.width * map.height;
    const output = this.options.quantizationOf(node.name);
    const source = this.options.quantizationOf(node.input);
    const wanted = map.channels >= blockChannels.manyFrom ? blockChannels.many : blockChannels.few;
    const size = Math.min(wanted, Math.floor(mostChannels / pixels), map.channels);
    if (size < 1) throw new UserError(`Layer ${node.name} covers ${map.width} x ${map.height} pixels, more than the chip's ${mostChannels} channels.`, 'Use a smaller input.');
    const address = this.memory.take(map.channels);
    const scratch = this.memory.take(size * paddedSide ** 2);
    for (let first = 0; first < map.channels; first += size) {
      const count = Math.min(size, map.channels - first);
      const weights = new Float32Array(count * count * pixels);
      for (let row = 0; row < count; row++) weights.set(node.weights.subarray((first + row) * pixels, (first + row + 1) * pixels), (row * count + row) * pixels);
      this.addPadded(node.name, {
        input: input + first * pixels, inputs: count * pixels, source, weights, bias: node.bias.slice(first, first + count), output, scratch, target: address + first, first,
      });
    }
    return { address, length: map.channels, quantization: output };
  }

  private addDenseOnKpu(node: DenseNode, factor: number, floatsOrBytes: Vector): Vector {
    const vector = this.asBytes(floatsOrBytes, node);
    const { channels } = node.output;
    const output = this.options.quantizationOf(node.name);
    const address = this.memory.take(channels);
    this.addPadded(node.name, {
      input: vector.address, inputs: vector.length, source: vector.quantization, weights: node.weights, bias: node.bias, output,
      scratch: this.memory.take(channels * paddedSide ** 2), target: address, first: 0,
    });
    return { address, length: channels, quantization: { scale: output.scale * factor, zero: output.zero } };
  }

  /** A 1x1 convolution of single values: to the KPU, through it, and back. */
  private addPadded(name: string, part: PaddedConv): void {
    const { weightBits } = this.options;
    const outputs = part.bias.length;
    const size = { width: paddedSide, height: paddedSide, channels: part.inputs };
    const inputLine = 0;
    // Four channels share a line of these maps.
    const outputLine = paddedSide * Math.ceil(part.inputs / 4);
    const encoded = encodeConv({ weights: part.weights, bias: part.bias, input: part.source, output: part.output, activation: { kind: 'linear' }, weightBits });
    this.add(name, { kind: 'addPadding', flags: 0, input: part.input, outputLine: inputLine, channels: part.inputs });
    this.add(name, convLayer({
      name, input: size, inputLine, outputChannels: outputs, outputLine, kernelSize: 1, depthwise: false, poolType: 0, inputZero: part.source.zero, weightBits, mainMemoryOutput: part.scratch,
    }, encoded));
    this.add(name, { kind: 'removePadding', flags: 1, input: part.scratch, output: part.target, channels: outputs }, { first: part.first, count: outputs });
  }

  private addDense(node: DenseNode, vector: Vector): Vector {
    const input = this.asFloats(vector, node.name);
    const { channels } = node.output;
    const address = this.memory.take(4 * channels);
    this.add(node.name, {
      kind: 'fullyConnected', flags: 0, input: input.address, output: address, inputChannels: input.length, outputChannels: channels, activation: 0, weights: node.weights, bias: node.bias,
    });
    return { address, length: channels, floats: true };
  }

  private asBytes(vector: Vector, { name, input }: DenseNode): Vector & { readonly quantization: Quantization } {
    if ('quantization' in vector) return vector;
    const quantization = this.options.quantizationOf(input);
    const { scale, zero } = quantization;
    const address = this.memory.take(vector.length);
    this.add(name, { kind: 'quantize', flags: 0, input: vector.address, output: address, count: vector.length, scale: Math.fround(scale), bias: Math.fround(-scale * zero) });
    return { address, length: vector.length, quantization };
  }

  private asFloats(vector: Vector, name: string): { readonly address: number; readonly length: number } {
    if (!('quantization' in vector)) return vector;
    const { scale, zero } = vector.quantization;
    const address = this.memory.take(4 * vector.length);
    this.add(name, { kind: 'dequantize', flags: 1, input: vector.address, output: address, count: vector.length, scale: Math.fround(scale), bias: Math.fround(-scale * zero) });
    return { address, length: vector.length };
  }

  private add(name: string, layer: Layer, channels?: LayerOrigin['channels']): void {
    this.layers.push(layer);
    this.origins.push(channels ? { name, channels } : { name });
  }
}

interface PaddedConv {
  readonly input: number;
  readonly inputs: number;
  readonly source: Quantization;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly output: Quantization;
  readonly scratch: number;
  readonly target: number;
  /** Of the node's channels. */
  readonly first: number;
}
