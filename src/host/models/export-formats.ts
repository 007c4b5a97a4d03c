import path from 'node:path';
import type { ExportFormat } from '../../network/formats/export-model';
import type { ModelSource } from './model-source';

/** What a model can be written as: the formats of `export`, and the two of the K210. */
export type TargetFormat = ExportFormat | 'kmodel' | 'kfpkg';

interface TargetForm {
  /** Behind the name of the model. */
  readonly ending: string;
  readonly isFolder: boolean;
  /** Faces are needed to find the range of each layer. */
  readonly isCalibrated: boolean;
}

export const targetForms: Readonly<Record<TargetFormat, TargetForm>> = {
  'keras': { ending: '.h5', isFolder: false, isCalibrated: false },
  'tfjs': { ending: '-tfjs', isFolder: true, isCalibrated: false },
  'tflite': { ending: '.tflite', isFolder: false, isCalibrated: false },
  'tflite-dynamic': { ending: '-dynamic.tflite', isFolder: false, isCalibrated: false },
  'tflite-int8': { ending: '-int8.tflite', isFolder: false, isCalibrated: true },
  'onnx': { ending: '.onnx', isFolder: false, isCalibrated: false },
  'savedmodel': { ending: '-savedmodel', isFolder: true, isCalibrated: false },
  'kmodel': { ending: '.kmodel', isFolder: false, isCalibrated: true },
  'kfpkg': { ending: '.kfpkg', isFolder: false, isCalibrated: true },
};

/** Flash address that all firmwares of the product's boards leave to models. */
export const modelAddress = '0x300000';

/** Formats that a source can be written in, in the order of the list; a file is not offered its own. */
export function formatsFor({ kind, model }: Pick<ModelSource, 'kind' | 'model'>): TargetFormat[] {
  const own = kind === 'file' ? path.extname(model).toLowerCase() : '';
  const all = Object.keys(targetForms) as TargetFormat[];
  return all.filter((format) => targetForms[format].ending !== (own === '.hdf5' ? '.h5' : own));
}

/** Where a model goes when nobody says otherwise: beside what it comes from, or into the folder that was chosen last. */
export function defaultTarget({ home, stem }: Pick<ModelSource, 'home' | 'stem'>, format: TargetFormat, chosenFolder: string | undefined): string {
  return path.join(chosenFolder ?? home, `${stem}${targetForms[format].ending}`);
}

export interface ExportPlan {
  readonly model: string;
  readonly format: TargetFormat;
  readonly out: string;
  /** Dataset or photos for value ranges. */
  readonly calibration?: string;
  /** Bits of a .kmodel's weights. */
  readonly weightBits?: 8 | 16;
  /** Form for `--normalize`. */
  readonly normalization?: string;
}

/** Arguments of the command line for one file or folder; the user has agreed to replace what is there. @throws RangeError for a package, which is made of a .kmodel */
export function exportArguments({ model, format, out, calibration, weightBits = 8, normalization }: ExportPlan): string[] {
  if (format === 'kfpkg') throw new RangeError('A package is made of a .kmodel');
  const common = [
    ...(calibration === undefined ? [] : ['--calibrate', calibration]), ...(normalization === undefined ? [] : ['--normalize', normalization]), '--overwrite', '--json',
  ];
  return format === 'kmodel'
    ? ['convert', model, '--out', out, '--weights', String(weightBits), ...common]
    : ['export', model, '--format', format, '--out', out, ...common];
}

/** Arguments that put a .kmodel into a package. */
export function packageArguments(out: string, kmodel: string): string[] {
  return ['kfpkg', out, `${kmodel}@${modelAddress}`, '--overwrite', '--json'];
}
