/** From floats to the integers that agree best with them: what is tried, and how it is judged. */
import { silentProgress, type ProgressReporter } from '../base/progress';
import type { Engine } from '../engine/engine';
import { calibrate, type Calibration } from './compiler/calibrate';
import { compile, type CompileOptions } from './compiler/compile';
import { correctBiases } from './compiler/correct-biases';
import { pictureInput, sizeOf, type DeviceGraph, type GlobalDepthwiseNode } from './compiler/device-graph';
import type { StatedGraph } from './compiler/equalize';
import { tileRanges } from './compiler/global-tiles';
import { arrangeChannels, quantizeNetwork, type ChannelOptions, type QuantizedNetwork, type QuantizeOptions } from './compiler/quantize-network';
import type { Quantization, RangeChoice } from './compiler/quantization';
import { turnedPicture } from './compiler/turn-for-stride';
import type { KmodelFacts } from './kmodel-facts';
import { measureAgreement, type MeasuredModel } from './measure-agreement';
import { planarPicture } from './simulator/picture-input';

export interface RefineOptions extends QuantizeOptions, Pick<ChannelOptions, 'slopeParts'>, Pick<CompileOptions, 'output' | 'globalDepthwise'> {
  readonly facts: Pick<KmodelFacts, 'input' | 'embeddingLength'>;
  /** RGB [size, size, 3], of the calibration; as the user gave them. */
  readonly faces: readonly Uint8Array[];
  readonly progress: ProgressReporter;
  readonly signal: AbortSignal;
}

export interface RefinedModel extends MeasuredModel, Pick<QuantizedNetwork, 'ranges' | 'slopeErrors'> {
  /** Channels were scaled towards the same range. */
  readonly isEqualized: boolean;
}

/** Faces that biases are corrected by, and that candidates are compared by. */
const correctionFaces = 16;
const comparedFaces = 6;

/** @param graph turned so that it keeps even pixels @throws UserError naming the layer that the chip cannot compute; CancelledError */
export async function refineModel(engine: Engine, graph: DeviceGraph, calibration: Calibration, options: RefineOptions): Promise<RefinedModel> {
  const candidates = [];
  for (const isEqualized of [false, true]) {
    const arranged = arrangeChannels({ graph, statistics: calibration.statistics }, { ...options, isEqualized });
    const floats = await floatsOf(engine, arranged, options);
    for (const ranges of rangesToTry(options.ranges, isEqualized)) {
      const model = { ...refined(floats, calibration, { ...options, ranges }), isEqualized };
      const { meanCosine } = await measureAgreement(engine, model, options.faces.slice(0, comparedFaces), options.progress, options.signal);
      candidates.push({ model, meanCosine });
    }
  }
  return candidates.reduce((best, other) => (other.meanCosine > best.meanCosine ? other : best)).model;
}

/** Each layer's own best range is not always the best for what comes after it. */
function rangesToTry(wish: RangeChoice, isEqualized: boolean): readonly RangeChoice[] {
  return isEqualized && wish === 'auto' ? ['auto', 'mse'] : [wish];
}

/** A network whose channels are arranged, and what it computes in floats on the pictures that biases are corrected by. */
interface ArrangedFloats {
  readonly arranged: StatedGraph;
  /** As they enter the network. */
  readonly pictures: readonly Uint8Array[];
  readonly statistics: Calibration['statistics'];
}

async function floatsOf(engine: Engine, arranged: StatedGraph, { faces, facts, signal }: RefineOptions): Promise<ArrangedFloats> {
  const pictures = faces.slice(0, correctionFaces).map((face) => turnedPicture(face, facts.input.turn));
  const { statistics } = await calibrate(engine, arranged.graph, { count: pictures.length, read: (index) => Promise.resolve(pictures[index] ?? new Uint8Array()) }, silentProgress, signal);
  return { arranged, pictures, statistics };
}

function refined({ arranged, pictures, statistics }: ArrangedFloats, calibration: Calibration, options: RefineOptions): Omit<RefinedModel, 'isEqualized'> {
  const { weightBits, output, globalDepthwise, facts, signal } = options;
  const { graph: reference } = arranged;
  const { device, ranges, slopeErrors } = quantizeNetwork(arranged, options);
  const quantization = new Map([...ranges].map(([name, range]) => [name, range.quantization]));
  const quantizationOf = (name: string): Quantization => quantization.get(name) ?? { scale: 1, zero: 0 };
  const pixels = pixelMeans(pictures, reference);
  const { graph: corrected, lastMaps } = correctBiases(device, { weightBits, quantizationOf }, {
    pictures: pictures.map((picture) => planarPicture(picture, 3)),
    floatMeans: (name) => (name === pictureInput ? pixels : (statistics.get(name)?.channels.mean ?? new Float32Array())),
  }, signal);
  const global = corrected.nodes.find((node): node is GlobalDepthwiseNode => node.kind === 'globalDepthwise');
  if (global) for (const [name, range] of tileRanges(global, sizeOf(corrected, global.input), lastMaps, quantizationOf(global.input), options.ranges)) quantization.set(name, range);
  const largestOutput = calibration.embeddings.reduce((largest, embedding) => embedding.reduce((most, value) => Math.max(most, Math.abs(value)), largest), 1e-6);
  const compiled = compile(corrected, quantization, { weightBits, output, globalDepthwise, largestOutput });
  return { reference, compiled, facts, ranges, slopeErrors };
}

/** Of each colour, as they enter the network. */
function pixelMeans(faces: readonly Uint8Array[], { input: { channels }, normalization: { mean, deviation } }: DeviceGraph): Float32Array {
  const sums = new Float64Array(channels);
  for (const face of faces) face.forEach((value, i) => (sums[i % channels] = (sums[i % channels] as number) + value));
  const pixels = faces.reduce((sum, face) => sum + face.length / channels, 0);
  return Float32Array.from(sums, (sum) => (sum / pixels - mean) / deviation);
}
