import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import { isProcessAlive } from './process-alive';
import { UserError, errorCode } from './user-error';

/**
 * Writes a whole file so that a reader sees the old content or the new, never a part.
 * @throws UserError when the disk is full or the folder cannot be written; nothing is left behind then.
 */
export async function writeFileAtomic(file: string, content: string | Uint8Array): Promise<void> {
  const temporary = temporaryName(file);
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const handle = await open(temporary, 'w');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw explainWriteError(error, file);
  }
}

/** `writeFileAtomic` of `value` as indented JSON with a final newline. */
export async function writeJsonAtomic(file: string, value: unknown): Promise<void> {
  await writeFileAtomic(file, `${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Builds a folder under a temporary name beside `folder` and renames it when `fill` is done.
 * An existing `folder` is replaced only then. A failure or crash leaves the old folder as it was.
 */
export async function writeFolderAtomic(folder: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = temporaryName(folder);
  try {
    await removeLeftOvers(folder);
    await mkdir(temporary, { recursive: true });
    await fill(temporary);
    const old = temporaryName(folder);
    const replaced = await rename(folder, old).then(() => true, (error: unknown) => {
      if (errorCode(error) === 'ENOENT') return false;
      throw error;
    });
    await rename(temporary, folder);
    if (replaced) await rm(old, { recursive: true, force: true });
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw explainWriteError(error, folder);
  }
}

/** Name of a temporary sibling: hidden, unique, and with the process that makes it, so that a later one can clean up. */
export function temporaryName(target: string): string {
  return path.join(path.dirname(target), `${leftOverPrefix(target)}${process.pid}-${randomBytes(4).toString('hex')}`);
}

/** Removes temporary siblings of `target` whose process was killed before it could. */
export async function removeLeftOvers(target: string): Promise<void> {
  const folder = path.dirname(target);
  const prefix = leftOverPrefix(target);
  const names = await readdir(folder).catch(() => []);
  const dead = names.filter((name) => name.startsWith(prefix) && !isProcessAlive(Number.parseInt(name.slice(prefix.length), 10)));
  await Promise.all(dead.map((name) => rm(path.join(folder, name), { recursive: true, force: true })));
}

/** Whether a file or folder name is one of `temporaryName`, whatever its target. */
export function isTemporaryName(name: string): boolean {
  return /^\..+\.part-\d+-[0-9a-f]{8}$/.test(name);
}

function leftOverPrefix(target: string): string {
  return `.${path.basename(target)}.part-`;
}

/** Turns the write failures that users meet into a `UserError`; other errors are returned unchanged. */
export function explainWriteError(error: unknown, target: string): unknown {
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new UserError(`The disk is full; ${target} could not be written.`, 'Free some space or choose another folder, then run the same command again.', { cause: error });
    case 'EACCES':
    case 'EPERM':
      return new UserError(`${target} cannot be written: permission denied.`, 'Choose a folder you may write to.', { cause: error });
    case 'EROFS':
      return new UserError(`${target} cannot be written: the disk is read-only.`, 'Choose a folder on another disk.', { cause: error });
    default:
      return error;
  }
}

/** Free bytes for this user on the disk that holds `folder` (or its nearest existing parent). */
export async function freeDiskBytes(folder: string): Promise<number> {
  for (let current = path.resolve(folder); ; current = path.dirname(current)) {
    try {
      const stats = await statfs(current);
      return stats.bavail * stats.bsize;
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' || path.dirname(current) === current) throw error;
    }
  }
}
