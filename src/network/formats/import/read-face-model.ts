import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../../base/user-error';
import type { FaceModel } from '../../model-folder';
import { faceFileName, modelFileName } from '../../model-files';
import { faceRecordOf } from '../face-facts';
import { normalizationHint, type InputNormalization } from './input-normalization';
import { readModelWeights } from './read-model-file';

/** True for a file, and for a TensorFlow.js folder that does not come from this product. */
export function isForeignModel(source: string): boolean {
  if (!existsSync(source)) return false;
  return statSync(source).isFile() || (existsSync(path.join(source, modelFileName)) && !existsSync(path.join(source, faceFileName)));
}

/**
 * A model file as a face model.
 * @param normalization how pixels enter, for files that do not say so
 * @throws UserError when it cannot be read, or nobody says how pixels enter
 */
export async function readFaceModel(source: string, normalization?: InputNormalization): Promise<FaceModel> {
  const { spec, weights, normalizedBy, facts = { title: path.basename(source) } } = await readModelWeights(source, normalization);
  if (normalizedBy === 'nobody') throw new UserError(`${source} does not say how pixels enter its network.`, normalizationHint, { details: { missing: 'normalization' } });
  return { record: faceRecordOf(spec, facts), weights };
}
