import { stat } from 'node:fs/promises';
import path from 'node:path';
import { scanPhotos, type PhotoFolder } from '../scan';
import { openPhotoSource, type OpenSourceOptions } from './open-photo-source';
import { UserError } from '../../base/user-error';

/** Folder that the photos of a source lie in: the source itself, or for a list the folder that is named, else the list's own. */
export async function photoRoot(source: string, named?: string): Promise<string> {
  const stats = await stat(source).catch(() => undefined);
  return stats?.isFile() === true ? (named ?? path.dirname(source)) : source;
}

/**
 * The photos of a folder of folders or of a list, grouped by person. Each person of a list has the photos that it names, wherever in
 * the root they lie; entries that cannot be used stand under `remarks`.
 * @throws UserError as `scanPhotos` and `openPhotoSource`, or when a folder comes with what only a list has
 */
export async function openPhotoFolder(source: string, options: OpenSourceOptions = {}): Promise<PhotoFolder> {
  const stats = await stat(source).catch(() => undefined);
  if (stats?.isFile() !== true) {
    if (options.root !== undefined || options.labels !== undefined) throw new UserError(`${source} is not a list of photos.`, '--root and --labels belong to a list: name the list itself, or with --list.');
    return scanPhotos(source);
  }
  const { root, identities, photoCount, remarks } = await openPhotoSource(source, options);
  return {
    root, photoCount, ignoredFiles: 0, emptyFolders: [], problems: [], remarks,
    identities: identities.map(({ name, photos }) => ({ name, photos, folder: '' })),
  };
}
