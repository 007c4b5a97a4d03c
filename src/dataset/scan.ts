import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { errorCode, UserError } from '../base/user-error';

/** File name endings that are read as photos. */
export const photoExtensions: readonly string[] = ['.jpg', '.jpeg', '.png', '.webp', '.tif', '.tiff', '.avif', '.pgm', '.ppm'];

export interface PhotoIdentity {
  /** Name of the identity's folder. */
  readonly name: string;
  /** File names within this folder. */
  readonly photos: readonly string[];
}

/** What lies in `<root>/<identity>/<photo>`; both levels sorted by code point, so that every machine sees the same order. */
export interface PhotoFolder {
  readonly root: string;
  /** Identities with at least one photo. */
  readonly identities: readonly PhotoIdentity[];
  readonly photoCount: number;
  /** Visible files within identity folders that are no photos by their name. */
  readonly ignoredFiles: number;
  /** Folders without a photo, by name. */
  readonly emptyFolders: readonly string[];
}

/**
 * Lists photos. Names that begin with a dot are ignored; links are followed.
 * @throws UserError when the folder is missing, is a file, or holds no photos in folders of identities
 */
export async function scanPhotos(root: string): Promise<PhotoFolder> {
  const entries = await listFolder(root);
  const identities: PhotoIdentity[] = [];
  const emptyFolders: string[] = [];
  let photoCount = 0;
  let ignoredFiles = 0;
  let loosePhotos = 0;
  for (const entry of entries) {
    if (!(await isKind(root, entry, 'directory'))) {
      if (isPhotoName(entry.name)) loosePhotos++;
      continue;
    }
    const { photos, others } = await listPhotos(path.join(root, entry.name));
    ignoredFiles += others;
    photoCount += photos.length;
    if (photos.length > 0) identities.push({ name: entry.name, photos });
    else emptyFolders.push(entry.name);
  }
  if (identities.length === 0) throw noPhotos(root, loosePhotos);
  return { root, identities, photoCount, ignoredFiles, emptyFolders };
}

/**
 * Holds a scan to what training needs.
 * @throws UserError when there is only one identity
 */
export function requireSeveralIdentities({ root, identities }: PhotoFolder): void {
  if (identities.length >= 2) return;
  throw new UserError(
    `${root} holds photos of one identity only ("${identities[0]?.name ?? ''}").`,
    'Add a folder with photos of at least one other person: a face model learns from differences between people.',
  );
}

/** Order by Unicode code points, which is the order of the UTF-8 bytes (and differs from UTF-16 beyond U+FFFF). */
export function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function noPhotos(root: string, loosePhotos: number): UserError {
  const layout = `Give each person a folder of their own: ${path.join(root, '<person>', '<photo>.jpg')}.`;
  if (loosePhotos > 0) return new UserError(`${root} holds ${loosePhotos} photos, but none within a folder of a person.`, layout);
  return new UserError(`${root} holds no photos.`, `${layout} Photos are files that end in ${photoExtensions.join(', ')}.`);
}

async function listPhotos(folder: string): Promise<{ photos: string[]; others: number }> {
  const photos: string[] = [];
  let others = 0;
  for (const entry of await listFolder(folder)) {
    if (!(await isKind(folder, entry, 'file'))) continue;
    if (isPhotoName(entry.name)) photos.push(entry.name);
    else others++;
  }
  return { photos, others };
}

function isPhotoName(name: string): boolean {
  return photoExtensions.includes(path.extname(name).toLowerCase());
}

/** Visible entries, sorted. */
async function listFolder(folder: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => !entry.name.startsWith('.')).sort((a, b) => compareCodePoints(a.name, b.name));
  } catch (error) {
    throw explainListError(error, folder);
  }
}

function explainListError(error: unknown, folder: string): unknown {
  switch (errorCode(error)) {
    case 'ENOENT':
      return new UserError(`The photo folder ${folder} does not exist.`, 'Check the path.', { cause: error });
    case 'ENOTDIR':
      return new UserError(`${folder} is not a folder.`, 'Give the folder that holds one folder per person.', { cause: error });
    case 'EACCES':
    case 'EPERM':
      return new UserError(`${folder} cannot be read: permission denied.`, 'Choose a folder you may read.', { cause: error });
    default:
      return error;
  }
}

async function isKind(folder: string, entry: Dirent, kind: 'file' | 'directory'): Promise<boolean> {
  if (!entry.isSymbolicLink()) return kind === 'file' ? entry.isFile() : entry.isDirectory();
  const target = await stat(path.join(folder, entry.name)).catch(() => undefined);
  if (!target) return false;
  return kind === 'file' ? target.isFile() : target.isDirectory();
}
