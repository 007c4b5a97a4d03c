import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { CommandContext } from '../base/command';
import { UserError } from '../base/user-error';
import type { EvaluationDependencies } from '../evaluation/evaluation-dependencies';
import { modelFolderOf, readModel } from '../evaluation/model-embedder';
import { convertModel } from '../kmodel/convert';
import { kmodelFactsFile } from '../kmodel/kmodel-facts';
import { runFiles } from '../protocol/run-files';
import { readRunRecord } from '../training/run/run-folder';
import { calibrationCrops } from './calibration-crops';
import { usualCalibrationFaces } from './calibration-options';
import type { LazyEngine } from './lazy-engine';

/** Beside the model that it was made from; its facts are then not in the way of `face.json`. */
const kmodelName = 'k210.kmodel';

export interface CalibrationWish {
  /** Dataset or photos for value ranges; a run has its own dataset. */
  readonly folder?: string | undefined;
  /** How many faces of it at most. */
  readonly faces?: number;
}

export interface FreshKmodel {
  readonly file: string;
  readonly converted: boolean;
}

/**
 * The .kmodel of a run or a model folder, made again when the model is newer.
 * @throws UserError when the folder has no model, or nothing to calibrate with is known
 */
export async function freshKmodel(
  source: string, calibration: CalibrationWish, context: CommandContext, dependencies: EvaluationDependencies, engine: LazyEngine,
): Promise<FreshKmodel> {
  const folder = modelFolderOf(source);
  const file = path.join(folder, kmodelName);
  if (await isUpToDate(folder, file)) return { file, converted: false };
  const calibrationFolder = calibration.folder ?? (await datasetOf(source));
  if (calibrationFolder === undefined) throw new UserError(`${source} has no .kmodel yet, and no dataset to calibrate one with is known.`, 'Add --calibrate with a dataset or a folder of photos, or run `convert` first.');
  context.notice(`${existsSync(file) ? `${file} is older than its model` : `${source} has no .kmodel yet`}: converting.`);
  const model = await readModel(source);
  const faces = await calibrationCrops({ folder: calibrationFolder, form: model.record, faces: calibration.faces ?? usualCalibrationFaces, aligned: false }, context, dependencies, engine);
  await convertModel(await engine.get(), model, {
    out: file, source: path.resolve(source), calibrationFolder: path.resolve(calibrationFolder), faces, overwrite: true, weightBits: 8, ranges: 'auto', slopeParts: 'auto', output: 'l2',
    progress: context.progress, signal: context.signal,
  });
  return { file, converted: true };
}

/** Not older than any file of the model. */
async function isUpToDate(folder: string, file: string): Promise<boolean> {
  if (!existsSync(file) || !existsSync(kmodelFactsFile(file))) return false;
  const own = new Set([path.basename(file), path.basename(kmodelFactsFile(file))]);
  const madeMs = (await stat(file)).mtimeMs;
  const others = (await readdir(folder)).filter((name) => !own.has(name));
  const times = await Promise.all(others.map(async (name) => (await stat(path.join(folder, name))).mtimeMs));
  return times.every((time) => time <= madeMs);
}

async function datasetOf(source: string): Promise<string | undefined> {
  if (!existsSync(path.join(source, runFiles.record))) return undefined;
  const { dataset } = await readRunRecord(source);
  return existsSync(dataset) ? dataset : undefined;
}
