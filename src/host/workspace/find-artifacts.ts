import type { Dirent } from 'node:fs';
import path from 'node:path';
import { datasetFileName } from '../../dataset/artifact-names';
import { isPhotoName } from '../../dataset/scan';
import { faceFileName, modelFileName } from '../../network/model-files';
import { runFiles } from '../../protocol/run-files';
import { listFolder, subfolders, walkFolders } from './folders';

/** Folders of the product's artifacts, each by absolute path, in alphabetical order. */
export interface WorkspaceArtifacts {
  readonly photoFolders: readonly string[];
  readonly datasets: readonly string[];
  readonly runs: readonly string[];
  /** Model folders outside of runs. */
  readonly models: readonly string[];
}

const limits = { depth: 3, folders: 4000 };
/** Subfolders that are looked into to decide whether a folder holds photos of people. */
const sampledSubfolders = 20;

/** Searches the folders three levels deep. What cannot be read is left out. */
export async function findArtifacts(roots: readonly string[]): Promise<WorkspaceArtifacts> {
  const found = { photoFolders: [] as string[], datasets: [] as string[], runs: [] as string[], models: [] as string[] };
  await walkFolders(roots, limits, async (folder, entries) => {
    const kind = await folderKind(folder, entries);
    if (kind === undefined) return 'enter';
    found[kind].push(folder);
    return 'pass';
  });
  return { photoFolders: found.photoFolders.sort(), datasets: found.datasets.sort(), runs: found.runs.sort(), models: found.models.sort() };
}

async function folderKind(folder: string, entries: readonly Dirent[]): Promise<keyof WorkspaceArtifacts | undefined> {
  const hasFile = (name: string): boolean => entries.some((entry) => entry.name === name && entry.isFile());
  if (hasFile(runFiles.record)) return 'runs';
  if (hasFile(datasetFileName)) return 'datasets';
  // Beside a face.kmodel lies a face.json of its own.
  if (hasFile(faceFileName) && hasFile(modelFileName)) return 'models';
  return (await holdsPhotosOfPeople(folder, entries)) ? 'photoFolders' : undefined;
}

/** True when at least two subfolders hold pictures: one folder per person. */
export async function holdsPhotosOfPeople(folder: string, entries?: readonly Dirent[]): Promise<boolean> {
  const names = subfolders(entries ?? (await listFolder(folder))).slice(0, sampledSubfolders);
  let people = 0;
  for (const name of names) {
    if ((await countPictures(path.join(folder, name))) > 0) people++;
    if (people >= 2) return true;
  }
  return false;
}

/** Number of pictures directly in a folder; 0 when it cannot be read. */
export async function countPictures(folder: string): Promise<number> {
  return (await listFolder(folder)).filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.') && isPhotoName(entry.name)).length;
}
