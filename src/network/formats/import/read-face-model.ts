import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../../base/user-error';
import { faceFileName, modelFileName, type FaceModel } from '../../model-folder';
import { faceRecordOf } from '../face-facts';
import { readModelWeights } from './read-model-file';

/** True for a file, and for a TensorFlow.js folder that does not come from this product. */
export function isForeignModel(source: string): boolean {
  if (!existsSync(source)) return false;
  return statSync(source).isFile() || (existsSync(path.join(source, modelFileName)) && !existsSync(path.join(source, faceFileName)));
}

/** A model file as a face model. @throws UserError when it cannot be read, or does not say how pixels enter */
export async function readFaceModel(source: string): Promise<FaceModel> {
  const { spec, weights, normalizationKnown, facts = { title: path.basename(source) } } = await readModelWeights(source);
  if (!normalizationKnown) {
    throw new UserError(`${source} does not say how pixels enter its network.`, 'Make a model folder of it with `import --normalize`, and name that.');
  }
  return { record: faceRecordOf(spec, facts), weights };
}
