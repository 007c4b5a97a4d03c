import { createHash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { FileLock, LockHeldError, type LockContent } from '../../base/file-lock';
import { CancelledError } from '../../base/user-error';
import { portBusy } from './port-errors';

export interface PortClaimOptions {
  /** Who wants the port, for whoever is refused: `the monitor`, `a deploy`. */
  readonly purpose: string;
  /** How long a holder is waited for; 0 (the default) is not at all. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
  /** Called when somebody else in this process wants the port: a holder that can do without it releases. */
  readonly onWanted?: (purpose: string) => void;
}

/** The right to open a port. */
export interface PortClaim {
  readonly path: string;
  /** Safe to call twice. */
  release(): Promise<void>;
}

interface Holder {
  readonly options: PortClaimOptions;
  readonly released: Promise<void>;
}

const lockTimes = { staleMs: 30_000, heartbeatMs: 5000 } as const;

/**
 * One owner per port: within this process by asking the holder and queueing, between processes by a lock file.
 * One instance per process; two of them see each other as two processes do.
 */
export class PortOwners {
  private readonly holders = new Map<string, Holder>();

  /** @param folder for the lock files; the same for all processes of a user */
  constructor(private readonly folder: string) {}

  /**
   * @param portPath as the user named it; links lead to the same port
   * @throws BoardError K2-PORT-BUSY naming the holder; CancelledError
   */
  async claim(portPath: string, options: PortClaimOptions): Promise<PortClaim> {
    const key = await realpath(portPath).catch(() => path.resolve(portPath));
    const deadlineMs = performance.now() + (options.waitMs ?? 0);
    for (let holder = this.holders.get(key); holder !== undefined; holder = this.holders.get(key)) {
      holder.options.onWanted?.(options.purpose);
      await until(holder.released, deadlineMs - performance.now(), options.signal);
      if (this.holders.get(key) === holder) throw portBusy(portPath, `${holder.options.purpose} of this window`);
    }
    let free: () => void = () => undefined;
    const holder: Holder = { options, released: new Promise((resolve) => (free = resolve)) };
    // Set before the first wait, so that nobody comes in between.
    this.holders.set(key, holder);
    const leave = (): void => {
      if (this.holders.get(key) === holder) this.holders.delete(key);
      free();
    };
    try {
      const lock = await this.lock(portPath, key, deadlineMs, options);
      return {
        path: portPath,
        release: async () => {
          await lock.release();
          leave();
        },
      };
    } catch (error) {
      leave();
      throw error;
    }
  }

  private async lock(portPath: string, key: string, deadlineMs: number, { signal }: PortClaimOptions): Promise<FileLock> {
    const name = createHash('sha256').update(key).digest('hex').slice(0, 16);
    try {
      return await FileLock.acquire(path.join(this.folder, 'ports', `${name}.lock`), { ...lockTimes, waitMs: Math.max(0, deadlineMs - performance.now()), ...(signal ? { signal } : {}) });
    } catch (error) {
      if (error instanceof LockHeldError) throw portBusy(portPath, await describeHolder(error.holder), { cause: error });
      throw error;
    }
  }
}

async function describeHolder(holder: LockContent | undefined): Promise<string | undefined> {
  if (holder === undefined) return undefined;
  const command = await readFile(`/proc/${holder.pid}/cmdline`, 'utf8').catch(() => '');
  const words = command.split('\0').filter((word) => word !== '').slice(1, 4).map((word) => path.basename(word));
  return `process ${holder.pid}${words.length === 0 ? '' : ` (${words.join(' ')})`}, which holds it since ${holder.startedAt}`;
}

/** Resolves when `event` does or the time is over. @throws CancelledError */
async function until(event: Promise<void>, limitMs: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) throw new CancelledError('The wait for the port');
  let stop: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (stop = resolve));
  const timer = setTimeout(stop, Math.max(0, limitMs));
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await Promise.race([event, ended]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
  if (signal?.aborted) throw new CancelledError('The wait for the port');
}
