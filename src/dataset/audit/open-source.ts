import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import { errorCode, UserError } from '../../base/user-error';
import { datasetFileName } from '../artifact-names';
import { applyLeaveOut, leaveOutListOf } from '../quarantine';
import { compareCodePoints, describeProblem, scanPhotos, type PhotoFolder, type PhotoIdentity } from '../scan';
import type { AuditDependencies } from './audit-dependencies';
import { openDatasetSource } from './dataset-source';
import { openPhotoSource, type PhotoSourceOptions } from './photo-source';
import type { PictureSource } from './picture-source';

export interface DataSourceOptions {
  /** The photos are aligned crops already. */
  readonly aligned: boolean;
  /** List of photos that are left out already; default: the photo folder's `leave-out.txt`. */
  readonly leaveOut?: string;
}

export interface VerificationSourceOptions {
  readonly aligned: boolean;
  /** Where the photos of a pair list may lie, in the order in which the folders are tried. */
  readonly photoFolders: readonly string[];
}

export interface VerificationSource {
  readonly source: PictureSource;
  /** Names of all people, also of those whose photos were not found. */
  readonly peopleNames: readonly string[];
  /** Photos of a pair list that are in none of the folders. */
  readonly photosNotFound: readonly string[];
}

/**
 * Opens the data to audit: a photo folder or a prepared dataset.
 * @throws UserError when it is neither
 */
export async function openDataSource(data: string, options: DataSourceOptions, dependencies: AuditDependencies): Promise<PictureSource> {
  if (await isDataset(data)) {
    if (options.leaveOut === undefined) return openDatasetSource(data, false);
    throw new UserError(`${data} is a dataset, of which no photos can be left out.`, 'Give --leave-out when you prepare it.');
  }
  const folder = await scanPhotos(data);
  const list = await leaveOutListOf(data, options.leaveOut);
  return openPhotoSource({ ...folderOptions(list ? applyLeaveOut(folder, list) : folder), part: 'training', aligned: options.aligned }, dependencies);
}

/**
 * Opens what the data is checked against: a photo folder, a prepared dataset or a pair list.
 * @throws UserError when it is none of them
 */
export async function openVerificationSource(against: string, options: VerificationSourceOptions, dependencies: AuditDependencies): Promise<VerificationSource> {
  const { aligned } = options;
  if (await isFile(against)) return openPairSource(against, options, dependencies);
  const source = (await isDataset(against))
    ? await openDatasetSource(against, true)
    : await openPhotoSource({ ...folderOptions(await scanPhotos(against)), part: 'verification', aligned }, dependencies);
  return { source, peopleNames: source.people.map(({ name }) => name), photosNotFound: [] };
}

async function openPairSource(file: string, { aligned, photoFolders }: VerificationSourceOptions, dependencies: AuditDependencies): Promise<VerificationSource> {
  const { pairs } = await dependencies.readPairs(file);
  const names = [...new Set(pairs.flatMap(({ a, b }) => [a, b]))].sort(compareCodePoints);
  const root = await folderOf(names, photoFolders);
  const found = new Set(root === undefined ? [] : await existingOf(root, names));
  const source = await openPhotoSource(
    { kind: 'pairs', path: file, root: root ?? path.dirname(file), identities: groupByFolder([...found]), passedOver: [], part: 'verification', aligned },
    dependencies,
  );
  const peopleNames = [...new Set(names.map((name) => path.posix.dirname(name)))];
  return { source, peopleNames, photosNotFound: names.filter((name) => !found.has(name)) };
}

function folderOptions({ root, identities, problems }: PhotoFolder): Pick<PhotoSourceOptions, 'kind' | 'path' | 'root' | 'identities' | 'passedOver'> {
  return { kind: 'photos', path: root, root, identities, passedOver: problems.map(describeProblem) };
}

/** The first folder that holds any of the photos. */
async function folderOf(photos: readonly string[], folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    if ((await existingOf(folder, photos)).length > 0) return folder;
  }
  return undefined;
}

async function existingOf(root: string, photos: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const photo of photos) {
    if (await access(path.join(root, photo)).then(() => true, () => false)) found.push(photo);
  }
  return found;
}

function groupByFolder(photos: readonly string[]): PhotoIdentity[] {
  const groups = new Map<string, string[]>();
  for (const photo of photos) {
    const folder = path.posix.dirname(photo);
    const group = groups.get(folder);
    if (group) group.push(path.posix.basename(photo));
    else groups.set(folder, [path.posix.basename(photo)]);
  }
  return [...groups].map(([name, own]) => ({ name, photos: own }));
}

/** Whether a folder says that it is a prepared dataset. */
export function isDataset(folder: string): Promise<boolean> {
  return access(path.join(folder, datasetFileName)).then(() => true, () => false);
}

async function isFile(target: string): Promise<boolean> {
  try {
    return (await stat(target)).isFile();
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    throw new UserError(`${target} does not exist.`, 'Name a photo folder, a dataset or a pair list to check against.', { cause: error });
  }
}
