import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { errorCode, errorText, UserError } from '../base/user-error';
import { datasetRecordSchema } from '../dataset/dataset-artifact';
import { datasetFileName } from '../dataset/artifact-names';
import type { HeldOutIdentity } from './held-out';
import type { PairList, PhotosOfIdentity } from './pairs';

/**
 * People whom a prepared dataset holds out, in its order; undefined when the folder is no dataset.
 * @throws UserError when dataset.json is damaged or nobody is held out
 */
export async function listHeldOut(folder: string): Promise<HeldOutIdentity[] | undefined> {
  const file = path.join(folder, datasetFileName);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const heldOut = parseIdentities(text, file).filter((identity) => identity.heldOut);
  if (heldOut.length > 0) return heldOut.map(({ name, images }) => ({ name, images }));
  throw new UserError(`${folder} holds nobody out for verification.`, 'Prepare it with --hold-out, or make pairs of a folder of photos.');
}

/** Names for the pictures of held-out people, as LFW names photos: picture 1 of Ann is "Ann/Ann_0001.jpg". */
export function heldOutPhotos(identities: readonly HeldOutIdentity[]): PhotosOfIdentity[] {
  return identities.map(({ name, images }) => ({
    name,
    photos: Array.from({ length: images }, (_, i) => `${name}/${name}_${String(i + 1).padStart(4, '0')}.jpg`),
  }));
}

/**
 * Number of each picture that a list names, counted identity after identity.
 * @throws UserError when the list names a picture that the people do not have
 */
export function locateHeldOut(identities: readonly HeldOutIdentity[], list: PairList, dataset: string): Map<string, number> {
  const known = new Map(heldOutPhotos(identities).flatMap(({ photos }) => photos).map((photo, picture) => [photo, picture]));
  const unknown = list.pairs.flatMap(({ a, b }) => [a, b]).find((photo) => !known.has(photo));
  if (unknown === undefined) return known;
  throw new UserError(`The pair list names ${unknown}, which is not among the held-out people of ${dataset}.`, 'Make a list of this dataset with "pairs make".');
}

function parseIdentities(text: string, file: string): z.infer<typeof datasetRecordSchema>['identities'] {
  try {
    return datasetRecordSchema.parse(JSON.parse(text)).identities;
  } catch (error) {
    const what = error instanceof z.ZodError ? `its field "${error.issues[0]?.path.join('.') ?? ''}" is wrong` : errorText(error);
    throw new UserError(`${file} cannot be read: ${what}.`, 'Restore it from a copy or prepare the dataset again.', { cause: error });
  }
}
