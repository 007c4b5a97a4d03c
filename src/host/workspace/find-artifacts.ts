import { readdir } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import path from 'node:path';
import { datasetFileName } from '../../dataset/artifact-names';
import { isPhotoName } from '../../dataset/scan';
import { faceFileName } from '../../network/model-files';
import { runFiles } from '../../protocol/run-files';

/** Folders of the product's artifacts, each by absolute path, in alphabetical order. */
export interface WorkspaceArtifacts {
  readonly photoFolders: readonly string[];
  readonly datasets: readonly string[];
  readonly runs: readonly string[];
  /** Model folders outside of runs. */
  readonly models: readonly string[];
}

const maximumDepth = 3;
/** Keeps the search short in a workspace with very many folders. */
const maximumFolders = 4000;
/** Subfolders that are looked into to decide whether a folder holds photos of people. */
const sampledSubfolders = 20;
const ignoredNames: ReadonlySet<string> = new Set(['node_modules', 'dist', 'out', 'build', 'checkpoints', 'model']);

/** Searches the folders breadth first, three levels deep. What cannot be read is left out. */
export async function findArtifacts(roots: readonly string[]): Promise<WorkspaceArtifacts> {
  const found = { photoFolders: [] as string[], datasets: [] as string[], runs: [] as string[], models: [] as string[] };
  const queue = roots.map((folder) => ({ folder, depth: 0 }));
  for (let visited = 0; visited < maximumFolders; visited++) {
    const next = queue.shift();
    if (next === undefined) break;
    const entries = await listFolder(next.folder);
    const kind = await folderKind(next.folder, entries);
    if (kind !== undefined) found[kind].push(next.folder);
    else if (next.depth < maximumDepth) queue.push(...subfolders(entries).map((name) => ({ folder: path.join(next.folder, name), depth: next.depth + 1 })));
  }
  return { photoFolders: found.photoFolders.sort(), datasets: found.datasets.sort(), runs: found.runs.sort(), models: found.models.sort() };
}

async function folderKind(folder: string, entries: readonly Dirent[]): Promise<keyof WorkspaceArtifacts | undefined> {
  const hasFile = (name: string): boolean => entries.some((entry) => entry.name === name && entry.isFile());
  if (hasFile(runFiles.record)) return 'runs';
  if (hasFile(datasetFileName)) return 'datasets';
  if (hasFile(faceFileName)) return 'models';
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

/** Names of the subfolders that may belong to a user, sorted. */
export function subfolders(entries: readonly Dirent[]): string[] {
  return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !ignoredNames.has(entry.name)).map((entry) => entry.name).sort();
}

export async function listFolder(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    // A folder that vanished or is forbidden has nothing to show.
    return [];
  }
}

/** All names in use in a folder, whatever they are names of. */
export async function namesIn(folder: string): Promise<string[]> {
  return (await listFolder(folder)).map((entry) => entry.name);
}
