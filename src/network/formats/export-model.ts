import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic, writeFolderAtomic } from '../../base/atomic-file';
import type { ProgressReporter } from '../../base/progress';
import { UserError, throwIfCancelled } from '../../base/user-error';
import { writeModelFolder, type FaceFacts, type FaceModel } from '../model-folder';
import { faceFileName } from '../model-files';
import { faceRecordOf, factsOf } from './face-facts';
import type { GraphRunner } from './graph-runner';
import { inferenceNetwork } from './inference-network';
import { encodeKerasModel } from './keras/keras-writer';
import { encodeOnnx } from './onnx/onnx-writer';
import { encodeSavedModel } from './savedmodel/saved-model-writer';
import { calibrate } from './tflite/calibration';
import { tfliteFaceKey } from './tflite/face-metadata';
import { encodeTflite } from './tflite/tflite-encode';
import { lowerToTflite, type TflitePrecision } from './tflite/tflite-lowering';

export const exportFormats = ['tfjs', 'keras', 'tflite', 'tflite-dynamic', 'tflite-int8', 'onnx', 'savedmodel'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** Faces that int8 is calibrated on, loaded only when they are needed. */
export interface Calibration {
  /** @param size side of the crops @returns RGB 0..255, each [size, size, 3] */
  loadCrops(size: number): Promise<readonly Uint8Array[]>;
  openRunner(): Promise<GraphRunner>;
  /** See `CalibrationOptions`. */
  readonly percentile: number;
}

export interface ExportOptions {
  readonly format: ExportFormat;
  readonly out: string;
  readonly overwrite: boolean;
  /** Needed for tflite-int8. */
  readonly calibration?: Calibration;
  /** What goes into and comes out of a tflite-int8 model. */
  readonly io: 'int8' | 'float32';
  readonly progress: ProgressReporter;
  readonly signal: AbortSignal;
}

export interface ExportResult {
  /** The file or folder that was written. */
  readonly out: string;
  /** face.json of the model: inside of folders, beside files. */
  readonly sideCar: string;
  readonly facesUsed?: number;
}

/** Of how many faces int8 takes its ranges at least; fewer leave layers with ranges that the next face exceeds. */
export const leastCalibrationFaces = 8;

/** Where face.json of an exported model lies. */
export function sideCarOf(out: string, format: ExportFormat): string {
  if (format === 'tfjs') return path.join(out, faceFileName);
  return format === 'savedmodel' ? path.join(out, 'assets.extra', faceFileName) : `${out}.face.json`;
}

/**
 * Writes a model in another format. All of them take normalised RGB pixels, (pixel - mean) / deviation, and give the embedding
 * before L2 normalisation. Nothing half-written stays.
 * @throws UserError when `out` exists and may not be replaced, or when calibration is missing or too small
 */
export async function exportModel(model: FaceModel, options: ExportOptions): Promise<ExportResult> {
  const { format, out, overwrite, progress, signal } = options;
  if (existsSync(out) && !overwrite) throw new UserError(`${out} exists already.`, 'Choose another --out, or give --overwrite to replace it.');
  const { network: spec } = model.record;
  const facts = factsOf(model.record);
  const sideCar = sideCarOf(out, format);
  const int8 = format === 'tflite-int8' ? await int8Precision(model, options) : undefined;
  throwIfCancelled(signal, 'The export');
  progress.report({ label: `Writing ${format}`, done: 0, total: 1, unit: 'files' });
  const record = `${JSON.stringify(faceRecordOf(spec, facts), null, 2)}\n`;
  if (format === 'tfjs') {
    await writeModelFolder(out, spec, model.weights, facts);
  } else if (format === 'savedmodel') {
    const bytes = encodeSavedModel(spec, model.weights);
    await writeFolderAtomic(out, async (temporary) => {
      await Promise.all(['variables', 'assets.extra'].map((folder) => mkdir(path.join(temporary, folder))));
      await writeFile(path.join(temporary, 'saved_model.pb'), bytes, { flush: true });
      await writeFile(path.join(temporary, 'assets.extra', faceFileName), record);
    });
  } else {
    await writeFileAtomic(out, await encodeFile(format, model, facts, int8?.precision));
    await writeFileAtomic(sideCar, record);
  }
  progress.report({ label: `Writing ${format}`, done: 1, total: 1, unit: 'files' });
  return { out, sideCar, ...(int8 ? { facesUsed: int8.faces } : {}) };
}

async function encodeFile(format: ExportFormat, { record: { network: spec }, weights }: FaceModel, facts: FaceFacts, int8: TflitePrecision | undefined): Promise<Uint8Array> {
  if (format === 'keras') return encodeKerasModel(spec, weights);
  if (format === 'onnx') return encodeOnnx(spec, weights, facts);
  const folded = inferenceNetwork(spec, weights);
  const precision = int8 ?? { kind: format === 'tflite-dynamic' ? 'dynamic' : 'float32' };
  const face = Buffer.from(JSON.stringify(faceRecordOf(folded.spec, facts)));
  return encodeTflite(lowerToTflite(folded, precision, new Map([[tfliteFaceKey, face]])));
}

async function int8Precision({ record, weights }: FaceModel, options: ExportOptions): Promise<{ precision: TflitePrecision; faces: number }> {
  const { calibration, io, progress, signal } = options;
  if (!calibration) {
    throw new UserError('The format tflite-int8 needs faces to find the range of each layer.', 'Give --calibrate with a dataset or a folder of photos.');
  }
  const crops = await calibration.loadCrops(record.imageSize);
  if (crops.length < leastCalibrationFaces) {
    throw new UserError(`Only ${crops.length} faces were found for calibration; int8 needs at least ${leastCalibrationFaces}.`, 'Give --calibrate a folder with more photos, best 100 or more.');
  }
  const folded = inferenceNetwork(record.network, weights);
  const { percentile } = calibration;
  const ranges = await calibrate(folded, crops, await calibration.openRunner(), { percentile, progress, signal });
  for (const [layer, { min, max }] of ranges) {
    if (!Number.isFinite(min) || !Number.isFinite(max)) throw new UserError(`Layer ${layer} gives values that are no numbers.`, 'The training diverged; export an earlier checkpoint.');
  }
  return { precision: { kind: 'int8', ranges, io }, faces: crops.length };
}
