/**
 * Lists of photos with labels, as the original project's tools read and write them:
 *
 * 1. The cleaned list of CASIA-WebFace (`cleaned_list.txt`): lines `folder\file label`.
 * 2. A generated data list: lines `path label`; or, as its tool stored it, a Python pickle of a list of [path, label].
 *
 * The label is what follows the last blank of a line; a path may hold blanks. Empty lines and lines that begin with # are skipped.
 */
import { lstatSync, realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { errorCode, errorText, UserError } from '../../base/user-error';
import { isPhotoName, isWithin } from '../scan';
import { isPickleList, parsePickle } from './pickle';

export interface ListedPhoto {
  /** Relative to the root, with "/". */
  readonly path: string;
  /** As written: a number, or the name of the identity. */
  readonly label: string;
}

export interface PhotoList {
  readonly photos: readonly ListedPhoto[];
  /** Entries that were left out, each with its place in the list and the reason. */
  readonly remarks: readonly string[];
}

const formHint = 'Each line is a path and a label, for example 0000045\\001.jpg 0.';
/** More remarks than this are only counted. */
const remarkLimit = 100;

/**
 * Reads a list in any of its forms.
 * @param root photos outside of this folder are left out and reported
 * @throws UserError when the file cannot be read, a line has no label, or nothing is left
 */
export async function readPhotoList(file: string, root: string): Promise<PhotoList> {
  const bytes = await readFile(file).catch((error: unknown) => {
    const why = errorCode(error) === 'ENOENT' ? 'does not exist' : 'cannot be read';
    throw new UserError(`The list of photos ${file} ${why}.`, 'Check the path.', { cause: error });
  });
  const entries = bytes[0] === 0x80 ? pickledEntries(bytes, file) : textEntries(bytes.toString('utf8'), file);
  return placeEntries(entries, file, root);
}

interface ListEntry {
  /** Where it stands in the list, in words. */
  readonly where: string;
  readonly path: string;
  readonly label: string;
}

function* textEntries(text: string, file: string): Generator<ListEntry> {
  const lines = text.replace(/^\uFEFF/u, '').split(/\r\n|\n|\r/u);
  for (const [index, line] of lines.entries()) {
    const entry = line.trim();
    if (entry === '' || entry.startsWith('#')) continue;
    const match = /^(.*\S)\s+(\S+)$/u.exec(entry);
    if (!match) throw new UserError(`Line ${index + 1} of ${file} has no label.`, formHint);
    yield { where: `line ${index + 1}`, path: match[1] ?? '', label: match[2] ?? '' };
  }
}

function pickledEntries(bytes: Uint8Array, file: string): ListEntry[] {
  try {
    const value = parsePickle(bytes);
    if (!isPickleList(value)) throw new Error('it holds no list');
    return value.items.map((item, index) => {
      const [photo, label, ...others] = isPickleList(item) ? item.items : [];
      const isText = typeof photo === 'string' && (typeof label === 'string' || typeof label === 'number');
      if (!isText || others.length > 0) throw new Error(`its entry ${index} is not a path and a label`);
      return { where: `entry ${index}`, path: photo, label: String(label) };
    });
  } catch (error) {
    throw new UserError(`${file} cannot be read as a list of photos: ${errorText(error)}.`, 'Give a text list, or the pickle of a list of [path, label].', { cause: error });
  }
}

function placeEntries(entries: Iterable<ListEntry>, file: string, root: string): PhotoList {
  const photos: ListedPhoto[] = [];
  const remarks: string[] = [];
  const seen = new Set<string>();
  const folder = new ListedFolder(root);
  let leftOut = 0;
  for (const { where, path: listed, label } of entries) {
    const placed = placeWithin(listed, root);
    const why = placed === undefined ? `lies outside of ${root}` : seen.has(placed) ? 'is listed twice' : folder.whyUnusable(placed);
    if (placed !== undefined && why === undefined) {
      seen.add(placed);
      photos.push({ path: placed, label });
    } else if (++leftOut <= remarkLimit) {
      remarks.push(`${listed} (${where}) ${why}`);
    }
  }
  if (photos.length === 0) {
    throw new UserError(`${file} lists no usable photo${remarks[0] === undefined ? '' : `: ${remarks[0]}`}.`, leftOut > 0 ? 'Name the folder of the photos with --root.' : formHint);
  }
  if (leftOut > remarkLimit) remarks.push(`${leftOut - remarkLimit} more entries were left out`);
  return { photos, remarks };
}

/** The path relative to the root with "/"; undefined when it leads out of it. Both separators are understood. */
function placeWithin(listed: string, root: string): string | undefined {
  const portable = listed.replaceAll('\\', '/');
  const isForeign = portable.includes('\0') || (process.platform !== 'win32' && /^[A-Za-z]:\//u.test(portable));
  const file = path.resolve(root, portable);
  if (isForeign || !isWithin(path.resolve(root), file)) return undefined;
  const relative = path.relative(path.resolve(root), file).split(path.sep).join('/');
  return relative === '' ? undefined : relative;
}

/** Looks at listed files; links count only where they stay within the root. */
class ListedFolder {
  private readonly realRoot: string | undefined;
  /** Whether a folder, by its path relative to the root, really lies within it. */
  private readonly folders = new Map<string, boolean>();

  constructor(private readonly root: string) {
    this.realRoot = realPath(root);
  }

  /** Why a photo cannot be used, in words that follow its name; undefined when nothing is known against it. */
  whyUnusable(photo: string): string | undefined {
    if (!isPhotoName(photo)) return 'is no photo by its name';
    const file = path.join(this.root, photo);
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (!stats) return 'does not exist';
    const isLinkedOutside = !this.isInside(path.posix.dirname(photo)) || (stats.isSymbolicLink() && !this.isReallyInside(file));
    if (isLinkedOutside) return `is a link that leaves ${this.root}`;
    return stats.isDirectory() ? 'is a folder' : undefined;
  }

  private isInside(folder: string): boolean {
    const known = this.folders.get(folder);
    if (known !== undefined) return known;
    const inside = this.isReallyInside(path.join(this.root, folder));
    this.folders.set(folder, inside);
    return inside;
  }

  private isReallyInside(file: string): boolean {
    const target = realPath(file);
    return target !== undefined && this.realRoot !== undefined && isWithin(this.realRoot, target);
  }
}

function realPath(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}
