import { readdir } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import path from 'node:path';

const ignoredNames: ReadonlySet<string> = new Set(['node_modules', 'dist', 'out', 'build', 'checkpoints', 'model']);

/** Keep a walk short in a workspace with very many folders. */
export interface WalkLimits {
  /** Levels below the roots. */
  readonly depth: number;
  readonly folders: number;
}

/** What a walk does after a folder: go into it, leave out what lies in it, or end. */
export type WalkStep = 'enter' | 'pass' | 'end';

/** Walks through folders breadth first. What cannot be read is empty. */
export async function walkFolders(roots: readonly string[], limits: WalkLimits, visit: (folder: string, entries: readonly Dirent[]) => WalkStep | Promise<WalkStep>): Promise<void> {
  const queue = roots.map((folder) => ({ folder, depth: 0 }));
  for (let visited = 0; visited < limits.folders; visited++) {
    const next = queue.shift();
    if (next === undefined) return;
    const entries = await listFolder(next.folder);
    const step = await visit(next.folder, entries);
    if (step === 'end') return;
    if (step === 'enter' && next.depth < limits.depth) queue.push(...subfolders(entries).map((name) => ({ folder: path.join(next.folder, name), depth: next.depth + 1 })));
  }
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
