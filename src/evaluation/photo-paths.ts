import { access } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../base/user-error';
import type { EvaluationDependencies } from './evaluation-dependencies';
import type { PairList, PhotosOfIdentity } from './pairs';

/** Pair lists of LFW say .jpg, while aligned copies of the photos are often stored in another format. */
const otherExtensions = ['.jpg', '.jpeg', '.JPG', '.png', '.webp'] as const;

/** Photos of a folder with paths relative to it, as pair lists name them. */
export async function photosByIdentity(folder: string, dependencies: EvaluationDependencies): Promise<PhotosOfIdentity[]> {
  const identities = await dependencies.listPhotos(folder);
  return identities.map(({ name, photos }) => ({ name, photos: photos.map((photo) => `${name}/${photo}`) }));
}

/**
 * Finds the photos that a list names: the file itself, or one of the same name with another extension.
 * @returns file by name in the list
 * @throws UserError when photos are missing, with their number and the first of them
 */
export async function locatePhotos(folder: string, list: PairList): Promise<Map<string, string>> {
  const names = [...new Set(list.pairs.flatMap(({ a, b }) => [a, b]))];
  const files = new Map<string, string>();
  const missing: string[] = [];
  for (const name of names) {
    const file = await findPhoto(path.resolve(folder, name));
    if (file === undefined) missing.push(name);
    else files.set(name, file);
  }
  if (missing.length === 0) return files;
  throw new UserError(
    `${missing.length} of the ${names.length} photos that the pair list names are not in ${folder}; the first is ${missing[0]}.`,
    'Give the folder that the list was made for, or make a list of this folder with "pairs make".',
  );
}

/** The file itself, or one of the same name with another extension; undefined when neither exists. */
export async function findPhoto(file: string): Promise<string | undefined> {
  const { dir, name } = path.parse(file);
  for (const candidate of [file, ...otherExtensions.map((extension) => path.join(dir, name + extension))]) {
    const exists = await access(candidate).then(() => true, () => false);
    if (exists) return candidate;
  }
  return undefined;
}
