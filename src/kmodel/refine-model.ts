/** From floats to the integers that agree best with them: what is tried, and how it is judged. */
import { silentProgress, type ProgressReporter } from '../base/progress';
import type { Engine } from '../engine/engine';
import { calibrate, type Calibration } from './compiler/calibrate';
import { compile, type CompileOptions } from './compiler/compile';
import { correctBiases } from './compiler/correct-biases';
import { pictureInput, sizeOf, type DeviceGraph, type GlobalDepthwiseNode } from './compiler/device-graph';
import { tileRanges } from './compiler/global-tiles';
import { quantizeNetwork, type QuantizedNetwork, type QuantizeOptions } from './compiler/quantize-network';
import type { Quantization, RangeChoice } from './compiler/quantization';
import { turnedPicture } from './compiler/turn-for-stride';
import type { KmodelFacts } from './kmodel-facts';
import { measureAgreement, type MeasuredModel } from './measure-agreement';
import { planarPicture } from './simulator/picture-input';

export interface RefineOptions extends Omit<QuantizeOptions, 'isEqualized'>, Pick<CompileOptions, 'output' | 'globalDepthwise'> {
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
  for (const wish of wishesOf(options.ranges)) {
    const model = await refined(engine, graph, calibration, { ...options, ...wish });
    const { meanCosine } = await measureAgreement(engine, model, options.faces.slice(0, comparedFaces), options.progress, options.signal);
    candidates.push({ model, meanCosine });
  }
  return candidates.reduce((best, other) => (other.meanCosine > best.meanCosine ? other : best)).model;
}

/** Each layer's own best range is not always the best for what comes after it. */
function wishesOf(ranges: RangeChoice): readonly Pick<QuantizeOptions, 'ranges' | 'isEqualized'>[] {
  const plain = [{ ranges, isEqualized: false }, { ranges, isEqualized: true }];
  return ranges === 'auto' ? [...plain, { ranges: 'mse', isEqualized: true }] : plain;
}

async function refined(engine: Engine, graph: DeviceGraph, calibration: Calibration, options: RefineOptions & { readonly isEqualized: boolean }): Promise<RefinedModel> {
  const { weightBits, output, globalDepthwise, facts, signal, isEqualized } = options;
  const { reference, device, ranges, slopeErrors } = quantizeNetwork({ graph, statistics: calibration.statistics }, options);
  const quantization = new Map([...ranges].map(([name, range]) => [name, range.quantization]));
  const quantizationOf = (name: string): Quantization => quantization.get(name) ?? { scale: 1, zero: 0 };
  const faces = options.faces.slice(0, correctionFaces).map((face) => turnedPicture(face, facts.input.turn));
  const { statistics } = await calibrate(engine, reference, { count: faces.length, read: (index) => Promise.resolve(faces[index] ?? new Uint8Array()) }, silentProgress, signal);
  const pixels = pixelMeans(faces, graph);
  const { graph: corrected, lastMaps } = correctBiases(device, { weightBits, quantizationOf }, {
    pictures: faces.map((face) => planarPicture(face, 3)),
    floatMeans: (name) => (name === pictureInput ? pixels : (statistics.get(name)?.channels.mean ?? new Float32Array())),
  }, signal);
  const global = corrected.nodes.find((node): node is GlobalDepthwiseNode => node.kind === 'globalDepthwise');
  if (global) for (const [name, range] of tileRanges(global, sizeOf(corrected, global.input), lastMaps, quantizationOf(global.input), options.ranges)) quantization.set(name, range);
  const largestOutput = calibration.embeddings.reduce((largest, embedding) => embedding.reduce((most, value) => Math.max(most, Math.abs(value)), largest), 1e-6);
  const compiled = compile(corrected, quantization, { weightBits, output, globalDepthwise, largestOutput });
  return { reference, compiled, facts, ranges, slopeErrors, isEqualized };
}

/** Of each colour, as they enter the network. */
function pixelMeans(faces: readonly Uint8Array[], { input: { channels }, normalization: { mean, deviation } }: DeviceGraph): Float32Array {
  const sums = new Float64Array(channels);
  for (const face of faces) face.forEach((value, i) => (sums[i % channels] = (sums[i % channels] as number) + value));
  const pixels = faces.reduce((sum, face) => sum + face.length / channels, 0);
  return Float32Array.from(sums, (sum) => (sum / pixels - mean) / deviation);
}
