import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';

/** Forms of pictures that a page can show, by the ending of the file. */
const shownTypes: Readonly<Record<string, string>> = { '.jpg': 'jpeg', '.jpeg': 'jpeg', '.png': 'png', '.webp': 'webp', '.bmp': 'bmp', '.gif': 'gif' };
const largestBytes = 16 * 1024 * 1024;

/**
 * A photo as an address that holds the picture itself, for pages that may show no file of the disk.
 * @returns undefined for a form that pages cannot show, and for files over 16 MiB
 * @throws Error when the file cannot be read
 */
export async function photoAddress(file: string): Promise<string | undefined> {
  const type = shownTypes[path.extname(file).toLowerCase()];
  if (type === undefined || (await stat(file)).size > largestBytes) return undefined;
  return `data:image/${type};base64,${(await readFile(file)).toString('base64')}`;
}
