import { stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../base/user-error';
import { faceFileName, modelFileName } from '../../network/model-files';
import { runFiles } from '../../protocol/run-files';
import { readRunState } from '../runs/read-run';
import { readModelFacts, type ModelFacts } from './model-facts';

/** A model that is exported, converted, evaluated or compared. */
export interface ModelSource {
  readonly kind: 'run' | 'folder' | 'file';
  /** What the command line gets: a run, a model folder or a model file. */
  readonly model: string;
  /** As people call it: "r01", "face.onnx". */
  readonly name: string;
  /** Folder for what is made from it. */
  readonly home: string;
  /** Name without ending of what is made from it. */
  readonly stem: string;
  /** The run that it belongs to. */
  readonly run?: string;
  /** Dataset that the run was trained on; it may be gone. */
  readonly dataset?: string;
  /** Side of the crops that it takes, where that is known without opening it. */
  readonly imageSize?: number;
}

/** Files that are opened as models by themselves. */
export const modelExtensions: readonly string[] = ['.h5', '.hdf5', '.tflite', '.onnx', '.kmodel'];
/** Files that stand for the folder that they lie in. */
const folderMarks: readonly string[] = [runFiles.record, modelFileName, faceFileName];

/**
 * What a path means as a model.
 * @throws UserError when it is no model
 */
export async function modelSource(given: string): Promise<ModelSource> {
  const entry = await stat(given).catch((cause: unknown) => {
    throw new UserError(`${given} is no longer there.`, 'Refresh the list or choose another model.', { cause });
  });
  if (entry.isFile()) return folderMarks.includes(path.basename(given)) ? modelSource(path.dirname(given)) : fileSource(given);
  const own = await runSource(given);
  if (own !== undefined) return own;
  const facts = await readModelFacts(given);
  if (facts === undefined) throw notAModel(given);
  return folderSource(given, facts);
}

async function fileSource(file: string): Promise<ModelSource> {
  const { dir, name, base, ext } = path.parse(file);
  if (!modelExtensions.includes(ext.toLowerCase())) throw notAModel(file);
  const run = (await runSource(dir)) ?? (await runOfModelFolder(dir));
  return { ...run, kind: 'file', model: file, name: base, home: dir, stem: name };
}

async function runSource(folder: string): Promise<ModelSource | undefined> {
  const record = await readRunState(folder, Date.now()).then((state) => state.record, () => undefined);
  if (record === undefined) return undefined;
  const name = path.basename(folder);
  return { kind: 'run', model: folder, name, home: folder, stem: name, run: folder, dataset: record.dataset, imageSize: record.imageSize };
}

/** The model folders of a run give what is made from them to the run. */
async function folderSource(folder: string, { imageSize }: ModelFacts): Promise<ModelSource> {
  const size = imageSize === undefined ? {} : { imageSize };
  const run = await runOfModelFolder(folder);
  if (run === undefined) return { kind: 'folder', model: folder, name: path.basename(folder), home: path.dirname(folder), stem: path.basename(folder), ...size };
  const title = `${run.name}-${path.basename(folder)}`;
  return { ...run, kind: 'folder', model: folder, name: title, stem: title, ...size };
}

async function runOfModelFolder(folder: string): Promise<ModelSource | undefined> {
  const parent = path.dirname(folder);
  return path.basename(parent) === path.dirname(runFiles.bestModel) ? runSource(path.dirname(parent)) : undefined;
}

function notAModel(given: string): UserError {
  return new UserError(`${given} is not a model.`, 'Choose a run, a model folder, or a .h5, .tflite, .onnx or .kmodel file.');
}
