import path from 'node:path';
import { listFolder, subfolders } from './find-artifacts';

const maximumDepth = 3;
/** Keeps the search short in a workspace with very many folders. */
const maximumFolders = 2000;

/** Files whose name is wanted, breadth first and three levels deep. What cannot be read is left out. */
export async function findDocuments(roots: readonly string[], isWanted: (name: string) => boolean): Promise<string[]> {
  const found: string[] = [];
  const queue = roots.map((folder) => ({ folder, depth: 0 }));
  for (let visited = 0; visited < maximumFolders; visited++) {
    const next = queue.shift();
    if (next === undefined) break;
    const entries = await listFolder(next.folder);
    found.push(...entries.filter((entry) => entry.isFile() && isWanted(entry.name)).map((entry) => path.join(next.folder, entry.name)));
    if (next.depth < maximumDepth) queue.push(...subfolders(entries).map((name) => ({ folder: path.join(next.folder, name), depth: next.depth + 1 })));
  }
  return found.sort();
}
