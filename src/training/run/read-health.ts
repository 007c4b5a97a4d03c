import { readFile, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isProcessAlive } from '../../base/process-alive';
import { runLockSchema, type RunLock, type RunRecord } from '../../protocol/run';
import { runFiles } from '../../protocol/run-files';
import { HeartbeatWatch, judgeHealth, type LockHolder, type RunHealth } from '../../protocol/run-health';

/** Three heartbeats of a job. */
const watchMs = 6000;
const watchPollMs = 500;

/**
 * Whether a job works on the run now, to an observer who looks again and again.
 * @param record what run.json says
 * @param nowMs by the clock of this machine
 * @throws Error when there is no run.json
 */
export async function readRunHealth(folder: string, { state }: RunRecord, watch: HeartbeatWatch, nowMs: number): Promise<RunHealth> {
  const lock = await readLock(path.join(folder, runFiles.lock));
  const recordAgeMs = nowMs - (await stat(path.join(folder, runFiles.record))).mtimeMs;
  return judgeHealth({ state, holder: lock && holderOf(lock, watch.ageMs(path.resolve(folder), lock.heartbeatMs, nowMs)), recordAgeMs });
}

/** The same to one who asks once: a job that seems silent is watched for some seconds, for the clock of its machine may be another one. */
export async function watchRunHealth(folder: string, record: RunRecord): Promise<RunHealth> {
  const watch = new HeartbeatWatch();
  const endMs = performance.now() + watchMs;
  for (;;) {
    const health = await readRunHealth(folder, record, watch, Date.now());
    if (health.kind !== 'silent' || performance.now() > endMs) return health;
    await sleep(watchPollMs);
  }
}

function holderOf({ hostName, pid }: RunLock, heartbeatAgeMs: number): LockHolder {
  return { processExists: hostName === hostname() ? isProcessAlive(pid) : undefined, heartbeatAgeMs };
}

async function readLock(file: string): Promise<RunLock | undefined> {
  try {
    return runLockSchema.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch {
    // Absent, or being renewed at this moment.
    return undefined;
  }
}
