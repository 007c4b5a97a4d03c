import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { explainWriteError } from '../../base/atomic-file';
import { FileLock } from '../../base/file-lock';
import { throwIfCancelled } from '../../base/user-error';
import { engineRecordSchema, type EngineRecord } from '../engine-record';
import { engineFolder } from '../engine-folder';
import { librariesUnchanged, readChecksums } from './checksums';
import { installEngine } from './install-engine';
import type { ProvisioningOptions } from './provisioning-options';
import { defaultTimeouts } from './provisioning-step';

export type { ProvisioningOptions };

const lockTimes = { staleMs: 30_000, heartbeatMs: 5000 } as const;

/**
 * Sees to it that this machine has a TensorFlow C library that runs: takes the one that is there, or gets one.
 * Where every way is closed the record says `wasm`, with the reasons. Two processes never work at the same time.
 * @throws UserError when the disk is too full, the folder cannot be written, or a library that the user named does not run
 * @throws CancelledError when `signal` is aborted; only resumable downloads are left then
 */
export async function provisionEngine(options: ProvisioningOptions): Promise<EngineRecord> {
  throwIfCancelled(options.signal, 'The engine installation');
  const folder = path.resolve(options.folder ?? engineFolder(options.env));
  const known = await knownRecord(folder, options);
  if (known) return known;
  const lock = await lockEngine(folder, options);
  try {
    return (await knownRecord(folder, options)) ?? (await installEngine(folder, options));
  } catch (error) {
    throw explainWriteError(error, folder);
  } finally {
    await lock.release();
  }
}

/** Waits until no other process changes the engine's folder. The lock lies beside the folder, which can so be removed under it. */
export function lockEngine(folder: string, options: Pick<ProvisioningOptions, 'signal' | 'progress' | 'timeouts'>): Promise<FileLock> {
  return FileLock.acquire(`${folder}.lock`, {
    ...lockTimes,
    waitMs: options.timeouts?.lockMs ?? defaultTimeouts.lockMs,
    signal: options.signal,
    onWait: (holder, waitedMs) =>
      options.progress.report({ label: `Waiting for process ${holder?.pid ?? 'unknown'}, which installs the engine`, done: Math.round(waitedMs / 1000), unit: 's' }),
  });
}

/** `engine.json` of a folder; undefined when it is absent or not readable. */
export async function readEngineRecord(folder: string): Promise<EngineRecord | undefined> {
  try {
    return engineRecordSchema.parse(JSON.parse(await readFile(path.join(folder, 'engine.json'), 'utf8')));
  } catch {
    return undefined;
  }
}

/** The recorded engine, if it answers these options and its libraries are unchanged since they passed the probe. */
async function knownRecord(folder: string, options: ProvisioningOptions): Promise<EngineRecord | undefined> {
  if (options.reinstall === true || options.fromFile !== undefined) return undefined;
  if (options.libraryPath === undefined && options.order?.includes('existing') === false) return undefined;
  const record = await readEngineRecord(folder);
  if (record?.kind === 'wasm') return options.libraryPath === undefined && isRecent(record, options.keepFallbackMs ?? 0) ? record : undefined;
  const checksums = await readChecksums(folder);
  if (!record || !checksums || record.libraryPath !== checksums.libraryPath) return undefined;
  if (options.libraryPath !== undefined && path.resolve(options.libraryPath) !== record.libraryPath) return undefined;
  return (await librariesUnchanged(checksums, process.platform)) ? record : undefined;
}

function isRecent(record: EngineRecord, keepMs: number): boolean {
  const ageMs = Date.now() - Date.parse(record.createdAt);
  return ageMs >= 0 && ageMs < keepMs;
}
