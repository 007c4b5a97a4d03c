import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { productRoot } from '../../../src/base/product';

/** Folders that hold nothing of the project's own. */
const foreignFolders = new Set(['.git', '.cache', 'node_modules', 'dist', 'sample', 'out']);
const textExtensions = new Set(['.ts', '.mjs', '.js', '.py', '.json', '.md', '.css', '.html', '.svg', '.yml', '.yaml', '.sh', '']);

/** Paths relative to the project's root, with `/`, of all files below `folder` that people write. */
export function projectFiles(folder = ''): string[] {
  return readdirSync(path.join(productRoot(), folder), { withFileTypes: true }).flatMap((entry) => {
    const relative = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return folder === '' && foreignFolders.has(entry.name) ? [] : projectFiles(relative);
    return entry.isFile() && textExtensions.has(path.extname(entry.name)) ? [relative] : [];
  });
}

/** All TypeScript files below the given folders. */
export function typeScriptFiles(...folders: string[]): string[] {
  return folders.flatMap((folder) => projectFiles(folder)).filter((file) => file.endsWith('.ts'));
}

export function readProjectFile(relative: string): string {
  return readFileSync(path.join(productRoot(), relative), 'utf8');
}
