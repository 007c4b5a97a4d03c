import { existsSync } from 'node:fs';
import { writeFileAtomic, writeJsonAtomic } from '../base/atomic-file';
import { productVersion } from '../base/product';
import type { ProgressReporter } from '../base/progress';
import { throwIfCancelled, UserError } from '../base/user-error';
import type { Engine } from '../engine/engine';
import type { FaceModel } from '../network/model-folder';
import { latencyWithAdditionsOnCpu } from './addition-latency';
import type { SlopeParts } from './compiler/arrange-slopes';
import { calibrate } from './compiler/calibrate';
import type { GlobalDepthwiseChoice } from './compiler/compile';
import { importNetwork } from './compiler/import-network';
import type { OutputForm } from './compiler/lower-head';
import type { ChosenRange, RangeChoice } from './compiler/quantization';
import { separateAdditions } from './compiler/separate-additions';
import { turnedPicture, turnForStride } from './compiler/turn-for-stride';
import { inspectProgram, type KmodelReport } from './inspect';
import { kmodelFactsFile, type KmodelFacts } from './kmodel-facts';
import { measureAgreement, type Agreement } from './measure-agreement';
import { refineModel, type RefinedModel } from './refine-model';
import { writeProgram } from './v3/write-program';

export interface ConvertOptions {
  readonly weightBits: 8 | 16;
  readonly ranges: RangeChoice;
  /** KPU layers that a convolution with PReLU may become. */
  readonly slopeParts: SlopeParts;
  readonly output: OutputForm;
  /** Default `auto`: what is estimated to be faster. */
  readonly globalDepthwise?: GlobalDepthwiseChoice;
  /** .kmodel file to write; its facts go beside it. */
  readonly out: string;
  /** As the user named the model. */
  readonly source: string;
  readonly calibrationFolder: string;
  /** Aligned faces, RGB [size, size, 3]; the last ones are kept back to judge the result. */
  readonly faces: readonly Uint8Array[];
  readonly overwrite: boolean;
  readonly progress: ProgressReporter;
  readonly signal: AbortSignal;
}

export interface ConvertedModel {
  readonly facts: KmodelFacts;
  readonly report: KmodelReport;
}

/** Faces that are kept from calibration, as a share and at most. */
const judgedShare = 0.2;
const mostJudged = 16;
export const fewestFaces = 8;

/**
 * Compiles a face model for the K210 and measures it in the simulator against its floats.
 * @throws UserError naming the layer that the chip cannot compute, or the file that is in the way; CancelledError. Nothing is left then.
 */
export async function convertModel(engine: Engine, model: FaceModel, options: ConvertOptions): Promise<ConvertedModel> {
  const { out, faces, progress, signal } = options;
  checkTarget(out, options.overwrite);
  if (faces.length < fewestFaces) throw new UserError(`${options.calibrationFolder} gives ${faces.length} faces to calibrate with.`, `Give a folder with at least ${fewestFaces}, better 200.`);
  const judged = Math.min(mostJudged, Math.max(2, Math.floor(faces.length * judgedShare)));
  const { graph: imported, inputTurn } = turnForStride(importNetwork(model.record.network, model.weights));
  // With 16 bits, weights beside the one of an addition keep enough steps, and nothing is rounded in between.
  const graph = options.weightBits === 8 ? separateAdditions(imported) : imported;
  const calibrationFaces = faces.slice(0, faces.length - judged);
  const calibration = await calibrate(engine, graph, { count: calibrationFaces.length, read: (index) => Promise.resolve(turnedPicture(faceAt(calibrationFaces, index), inputTurn)) }, progress, signal);
  throwIfCancelled(signal, 'The conversion');
  const { imageSize, embeddingLength } = model.record;
  const input = { size: imageSize, layout: 'CHW', colours: 'RGB', turn: inputTurn } as const;
  const refined = await refineModel(engine, graph, calibration, { ...options, globalDepthwise: options.globalDepthwise ?? 'auto', facts: { input, embeddingLength }, faces: calibrationFaces });
  const { program } = refined.compiled;
  const bytes = writeProgram(program);
  const agreement = await measureAgreement(engine, refined, faces.slice(-judged), progress, signal);
  const report = inspectProgram(program, bytes.length);
  const facts = factsOf(model, options, refined, agreement, { judged, estimated: report });
  throwIfCancelled(signal, 'The conversion');
  await writeFileAtomic(out, bytes);
  await writeJsonAtomic(kmodelFactsFile(out), facts);
  return { facts, report };
}

function factsOf(
  { record: { threshold, template } }: FaceModel, options: ConvertOptions, { facts, reference, compiled, ranges, slopeErrors, isEqualized }: RefinedModel, agreement: Agreement,
  { judged, estimated }: { readonly judged: number; readonly estimated: KmodelReport },
): KmodelFacts {
  const { meanCosine, leastCosine } = agreement;
  const withCpuAdditions = latencyWithAdditionsOnCpu(reference, compiled);
  return {
    format: 1, toolVersion: productVersion, source: options.source, ...facts, ...(threshold === undefined ? {} : { threshold }), ...(template === undefined ? {} : { template }),
    output: options.output, weightBits: options.weightBits,
    calibration: { folder: options.calibrationFolder, faces: options.faces.length - judged, ranges: options.ranges, equalized: isEqualized },
    agreement: { faces: judged, meanCosine, leastCosine },
    slopes: [...slopeErrors].map(([name, error]) => ({ name, ...error })),
    estimatedMs: estimated.estimatedMs ?? 0, ...(withCpuAdditions === undefined ? {} : { estimatedMsWithCpuAdditions: withCpuAdditions }),
    layers: estimated.layers.map(({ index, kind, estimatedMs = 0 }) => {
      const { name = '', channels } = compiled.origins[index] ?? {};
      const range = channels && ranges.get(name);
      return { name, kind, estimatedMs, ...(range ? { range: rangeFacts(range) } : {}), ...agreement.layers[index] };
    }),
  };
}

/** @throws UserError when the target is no .kmodel or would replace a file */
export function checkTarget(out: string, overwrite: boolean): void {
  if (!out.endsWith('.kmodel')) throw new UserError(`${out} does not end in .kmodel.`, 'Name the file with that ending: the firmware asks for it.');
  const taken = [out, kmodelFactsFile(out)].find((file) => existsSync(file));
  if (taken !== undefined && !overwrite) throw new UserError(`${taken} exists already.`, 'Choose another name, or add --overwrite.');
}

function rangeFacts({ criterion, quantization: { scale, zero } }: ChosenRange): NonNullable<KmodelFacts['layers'][number]['range']> {
  return { minimum: -zero * scale, maximum: (255 - zero) * scale, criterion };
}

function faceAt(faces: readonly Uint8Array[], index: number): Uint8Array {
  const face = faces[index];
  if (!face) throw new RangeError(`Face ${index} of ${faces.length}`);
  return face;
}
