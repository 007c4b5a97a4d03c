import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { writeJsonAtomic } from '../../base/atomic-file';
import { sha256OfFile } from '../../base/download/download';
import { UserError, throwIfCancelled } from '../../base/user-error';
import { libraryNames } from '../engine-folder';

/** `checksums.json`: what the libraries were when they passed their probe. */
export const checksumsSchema = z.object({
  format: z.literal(1),
  /** Folder of the libraries; the engine's own, or another one for a library that is used in place. */
  libraryPath: z.string(),
  libraries: z.array(
    z.object({
      name: z.string(),
      sizeBytes: z.number(),
      /** Time of the last change in milliseconds since 1970; together with the size it stands for the content. */
      modifiedMs: z.number(),
      sha256: z.string(),
    }),
  ),
});
export type Checksums = z.infer<typeof checksumsSchema>;

/** Hashes the libraries of `libraryPath` and writes `checksums.json` into the engine's folder. */
export async function writeChecksums(folder: string, libraryPath: string, platform: NodeJS.Platform, signal: AbortSignal): Promise<void> {
  const libraries: Checksums['libraries'] = [];
  for (const name of libraryNames(platform)) {
    throwIfCancelled(signal, 'The engine installation');
    const file = path.join(libraryPath, name);
    const stats = await stat(file);
    libraries.push({ name, sizeBytes: stats.size, modifiedMs: stats.mtimeMs, sha256: await sha256OfFile(file, signal) });
  }
  await writeJsonAtomic(checksumsFile(folder), { format: 1, libraryPath, libraries } satisfies Checksums);
}

/** undefined when the file is absent or not readable. */
export async function readChecksums(folder: string): Promise<Checksums | undefined> {
  try {
    return checksumsSchema.parse(JSON.parse(await readFile(checksumsFile(folder), 'utf8')));
  } catch {
    return undefined;
  }
}

/** True when sizes and times of the libraries are as noted: a few microseconds instead of a probe. */
export async function librariesUnchanged(checksums: Checksums, platform: NodeJS.Platform): Promise<boolean> {
  const names = checksums.libraries.map((library) => library.name);
  if (libraryNames(platform).some((name) => !names.includes(name))) return false;
  const same = await Promise.all(
    checksums.libraries.map(async ({ name, sizeBytes, modifiedMs }) => {
      const stats = await stat(path.join(checksums.libraryPath, name)).catch(() => undefined);
      return stats?.size === sizeBytes && stats.mtimeMs === modifiedMs;
    }),
  );
  return same.every(Boolean);
}

/** @throws UserError naming the library whose content is not what was installed */
export async function verifyChecksums(checksums: Checksums, onLibrary: (name: string) => void, signal: AbortSignal): Promise<void> {
  for (const { name, sha256 } of checksums.libraries) {
    onLibrary(name);
    const file = path.join(checksums.libraryPath, name);
    const found = await sha256OfFile(file, signal).catch((error: unknown) => {
      throwIfCancelled(signal, 'The check');
      throw new UserError(`${file} cannot be read.`, 'Install the engine again: mobilefacenet engine install --reinstall', { cause: error });
    });
    if (found !== sha256) {
      throw new UserError(`${file} is not the file that was installed: its SHA-256 has changed.`, 'Install the engine again: mobilefacenet engine install --reinstall');
    }
  }
}

function checksumsFile(folder: string): string {
  return path.join(folder, 'checksums.json');
}
