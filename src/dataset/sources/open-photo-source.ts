import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import { errorCode, UserError } from '../../base/user-error';
import { readLandmarkSidecar } from '../detection/landmark-sidecar';
import { compareCodePoints, describeProblem, scanPhotos, type PhotoFolder } from '../scan';
import { labelsFileName, readLabels, readLabelsIfPresent } from './labels-file';
import { readPhotoList, type ListedPhoto } from './photo-list';
import type { PhotoSource, SourceIdentity } from './photo-source';

export interface OpenSourceOptions {
  /** Folder of the photos that a list names. Default: the folder of the list. */
  readonly root?: string;
  /** `labels.csv` with the names of the labels of a list. Default: the one beside the list, if there is one. */
  readonly labels?: string;
}

const pairsFileName = 'pairs.txt';

/**
 * Opens photos of labelled people in any form that the product knows: a folder of folders (LFW's among them) or a list of
 * photos (`photo-list.ts`).
 * @throws UserError naming the folder, file or line that cannot be used
 */
export async function openPhotoSource(location: string, options: OpenSourceOptions = {}): Promise<PhotoSource> {
  const stats = await stat(location).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error;
    throw new UserError(`${location} does not exist.`, 'Give a folder with one folder per person, or a list of photos.', { cause: error });
  });
  return stats.isDirectory() ? folderSource(await scanPhotos(location)) : listSource(location, options);
}

async function folderSource(folder: PhotoFolder): Promise<PhotoSource> {
  const { root, photoCount, problems } = folder;
  const identities = folder.identities.map(({ name, photos }, label) => ({ name, label, photos: photos.map((photo) => `${name}/${photo}`) }));
  const pairsFile = await firstExisting([path.join(root, pairsFileName), path.join(path.dirname(path.resolve(root)), pairsFileName)]);
  const kind = folder.identities.every(({ name, photos }) => photos.every((photo) => isLfwName(name, photo))) ? 'lfw' : 'folders';
  const remarks = problems.map(describeProblem);
  return { kind, root, identities, photoCount, landmarks: await readLandmarkSidecar(root), pairsFile: kind === 'lfw' ? pairsFile : undefined, remarks };
}

/** LFW calls its photos `<name>_0001.jpg` and so on. */
function isLfwName(name: string, photo: string): boolean {
  return photo.startsWith(`${name}_`) && /^\d{4}\.[a-z]+$/iu.test(photo.slice(name.length + 1));
}

async function listSource(file: string, options: OpenSourceOptions): Promise<PhotoSource> {
  const folder = path.dirname(file);
  const root = options.root ?? folder;
  const { photos, remarks } = await readPhotoList(file, root);
  const names = options.labels !== undefined ? await readLabels(options.labels) : await readLabelsIfPresent(path.join(folder, labelsFileName));
  const identities = groupByLabel(photos, names ?? new Map());
  return { kind: 'list', root, identities, photoCount: photos.length, landmarks: await readLandmarkSidecar(root), pairsFile: undefined, remarks };
}

/**
 * Identities in the order of their labels: numbers by value, then names. A number is called as `names` says; else as the folder that
 * holds all of its photos and no others; else "label 17".
 */
export function groupByLabel(photos: readonly ListedPhoto[], names: ReadonlyMap<number, string>): SourceIdentity[] {
  const groups = new Map<string, string[]>();
  for (const photo of photos) {
    const key = isNumber(photo.label) ? String(Number(photo.label)) : photo.label;
    const group = groups.get(key);
    if (group) group.push(photo.path);
    else groups.set(key, [photo.path]);
  }
  const folderNames = namesByFolder(groups);
  return [...groups].sort(([x], [y]) => compareLabels(x, y)).map(([key, paths], place) => ({
    name: isNumber(key) ? (names.get(Number(key)) ?? folderNames.get(key) ?? `label ${key}`) : key,
    label: isNumber(key) ? Number(key) : place,
    photos: paths.sort(compareCodePoints),
  }));
}

/** Names of folders that belong to one label alone. */
function namesByFolder(groups: ReadonlyMap<string, readonly string[]>): Map<string, string> {
  const labelsOfFolder = new Map<string, Set<string>>();
  const foldersOfLabel = new Map<string, Set<string>>();
  for (const [label, paths] of groups) {
    const folders = new Set(paths.map((photo) => path.posix.dirname(photo)));
    foldersOfLabel.set(label, folders);
    for (const folder of folders) labelsOfFolder.set(folder, (labelsOfFolder.get(folder) ?? new Set()).add(label));
  }
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const [label, folders] of foldersOfLabel) {
    const [folder, ...others] = folders;
    const name = path.posix.basename(folder ?? '.');
    if (others.length > 0 || name === '.' || taken.has(name) || labelsOfFolder.get(folder ?? '')?.size !== 1) continue;
    taken.add(name);
    names.set(label, name);
  }
  return names;
}

function compareLabels(x: string, y: string): number {
  if (isNumber(x) && isNumber(y)) return Number(x) - Number(y);
  if (isNumber(x) !== isNumber(y)) return isNumber(x) ? -1 : 1;
  return compareCodePoints(x, y);
}

function isNumber(label: string): boolean {
  return /^\d{1,8}$/u.test(label);
}

async function firstExisting(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    if (await access(file).then(() => true, () => false)) return file;
  }
  return undefined;
}
