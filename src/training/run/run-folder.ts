import { appendFileSync, closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { explainWriteError, writeJsonAtomic } from '../../base/atomic-file';
import { FileLock, LockHeldError } from '../../base/file-lock';
import { UserError, errorCode } from '../../base/user-error';
import { runControlSchema, runRecordSchema, type RunControl, type RunEvent, type RunRecord } from '../../protocol/run';
import { runFiles } from '../../protocol/run-files';

const lockTimes = { heartbeatMs: 2000, staleMs: 20_000 } as const;

/** The run folder as the training job writes it. Holds the run's lock from `open` to `close`. */
export class RunFolder {
  private readonly events: number;
  private lastControlId: string | undefined;
  private follower: ((event: RunEvent) => void) | undefined;

  private constructor(
    readonly folder: string,
    private current: RunRecord,
    private readonly lock: FileLock,
  ) {
    this.events = openSync(path.join(folder, runFiles.events), 'a+');
    endTornLine(this.events);
  }

  get record(): RunRecord {
    return this.current;
  }

  /** Makes the folder of a new run. @throws UserError when the folder already holds something */
  static async create(folder: string, record: RunRecord): Promise<RunFolder> {
    if (existsSync(path.join(folder, runFiles.record))) {
      throw new UserError(`${folder} already holds a run.`, 'Choose another --out folder, or continue that run with `train --resume`.');
    }
    try {
      await mkdir(folder, { recursive: true });
    } catch (error) {
      throw explainWriteError(error, folder);
    }
    const lock = await takeLock(folder);
    try {
      await writeJsonAtomic(path.join(folder, runFiles.record), record);
      return new RunFolder(folder, record, lock);
    } catch (error) {
      await lock.release();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Opens a run to continue it. */
  static async open(folder: string): Promise<RunFolder> {
    const record = await readRunRecord(folder);
    const lock = await takeLock(folder);
    // A request to a job that was killed is not one to this job.
    await rm(path.join(folder, runFiles.control), { force: true });
    return new RunFolder(folder, record, lock);
  }

  /** Rewrites run.json with these changes. */
  async update(changes: Partial<RunRecord>): Promise<void> {
    this.current = { ...this.current, ...changes };
    await writeJsonAtomic(path.join(this.folder, runFiles.record), this.current);
  }

  /** Appends a line to events.jsonl; it is in the file when this returns. */
  append(event: RunEvent): void {
    try {
      appendFileSync(this.events, `${JSON.stringify(event)}\n`);
    } catch (error) {
      throw explainWriteError(error, path.join(this.folder, runFiles.events));
    }
    this.follower?.(event);
  }

  /** Hands every event on once it is in events.jsonl. */
  follow(follower: (event: RunEvent) => void): void {
    this.follower = follower;
  }

  /** The request in control.json, once; undefined when there is no new one. */
  async takeControl(): Promise<RunControl | undefined> {
    const control = await readControl(path.join(this.folder, runFiles.control));
    if (!control || control.id === this.lastControlId) return undefined;
    this.lastControlId = control.id;
    return control;
  }

  async close(): Promise<void> {
    closeSync(this.events);
    await rm(path.join(this.folder, runFiles.control), { force: true });
    await this.lock.release();
  }
}

/** @throws UserError naming run.json when the folder is no run */
export async function readRunRecord(folder: string): Promise<RunRecord> {
  const file = path.join(folder, runFiles.record);
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const why = errorCode(error) === 'ENOENT' ? 'is no run: it has no run.json' : 'has an unreadable run.json';
    throw new UserError(`${folder} ${why}.`, 'Name the folder that `train --out` wrote.', { cause: error });
  }
  const parsed = runRecordSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UserError(`${file} is damaged (${parsed.error.issues[0]?.path.join('.') ?? 'unknown field'}).`, 'Fork from one of its checkpoints, or train again.', { cause: parsed.error });
}

async function takeLock(folder: string): Promise<FileLock> {
  try {
    return await FileLock.acquire(path.join(folder, runFiles.lock), lockTimes);
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error;
    throw new UserError(`Another job is training ${folder} (process ${error.holder?.pid ?? 'unknown'}).`, 'Stop that job first, or wait until it has finished.', { cause: error });
  }
}

async function readControl(file: string): Promise<RunControl | undefined> {
  try {
    const parsed = runControlSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    // Absent, or being written at this moment: the next look finds it.
    return undefined;
  }
}

/** A killed job may have left half a line; the next event must not be glued to it. */
function endTornLine(file: number): void {
  const { size } = fstatSync(file);
  if (size === 0) return;
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, size - 1);
  if (last.toString() !== '\n') appendFileSync(file, '\n');
}
