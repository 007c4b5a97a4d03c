import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { explainWriteError, isTemporaryName, removeLeftOvers, temporaryName, writeJsonAtomic } from '../../base/atomic-file';
import { FileLock, LockHeldError } from '../../base/file-lock';
import { errorCode, UserError } from '../../base/user-error';

const lockTimes = { staleMs: 60_000, heartbeatMs: 10_000 } as const;
const resultPrefix = 'result-';
const publishedFileName = 'published.json';

/**
 * The hidden folder beside a dataset in which it is made. Its name is always the same, so that a run that was killed or
 * cancelled is continued by the next; a lock lets one run work in it at a time.
 */
export class WorkFolder {
  private constructor(
    readonly folder: string,
    private readonly target: string,
    private readonly lock: FileLock,
  ) {}

  /**
   * @param fresh throws away what an earlier run has left
   * @throws UserError when another process works on the same target, or the folder cannot be made
   */
  static async open(target: string, fresh: boolean): Promise<WorkFolder> {
    const folder = workFolderOf(target);
    const lock = await acquireLock(target, `${folder}.lock`);
    try {
      await removeLeftOvers(target);
      const work = new WorkFolder(folder, target, lock);
      if (fresh) await work.discard();
      await mkdir(folder, { recursive: true });
      return work;
    } catch (error) {
      await lock.release();
      throw explainWriteError(error, target);
    }
  }

  /** The folder that becomes the dataset. There is one at a time; those of other requests are removed. */
  async resultFolder(request: string): Promise<string> {
    const name = resultNameOf(request);
    for (const other of await readdir(this.folder)) {
      if (other.startsWith(resultPrefix) && other !== name) await rm(path.join(this.folder, other), { recursive: true });
    }
    const folder = path.join(this.folder, name);
    await mkdir(folder, { recursive: true });
    // The lock is ours: what a killed run was writing belongs to nobody.
    const halfWritten = (await readdir(folder)).filter(isTemporaryName);
    await Promise.all(halfWritten.map((file) => rm(path.join(folder, file), { recursive: true, force: true })));
    return folder;
  }

  /** Puts the result in its place, instead of what is there, and removes the work folder. */
  async publish(request: string): Promise<void> {
    await writeJsonAtomic(path.join(this.folder, publishedFileName), { request });
    const old = temporaryName(this.target);
    const isReplaced = await renameIfThere(this.target, old);
    await rename(path.join(this.folder, resultNameOf(request)), this.target);
    if (isReplaced) await rm(old, { recursive: true, force: true });
    await this.discard();
  }

  /** Removes the work folder; a process that is killed meanwhile leaves nothing that looks like work to continue. */
  async discard(): Promise<void> {
    const doomed = temporaryName(this.target);
    if (await renameIfThere(this.folder, doomed)) await rm(doomed, { recursive: true, force: true });
  }

  /** Lets others work. */
  async release(): Promise<void> {
    await this.lock.release();
  }
}

/** The request whose result was put in its place by a run that was killed before it could clean up; else undefined. */
export async function publishedRequest(target: string): Promise<string | undefined> {
  const folder = workFolderOf(target);
  const text = await readFile(path.join(folder, publishedFileName), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { request } = JSON.parse(text) as { request: string };
  const isUnpublished = await exists(path.join(folder, resultNameOf(request)));
  return isUnpublished ? undefined : request;
}

/** Bytes that an earlier run left in the work folder of `target`. */
export async function workFolderBytes(target: string): Promise<number> {
  const folder = workFolderOf(target);
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(names.map(async (name) => (await stat(path.join(folder, name)).catch(() => undefined))?.size ?? 0));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function workFolderOf(target: string): string {
  const resolved = path.resolve(target);
  return path.join(path.dirname(resolved), `.${path.basename(resolved)}.preparing`);
}

function resultNameOf(request: string): string {
  return `${resultPrefix}${request}`;
}

async function acquireLock(target: string, lockFile: string): Promise<FileLock> {
  try {
    return await FileLock.acquire(lockFile, lockTimes);
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error;
    const by = error.holder ? ` (process ${error.holder.pid} on ${error.holder.hostName})` : '';
    throw new UserError(`Another preparation of ${target} is running${by}.`, 'Wait until it has finished, or choose another folder.', { cause: error });
  }
}

async function renameIfThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(() => true, () => false);
}
