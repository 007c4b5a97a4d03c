import { statSync, unlinkSync } from 'node:fs';
import { mkdir, open, readFile, stat, unlink, type FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { explainWriteError } from './atomic-file';
import { isProcessAlive } from './process-alive';
import { UserError, errorCode, throwIfCancelled } from './user-error';

const lockContentSchema = z.object({
  pid: z.number().int(),
  hostName: z.string(),
  /** ISO time of `acquire`. */
  startedAt: z.string(),
  /** Time of the last heartbeat, in milliseconds since 1970. */
  heartbeatMs: z.number(),
});

/** What a lock file says about its holder. */
export type LockContent = z.infer<typeof lockContentSchema>;

export interface FileLockOptions {
  /** A holder without heartbeat for this long is taken for dead. Several times `heartbeatMs`. */
  readonly staleMs: number;
  /** Time between two heartbeats. */
  readonly heartbeatMs: number;
  /** How long `acquire` waits for a live holder; 0 (the default) is not at all. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
  /** Called at each look at the lock while another holder is waited for. */
  readonly onWait?: (holder: LockContent | undefined, waitedMs: number) => void;
}

/** Another live process (or another caller in this one) holds the lock. */
export class LockHeldError extends UserError {
  constructor(
    readonly file: string,
    readonly holder: LockContent | undefined,
  ) {
    super(
      holder ? `${file} is held by process ${holder.pid} on ${holder.hostName} since ${holder.startedAt}.` : `${file} is held by another process.`,
      'Wait until that process has finished, or end it.',
    );
  }
}

const pollMs = 250;
/** A holder on another machine that seems dead is watched for so many heartbeats. */
const watchedHeartbeats = 3;
/** A guard file of a take-over lives for milliseconds; one this old was left by a crash. */
const guardStaleMs = 10_000;

/**
 * Mutual exclusion between processes by one small JSON file (`LockContent`).
 * The file is created exclusively and kept open: heartbeats go to the open file, so that a holder which lost its lock
 * (asleep for longer than `staleMs`) can never overwrite its successor's. Released also when the process exits.
 */
export class FileLock {
  private readonly timer: NodeJS.Timeout;
  private beat: Promise<void> = Promise.resolve();
  private released = false;
  private lost = false;

  private constructor(
    readonly file: string,
    private readonly handle: FileHandle,
    private readonly inode: number,
    private readonly content: LockContent,
    heartbeatMs: number,
  ) {
    this.timer = setInterval(() => {
      this.beat = this.beat.then(() => this.writeHeartbeat());
    }, heartbeatMs);
    this.timer.unref();
    process.on('exit', this.onExit);
  }

  /**
   * Takes the lock; a dead holder's lock is taken over, that of one on another machine after three times `heartbeatMs`.
   * @throws LockHeldError when a live holder keeps it for longer than `waitMs`
   * @throws CancelledError when `signal` is aborted
   * @throws UserError when the folder cannot be written
   */
  static async acquire(file: string, options: FileLockOptions): Promise<FileLock> {
    const started = performance.now();
    for (;;) {
      throwIfCancelled(options.signal);
      const lock = await FileLock.create(file, options.heartbeatMs);
      if (lock) return lock;
      const holder = await readHolder(file);
      if (holder === undefined) continue;
      if (isStale(holder, options.staleMs) && (await staysSilent(file, holder, options)) && (await removeStale(file, holder, options.staleMs))) continue;
      const waitedMs = performance.now() - started;
      const remainingMs = (options.waitMs ?? 0) - waitedMs;
      if (remainingMs <= 0) throw new LockHeldError(file, holder.content);
      options.onWait?.(holder.content, waitedMs);
      await sleep(Math.min(pollMs, remainingMs), undefined, { signal: options.signal }).catch(() => undefined);
    }
  }

  /** The holder that the file names; undefined when nobody holds it or the holder is dead. */
  static async holder(file: string, staleMs: number): Promise<LockContent | undefined> {
    const holder = await readHolder(file);
    return holder && !isStale(holder, staleMs) ? holder.content : undefined;
  }

  /** True when another process took the lock over, because this one gave no heartbeat for too long. */
  get isLost(): boolean {
    return this.lost;
  }

  /** Gives the lock back. Safe to call twice. */
  async release(): Promise<void> {
    if (this.released) return;
    this.released = true;
    clearInterval(this.timer);
    process.off('exit', this.onExit);
    await this.beat;
    const current = await stat(this.file).catch(() => undefined);
    if (current?.ino === this.inode) await unlink(this.file).catch(() => undefined);
    await this.handle.close();
  }

  private static async create(file: string, heartbeatMs: number): Promise<FileLock | undefined> {
    const handle = await openExclusive(file);
    if (!handle) return undefined;
    const now = new Date();
    const content = { pid: process.pid, hostName: hostname(), startedAt: now.toISOString(), heartbeatMs: now.getTime() };
    try {
      await handle.write(JSON.stringify(content), 0);
      return new FileLock(file, handle, (await handle.stat()).ino, content, heartbeatMs);
    } catch (error) {
      await handle.close();
      await unlink(file).catch(() => undefined);
      throw explainWriteError(error, file);
    }
  }

  private async writeHeartbeat(): Promise<void> {
    try {
      await this.handle.write(JSON.stringify({ ...this.content, heartbeatMs: Date.now() }), 0);
      this.lost = (await this.handle.stat()).nlink === 0;
      // A network share keeps what is written to an open file to itself for up to half a minute.
      await this.handle.datasync();
    } catch {
      // A heartbeat that fails (full disk, broken share) only brings the lock nearer to being stale.
    }
  }

  private readonly onExit = (): void => {
    try {
      if (statSync(this.file).ino === this.inode) unlinkSync(this.file);
    } catch {
      // The process ends: a file that stays is recognised as stale by its process id.
    }
  };
}

interface Holder {
  /** Absent for a moment between creation and the first write. */
  readonly content: LockContent | undefined;
  readonly ageMs: number;
}

async function openExclusive(file: string): Promise<FileHandle | undefined> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    return await open(file, 'wx');
  } catch (error) {
    const exists = errorCode(error) === 'EEXIST' && (await stat(path.dirname(file)).catch(() => undefined))?.isDirectory() === true;
    // Windows answers EPERM for a file that is being deleted.
    const isBeingDeleted = process.platform === 'win32' && errorCode(error) === 'EPERM';
    if (exists || isBeingDeleted) return undefined;
    if (errorCode(error) === 'ENOTDIR' || errorCode(error) === 'EEXIST') {
      throw new UserError(`${path.dirname(file)} cannot be made: a part of this path is a file.`, 'Choose another folder.', { cause: error });
    }
    throw explainWriteError(error, file);
  }
}

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    const content = parseContent(await readFile(file, 'utf8'));
    const lastMs = content?.heartbeatMs ?? (await stat(file)).mtimeMs;
    return { content, ageMs: Date.now() - lastMs };
  } catch (error) {
    // A file that cannot be read at the moment (Windows, while it is being deleted) counts as fresh.
    return errorCode(error) === 'ENOENT' ? undefined : { content: undefined, ageMs: 0 };
  }
}

function parseContent(text: string): LockContent | undefined {
  try {
    return lockContentSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** The clock of another machine may also be ahead of this one's. */
function isStale({ content, ageMs }: Holder, staleMs: number): boolean {
  if (content === undefined) return ageMs > staleMs;
  return content.hostName === hostname() ? ageMs > staleMs || !isProcessAlive(content.pid) : Math.abs(ageMs) > staleMs;
}

/**
 * Whether a holder that seems dead gives no heartbeat. One on another machine may only have another clock, so it is watched.
 * @throws CancelledError
 */
async function staysSilent(file: string, { content }: Holder, { heartbeatMs, signal }: FileLockOptions): Promise<boolean> {
  if (content === undefined || content.hostName === hostname()) return true;
  const endMs = performance.now() + watchedHeartbeats * heartbeatMs;
  while (performance.now() < endMs) {
    await sleep(Math.min(pollMs, heartbeatMs), undefined, { signal }).catch(() => undefined);
    throwIfCancelled(signal);
    const now = await readHolder(file);
    if (now === undefined) return true;
    if (now.content !== undefined && now.content.heartbeatMs !== content.heartbeatMs) return false;
  }
  return true;
}

/**
 * Removes a stale lock. Without the guard, two processes could both see the stale file, and the slower one would
 * remove the lock that the faster one has taken meanwhile; so the look and the removal happen under the guard only.
 */
async function removeStale(file: string, seen: Holder, staleMs: number): Promise<boolean> {
  const guard = `${file}.takeover`;
  const handle = await openExclusive(guard);
  if (!handle) {
    const ageMs = Date.now() - ((await stat(guard).catch(() => undefined))?.mtimeMs ?? Date.now());
    if (ageMs > guardStaleMs) await unlink(guard).catch(() => undefined);
    return false;
  }
  try {
    const holder = await readHolder(file);
    if (holder && isStale(holder, staleMs) && holder.content?.heartbeatMs === seen.content?.heartbeatMs) await unlink(file).catch(() => undefined);
    return true;
  } finally {
    await handle.close();
    await unlink(guard).catch(() => undefined);
  }
}
