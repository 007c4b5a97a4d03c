import { isUtf8 } from 'node:buffer';
import { readdir, realpath, stat } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import path from 'node:path';
import { errorCode, UserError } from '../base/user-error';

/** File name endings that are read as photos. */
export const photoExtensions: readonly string[] = ['.jpg', '.jpeg', '.png', '.webp', '.tif', '.tiff', '.avif', '.bmp', '.pgm', '.ppm'];

export interface PhotoIdentity {
  /** Of the identity. */
  readonly name: string;
  /** Names within this folder. */
  readonly photos: readonly string[];
  /** Folder that `photos` lie in, relative to the root; absent: it is called as the identity. */
  readonly folder?: string;
}

/** A photo relative to the root of its source, with "/". */
export function photoPath({ name, folder = name }: PhotoIdentity, photo: string): string {
  return folder === '' ? photo : `${folder}/${photo}`;
}

/** Something that looks like a photo or a person but was passed over. */
export interface ScanProblem {
  /** Relative to the root, with "/"; bytes that are no UTF-8 are replaced. */
  readonly path: string;
  readonly kind: ScanProblemKind;
}

export type ScanProblemKind = 'link-outside' | 'link-broken' | 'link-to-parent' | 'folder-named-as-photo' | 'name-not-utf8' | 'folder-unreadable';

const problemTexts: Readonly<Record<ScanProblemKind, string>> = {
  'link-outside': 'is a link that leaves the photo folder',
  'link-broken': 'is a link to nothing, or to itself',
  'link-to-parent': 'is a link to a folder that it lies in',
  'folder-named-as-photo': 'is a folder with the name of a photo',
  'name-not-utf8': 'has a name that is not UTF-8',
  'folder-unreadable': 'cannot be read: permission denied',
};

/** E.g. "ann/1.jpg is a folder with the name of a photo". */
export function describeProblem({ path: name, kind }: ScanProblem): string {
  return `${name} ${problemTexts[kind]}`;
}

/** What was passed over, in words. */
export function passedOverIn({ problems, remarks = [] }: PhotoFolder): string[] {
  return [...problems.map(describeProblem), ...remarks];
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
  /** What was passed over and why, in the order of the scan. */
  readonly problems: readonly ScanProblem[];
  /** Entries of a list that were passed over, in words; absent for folders. */
  readonly remarks?: readonly string[];
}

/** Folders that are read at the same time: enough to keep the file system busy. */
const foldersAtOnce = 64;

/**
 * Lists photos. Names that begin with a dot are ignored. Links are followed within the root; those that leave it are reported
 * and passed over, as is everything else that cannot be read.
 * @throws UserError when the folder is missing, is a file, cannot be read, or holds no photos in folders of identities
 */
export async function scanPhotos(root: string): Promise<PhotoFolder> {
  const entries = await listRoot(root);
  const scan = new FolderScan(root, await realpath(root));
  const identities: PhotoIdentity[] = [];
  const emptyFolders: string[] = [];
  const problems: ScanProblem[] = [];
  let photoCount = 0;
  let ignoredFiles = 0;
  let loosePhotos = 0;
  for (let first = 0; first < entries.length; first += foldersAtOnce) {
    const results = await Promise.all(entries.slice(first, first + foldersAtOnce).map((entry) => scan.identity(entry)));
    for (const { name, photos, others, problems: found } of results) {
      problems.push(...found);
      ignoredFiles += others;
      if (photos === undefined) {
        if (isPhotoName(name)) loosePhotos++;
        continue;
      }
      photoCount += photos.length;
      if (photos.length > 0) identities.push({ name, photos });
      else emptyFolders.push(name);
    }
  }
  if (identities.length === 0) throw noPhotos(root, loosePhotos, problems);
  return { root, identities, photoCount, ignoredFiles, emptyFolders, problems };
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

/** Whether a file is taken for a photo. */
export function isPhotoName(name: string): boolean {
  return photoExtensions.includes(path.extname(name).toLowerCase());
}

/** Whether `inner` is `outer` or lies in it; both absolute. */
export function isWithin(outer: string, inner: string): boolean {
  const relative = path.relative(outer, inner);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

/** An entry of a folder whose name may be no text. */
interface Entry {
  readonly name: string;
  readonly isText: boolean;
  readonly dirent: Dirent<Buffer>;
}

interface ScannedIdentity {
  readonly name: string;
  /** Absent for what is no folder. */
  readonly photos: readonly string[] | undefined;
  readonly others: number;
  readonly problems: readonly ScanProblem[];
}

type EntryKind = 'file' | 'directory' | 'other' | ScanProblemKind;

class FolderScan {
  constructor(
    private readonly root: string,
    private readonly realRoot: string,
  ) {}

  async identity(entry: Entry): Promise<ScannedIdentity> {
    const { name } = entry;
    const nothing = { name, photos: undefined, others: 0 };
    const kind = await this.kindOf(entry, '');
    if (kind !== 'directory') return { ...nothing, problems: isProblem(kind) ? [{ path: name, kind }] : [] };
    try {
      return await this.photosOf(name);
    } catch (error) {
      const code = errorCode(error);
      if (code === 'EACCES' || code === 'EPERM') return { ...nothing, problems: [{ path: name, kind: 'folder-unreadable' }] };
      // Removed while the scan ran.
      if (code === 'ENOENT') return { ...nothing, problems: [] };
      throw error;
    }
  }

  private async photosOf(name: string): Promise<ScannedIdentity> {
    const photos: string[] = [];
    const problems: ScanProblem[] = [];
    let others = 0;
    for (const entry of await listFolder(path.join(this.root, name))) {
      const kind = await this.kindOf(entry, name);
      const isPhoto = isPhotoName(entry.name);
      if (kind === 'file' && isPhoto) photos.push(entry.name);
      else if (kind === 'file') others++;
      else if (kind === 'directory' && isPhoto) problems.push({ path: `${name}/${entry.name}`, kind: 'folder-named-as-photo' });
      else if (isProblem(kind) && (isPhoto || kind === 'name-not-utf8')) problems.push({ path: `${name}/${entry.name}`, kind });
    }
    return { name, photos, others, problems };
  }

  /** What an entry is, links followed as far as they may be. */
  private async kindOf({ name, isText, dirent }: Entry, folder: string): Promise<EntryKind> {
    if (!isText) return 'name-not-utf8';
    if (!dirent.isSymbolicLink()) return dirent.isFile() ? 'file' : dirent.isDirectory() ? 'directory' : 'other';
    const link = path.join(this.root, folder, name);
    try {
      const target = await realpath(link);
      if (!isWithin(this.realRoot, target)) return 'link-outside';
      const stats = await stat(target);
      if (!stats.isDirectory()) return stats.isFile() ? 'file' : 'other';
      return isWithin(target, path.join(this.realRoot, folder)) ? 'link-to-parent' : 'directory';
    } catch {
      return 'link-broken';
    }
  }
}

function isProblem(kind: EntryKind): kind is ScanProblemKind {
  return kind in problemTexts;
}

function noPhotos(root: string, loosePhotos: number, problems: readonly ScanProblem[]): UserError {
  const layout = `Give each person a folder of their own: ${path.join(root, '<person>', '<photo>.jpg')}.`;
  if (loosePhotos > 0) return new UserError(`${root} holds ${loosePhotos} photos, but none within a folder of a person.`, layout);
  const [problem] = problems;
  if (problem) return new UserError(`${root} holds no photos that can be used: ${describeProblem(problem)}${problems.length > 1 ? `, and ${problems.length - 1} more` : ''}.`, layout);
  return new UserError(`${root} holds no photos.`, `${layout} Photos are files that end in ${photoExtensions.join(', ')}.`);
}

/** Visible entries, sorted by the bytes of their names. */
async function listFolder(folder: string): Promise<Entry[]> {
  const dirents = await readdir(folder, { withFileTypes: true, encoding: 'buffer' });
  return dirents
    .filter(({ name }) => name[0] !== 0x2e)
    .sort((a, b) => Buffer.compare(a.name, b.name))
    .map((dirent) => ({ name: dirent.name.toString('utf8'), isText: isUtf8(dirent.name), dirent }));
}

async function listRoot(root: string): Promise<Entry[]> {
  try {
    return await listFolder(root);
  } catch (error) {
    throw explainListError(error, root);
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
