import * as path from 'node:path';
import { findPhoto } from '../../evaluation/photo-paths';
import type { PairList } from '../../evaluation/pairs';
import { listFolder, subfolders } from '../workspace/folders';

/** Photos that decide which folder it is. */
const lookedFor = 12;
/** Files that are looked for at a time. */
const atOnce = 32;

/**
 * The folder that a list's photos are in: among that of the list and the folders in it the one that has most of them, else
 * the same one folder above. Photos are named alike in many folders, so that a single one says little.
 * @returns that of the list when none has any
 */
export async function guessPhotoFolder(listFile: string, { pairs }: PairList): Promise<string> {
  const own = path.dirname(listFile);
  const photos = [...new Set(pairs.flatMap(({ a, b }) => [a, b]))].slice(0, lookedFor);
  for (const parent of [own, path.dirname(own)]) {
    const folders = [parent, ...subfolders(await listFolder(parent)).map((name) => path.join(parent, name))];
    const found = await Promise.all(folders.map(async (folder) => (await Promise.all(photos.map((photo) => findPhoto(path.join(folder, photo))))).filter((file) => file !== undefined).length));
    const most = Math.max(...found);
    if (most > 0) return folders[found.indexOf(most)] ?? own;
  }
  return own;
}

/** Files of all photos that a list names and that are there, by their names in the list. */
export async function findPhotos(folder: string, { pairs }: PairList, signal: AbortSignal): Promise<Map<string, string>> {
  const names = [...new Set(pairs.flatMap(({ a, b }) => [a, b]))];
  const files = new Map<string, string>();
  for (let first = 0; first < names.length && !signal.aborted; first += atOnce) {
    await Promise.all(names.slice(first, first + atOnce).map(async (name) => {
      const file = await findPhoto(path.resolve(folder, name));
      if (file !== undefined) files.set(name, file);
    }));
  }
  return files;
}
