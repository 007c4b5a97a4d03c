import path from 'node:path';
import { walkFolders } from './folders';

const limits = { depth: 3, folders: 2000 };

/** Files whose name is wanted, three levels deep and in alphabetical order. */
export async function findDocuments(roots: readonly string[], isWanted: (name: string) => boolean): Promise<string[]> {
  const found: string[] = [];
  await walkFolders(roots, limits, (folder, entries) => {
    found.push(...entries.filter((entry) => entry.isFile() && isWanted(entry.name)).map((entry) => path.join(folder, entry.name)));
    return 'enter';
  });
  return found.sort();
}
