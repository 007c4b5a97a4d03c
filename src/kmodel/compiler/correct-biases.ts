/**
 * Bias correction (Nagel et al. 2019): rounding weights and values moves the mean of what a convolution computes. Layer after layer the
 * chip's arithmetic runs on some faces, and the difference of the means to those of the floats goes into the bias.
 */
import { throwIfCancelled } from '../../base/user-error';
import { KpuConvolutions } from '../simulator/kpu-convolution';
import type { ConvLayer } from '../v3/program';
import { isAddition, pictureInput, type ConvNode, type DeviceGraph } from './device-graph';
import { roundedWeights } from './encode-conv';
import { convFloats, lowerConv, storedMaps, type ConvOptions, type StoredMap } from './lower-conv';
import type { Quantization } from './quantization';

export interface CorrectionFaces {
  /** Bytes [channels][height][width] as they enter the chip. */
  readonly pictures: readonly Uint8Array[];
  /** Mean of each channel of a node's output in floats, on these faces. */
  readonly floatMeans: (node: string) => Float32Array;
}

export interface CorrectedGraph {
  /** With corrected biases of all convolutions on maps, but for additions: what is wrong with their means, their readers make up for. */
  readonly graph: DeviceGraph;
  /** What the chip makes of each picture up to the last map: bytes [channels][height][width]. */
  readonly lastMaps: readonly Uint8Array[];
}

/**
 * @param graph with the slopes that the chip's tables hold
 * @throws CancelledError
 */
export function correctBiases(
  graph: DeviceGraph, options: Pick<ConvOptions, 'weightBits' | 'quantizationOf'>, faces: CorrectionFaces, signal: AbortSignal,
): CorrectedGraph {
  const convs = graph.nodes.filter((node): node is ConvNode => node.kind === 'conv');
  const maps = storedMaps(graph, convs);
  const bytes = new Map<string, readonly Uint8Array[]>([[pictureInput, faces.pictures]]);
  const corrected = new Map<string, ConvNode>();
  convs.forEach((node, index) => {
    throwIfCancelled(signal, 'The conversion');
    const means = [node.input, ...(node.residual === undefined ? [] : [node.residual])].map((name) => ({
      float: faces.floatMeans(name), chip: chipMeans(bytes.get(name) ?? [], maps.get(name) as StoredMap, mapQuantization(graph, name, options)),
    }));
    const better = isAddition(node) ? node : { ...node, bias: correctedBias(graph, node, options, means) };
    corrected.set(node.name, better);
    const layers = lowerConv(graph, better, maps, { ...options, lineOf: () => 0, isPacked: true });
    const convolutions = new KpuConvolutions(layers.map((layer) => ({ layer, name: node.name })));
    const inputs = bytes.get(node.input) ?? [];
    const residuals = node.residual === undefined ? undefined : bytes.get(node.residual);
    bytes.set(node.name, inputs.map((input, face) => runParts(convolutions, layers, node, input, residuals?.[face])));
    for (const name of [...bytes.keys()]) {
      if (name !== node.name && !convs.slice(index + 1).some((later) => later.input === name || later.residual === name)) bytes.delete(name);
    }
  });
  return {
    graph: { ...graph, nodes: graph.nodes.map((node) => corrected.get(node.name) ?? node) },
    lastMaps: bytes.get(convs.at(-1)?.name ?? pictureInput) ?? [],
  };
}

interface Means {
  /** One for each channel. */
  readonly float: Float32Array;
  readonly chip: Float32Array;
}

/** Adds what rounding took from the mean: sum of w * mean(x) in floats less the same with the chip's weights and values. */
function correctedBias(graph: DeviceGraph, node: ConvNode, options: Pick<ConvOptions, 'weightBits' | 'quantizationOf'>, means: readonly Means[]): Float32Array {
  const floats = convFloats(graph, node, options);
  const rounded = roundedWeights(floats);
  const columns = floats.weights.length / floats.bias.length;
  const taps = node.kernelSize ** 2;
  const float = means.flatMap((each) => [...each.float]);
  const chip = means.flatMap((each) => [...each.chip]);
  return floats.bias.map((bias, row) => {
    let difference = 0;
    for (let column = 0; column < columns; column++) {
      const channel = node.depthwise ? row : Math.floor(column / taps);
      const at = row * columns + column;
      difference += (floats.weights[at] as number) * (float[channel] as number) - (rounded[at] as number) * (chip[channel] as number);
    }
    return bias + difference;
  });
}

function mapQuantization(graph: DeviceGraph, name: string, { quantizationOf }: Pick<ConvOptions, 'quantizationOf'>): Quantization {
  return name === pictureInput ? { scale: 1 / graph.normalization.deviation, zero: graph.normalization.mean } : quantizationOf(name);
}

/** Of the pixels that belong to the network. */
function chipMeans(faces: readonly Uint8Array[], { size, unpicked }: StoredMap, { scale, zero }: Quantization): Float32Array {
  const step = unpicked ? 2 : 1;
  const pixels = size.width * size.height;
  const count = faces.length * Math.ceil(size.width / step) * Math.ceil(size.height / step);
  return Float32Array.from({ length: size.channels }, (_, channel) => {
    let sum = 0;
    for (const bytes of faces) {
      for (let y = 0; y < size.height; y += step) {
        for (let x = 0; x < size.width; x += step) sum += bytes[channel * pixels + y * size.width + x] as number;
      }
    }
    return scale * (sum / count - zero);
  });
}

function runParts(convolutions: KpuConvolutions, layers: readonly ConvLayer[], node: ConvNode, input: Uint8Array, residual: Uint8Array | undefined): Uint8Array {
  const read = residual ? joined([input, residual]) : input;
  const channelBytes = input.length / node.output.channels;
  let first = 0;
  return joined(layers.map((layer, i) => {
    const channels = node.parts?.[i] ?? node.output.channels;
    const own = node.depthwise && !isAddition(node) ? read.subarray(first * channelBytes, (first + channels) * channelBytes) : read;
    first += channels;
    return convolutions.run(layer, own);
  }));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1 && parts[0]) return parts[0];
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((start, part) => (whole.set(part, start), start + part.length), 0);
  return whole;
}
