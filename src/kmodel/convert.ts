import { existsSync } from 'node:fs';
import { writeFileAtomic, writeJsonAtomic } from '../base/atomic-file';
import { productVersion } from '../base/product';
import type { ProgressReporter } from '../base/progress';
import { throwIfCancelled, UserError } from '../base/user-error';
import type { Engine } from '../engine/engine';
import type { FaceModel } from '../network/model-folder';
import { calibrate } from './compiler/calibrate';
import { compile, type CompileOptions } from './compiler/compile';
import { importNetwork } from './compiler/import-network';
import { inspectProgram, type KmodelReport } from './inspect';
import { kmodelFactsFile, type KmodelFacts } from './kmodel-facts';
import { measureAgreement } from './measure-agreement';
import { writeProgram } from './v3/write-program';

export interface ConvertOptions extends CompileOptions {
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
  const graph = importNetwork(model.record.network, model.weights);
  const calibrationFaces = faces.slice(0, faces.length - judged);
  const calibration = await calibrate(engine, graph, { count: calibrationFaces.length, read: (index) => Promise.resolve(faceAt(calibrationFaces, index)) }, progress, signal);
  throwIfCancelled(signal, 'The conversion');
  const compiled = compile(graph, calibration, options);
  const bytes = writeProgram(compiled.program);
  const { imageSize, embeddingLength, threshold, template } = model.record;
  const input = { size: imageSize, layout: 'CHW', colours: 'RGB', turn: compiled.inputTurn } as const;
  const agreement = await measureAgreement(engine, graph, compiled, { input, embeddingLength }, faces.slice(-judged), progress, signal);
  const report = inspectProgram(compiled.program, bytes.length);
  const facts: KmodelFacts = {
    format: 1, toolVersion: productVersion, source: options.source, input, embeddingLength, ...(threshold === undefined ? {} : { threshold }), ...(template === undefined ? {} : { template }),
    output: options.output, weightBits: options.weightBits,
    calibration: { folder: options.calibrationFolder, faces: calibrationFaces.length, ranges: options.ranges },
    agreement: { faces: judged, meanCosine: agreement.meanCosine, leastCosine: agreement.leastCosine },
    estimatedMs: report.estimatedMs ?? 0,
    layers: report.layers.map(({ index, kind, estimatedMs = 0 }) => {
      const signalToNoiseDb = agreement.signalToNoiseDb[index];
      return { name: compiled.layerNames[index] ?? '', kind, estimatedMs, ...(signalToNoiseDb === undefined ? {} : { signalToNoiseDb }) };
    }),
  };
  throwIfCancelled(signal, 'The conversion');
  await writeFileAtomic(out, bytes);
  await writeJsonAtomic(kmodelFactsFile(out), facts);
  return { facts, report };
}

/** @throws UserError when the target is no .kmodel or would replace a file */
export function checkTarget(out: string, overwrite: boolean): void {
  if (!out.endsWith('.kmodel')) throw new UserError(`${out} does not end in .kmodel.`, 'Name the file with that ending: the firmware asks for it.');
  const taken = [out, kmodelFactsFile(out)].find((file) => existsSync(file));
  if (taken !== undefined && !overwrite) throw new UserError(`${taken} exists already.`, 'Choose another name, or add --overwrite.');
}

function faceAt(faces: readonly Uint8Array[], index: number): Uint8Array {
  const face = faces[index];
  if (!face) throw new RangeError(`Face ${index} of ${faces.length}`);
  return face;
}
