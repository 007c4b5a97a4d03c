import path from 'node:path';
import { walkFolders } from './folders';

const limits = { depth: 4, folders: 4000 };
const maximumFiles = 50;

/**
 * Files for a board in a workspace, those near its root first.
 * @param endings such as `.kmodel`
 * @returns absolute paths, at most 50
 */
export async function findBoardFiles(roots: readonly string[], endings: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  await walkFolders(roots, limits, (folder, entries) => {
    found.push(...entries.filter((entry) => entry.isFile() && endings.includes(path.extname(entry.name))).map((entry) => path.join(folder, entry.name)).sort());
    return found.length < maximumFiles ? 'enter' : 'end';
  });
  return found.slice(0, maximumFiles);
}
