import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { namesIn } from '../workspace/folders';

/** Folder beside the runs where they go when the system has no trash; its name hides it from the lists. */
export const trashFolder = '.trash';

/**
 * Moves a run to the system's trash; on a remote machine, which has none, into a folder beside it.
 * @returns where it is now, when it is not in the system's trash
 */
export async function moveToTrash(folder: string): Promise<string | undefined> {
  try {
    await vscode.workspace.fs.delete(vscode.Uri.file(folder), { recursive: true, useTrash: true });
    return undefined;
  } catch {
    const trash = path.join(path.dirname(folder), trashFolder);
    await mkdir(trash, { recursive: true });
    const target = path.join(trash, freeName(path.basename(folder), await namesIn(trash)));
    await rename(folder, target);
    return target;
  }
}

function freeName(name: string, taken: readonly string[]): string {
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? name : `${name}-${count}`;
    if (!taken.includes(candidate)) return candidate;
  }
}
