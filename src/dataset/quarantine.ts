/**
 * Lists of photos to leave out. Plain text that people edit: one photo a line as "person/file", relative to the photo folder.
 * Blank lines and lines that begin with # are skipped; what follows white space and # is a remark. A name that could be misread
 * (it begins with # or a quote, or holds white space before a #, or a line break) stands in double quotes, written as in JSON.
 * The photos themselves stay where they are.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../base/atomic-file';
import { errorCode, UserError } from '../base/user-error';
import { photoPath, type PhotoFolder } from './scan';

/** Read from the root of a photo folder when no other list is named. */
export const leaveOutFileName = 'leave-out.txt';

export interface LeaveOutList {
  /** The list's file. */
  readonly file: string;
  /** Photos as "person/file". */
  readonly photos: ReadonlySet<string>;
}

/** A photo that is proposed to be left out. */
export interface LeaveOutEntry {
  readonly photo: string;
  readonly reason: string;
}

/**
 * Reads a list.
 * @throws UserError when it cannot be read, or naming the line that is wrong
 */
export async function readLeaveOutList(file: string): Promise<LeaveOutList> {
  try {
    return { file, photos: parseLeaveOutList(await readFile(file, 'utf8'), file) };
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    throw new UserError(`The list of photos to leave out ${file} cannot be read.`, 'Name a text file with one photo per line.', { cause: error });
  }
}

/**
 * The list that belongs to a photo folder: the one that is named, else `leave-out.txt` at its root if there is one.
 * @throws as `readLeaveOutList`
 */
export async function leaveOutListOf(photos: string, named?: string): Promise<LeaveOutList | undefined> {
  if (named !== undefined) return readLeaveOutList(named);
  const file = path.join(photos, leaveOutFileName);
  const content = await readFile(file, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw new UserError(`The list of photos to leave out ${file} cannot be read.`, 'Correct its permissions, or move it away.', { cause: error });
  });
  return content === undefined ? undefined : { file, photos: parseLeaveOutList(content, file) };
}

/**
 * The photos of a list's text.
 * @param file only named in errors
 */
export function parseLeaveOutList(text: string, file: string): Set<string> {
  const photos = new Set<string>();
  text.replace(/^\uFEFF/u, '').split(/\r\n|\n|\r/u).forEach((line, i) => {
    const entry = line.trim();
    if (entry === '' || entry.startsWith('#')) return;
    const photo = photoOf(entry);
    if (photo === undefined || !/^[^/]+\/[^/]+$/u.test(photo)) {
      throw new UserError(`Line ${i + 1} of ${file} names no photo.`, 'Write person/file as in the photo folder, or begin the line with # to make it a remark.');
    }
    photos.add(photo);
  });
  return photos;
}

/**
 * The folder without the listed photos. People of whom no photo is left count as empty folders.
 * @throws UserError when no photo is left
 */
export function applyLeaveOut(folder: PhotoFolder, list: LeaveOutList): PhotoFolder {
  const kept = folder.identities.map((identity) => ({ ...identity, photos: identity.photos.filter((photo) => !list.photos.has(photoPath(identity, photo))) }));
  const identities = kept.filter(({ photos }) => photos.length > 0);
  if (identities.length === 0) {
    throw new UserError(`${list.file} leaves out all ${folder.photoCount} photos of ${folder.root}.`, 'Remove some lines of the list.');
  }
  const emptied = kept.filter(({ photos }) => photos.length === 0).map(({ name }) => name);
  return {
    ...folder,
    identities,
    photoCount: identities.reduce((sum, { photos }) => sum + photos.length, 0),
    emptyFolders: [...folder.emptyFolders, ...emptied],
  };
}

/** Listed photos that the folder does not hold: removed since, or misspelt. */
export function unknownLeaveOutPhotos(folder: PhotoFolder, list: LeaveOutList): string[] {
  const known = new Set(folder.identities.flatMap((identity) => identity.photos.map((photo) => photoPath(identity, photo))));
  return [...list.photos].filter((photo) => !known.has(photo));
}

/** One line of a list, without the line break. */
export function leaveOutLine({ photo, reason }: LeaveOutEntry): string {
  const isPlain = !/^["#\s]|\s#|\s$|[\p{Cc}\u2028\u2029]/u.test(photo);
  const remark = reason.replace(/[\r\n]+/gu, ' ');
  return `${isPlain ? photo : JSON.stringify(photo)}\t# ${remark}`;
}

/**
 * Adds photos to a list on disk, which is made when it is missing. What people wrote in it stays as it is; photos that it names
 * already are not named again.
 * @param heading a sentence above the added lines
 * @returns number of photos added
 */
export async function addToLeaveOutList(file: string, heading: string, entries: readonly LeaveOutEntry[]): Promise<number> {
  const old = await readFile(file, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return '';
    throw new UserError(`The list of photos to leave out ${file} cannot be read.`, 'Name another file.', { cause: error });
  });
  const known = parseLeaveOutList(old, file);
  const added = entries.filter(({ photo }) => !known.has(photo));
  if (added.length === 0 && old !== '') return 0;
  const start = old === '' || old.endsWith('\n') ? old : `${old}\n`;
  await writeFileAtomic(file, `${start}# ${heading}\n${added.map((entry) => `${leaveOutLine(entry)}\n`).join('')}`);
  return added.length;
}

/**
 * The text of a list without these photos; all other lines stay as they are.
 * @param file only named in errors
 */
export function withoutPhotos(text: string, file: string, photos: ReadonlySet<string>): string {
  parseLeaveOutList(text, file);
  const lines = text.match(/[^\r\n]*(?:\r\n|\n|\r|$)/gu) ?? [];
  return lines.filter((line) => {
    const entry = line.replace(/^\uFEFF/u, '').trim();
    const photo = entry === '' || entry.startsWith('#') ? undefined : photoOf(entry);
    return photo === undefined || !photos.has(photo);
  }).join('');
}

function photoOf(entry: string): string | undefined {
  if (!entry.startsWith('"')) return entry.replace(/\s+#.*$/u, '');
  const [quoted] = /^"(?:[^"\\]|\\.)*"(?=\s*(?:#|$))/u.exec(entry) ?? [];
  if (quoted === undefined) return undefined;
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
}
