import path from 'node:path';
import { listFolder, subfolders } from './find-artifacts';

const maximumDepth = 4;
/** Keep the search short in a workspace with very many folders. */
const maximumFolders = 4000;
const maximumFiles = 50;

/**
 * Files for a board in a workspace, breadth first; what cannot be read is left out.
 * @param endings such as `.kmodel`
 * @returns absolute paths
 */
export async function findBoardFiles(roots: readonly string[], endings: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  const queue = roots.map((folder) => ({ folder, depth: 0 }));
  for (let visited = 0; visited < maximumFolders && found.length < maximumFiles; visited++) {
    const next = queue.shift();
    if (next === undefined) break;
    const entries = await listFolder(next.folder);
    found.push(...entries.filter((entry) => entry.isFile() && endings.includes(path.extname(entry.name))).map((entry) => path.join(next.folder, entry.name)).sort());
    if (next.depth < maximumDepth) queue.push(...subfolders(entries).map((name) => ({ folder: path.join(next.folder, name), depth: next.depth + 1 })));
  }
  return found.slice(0, maximumFiles);
}
