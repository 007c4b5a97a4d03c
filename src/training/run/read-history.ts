import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { isProcessAlive } from '../../base/process-alive';
import { errorCode } from '../../base/user-error';
import { runEventSchema, runLockSchema, type RunLock, type RunRecord } from '../../protocol/run';
import { runFiles } from '../../protocol/run-files';
import { judgeHealth, type RunHealth } from '../../protocol/run-health';
import { RunHistory } from '../../protocol/run-history';

/** A run's events as one history. Lines that are no event (a killed job may leave half a line) are passed over. */
export async function readRunHistory(folder: string): Promise<RunHistory> {
  const history = new RunHistory();
  const file = path.join(folder, runFiles.events);
  try {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      const event = runEventSchema.safeParse(parsed(line));
      if (event.success) history.apply(event.data);
    }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  return history;
}

/** Whether a job works on the run now. */
export async function readRunHealth(folder: string, { state }: RunRecord): Promise<RunHealth> {
  const lock = await readLock(path.join(folder, runFiles.lock));
  const processExists = lock === undefined || lock.hostName !== hostname() ? undefined : isProcessAlive(lock.pid);
  const recordWrittenMs = (await stat(path.join(folder, runFiles.record))).mtimeMs;
  return judgeHealth({ state, lock, processExists, recordWrittenMs, nowMs: Date.now() });
}

async function readLock(file: string): Promise<RunLock | undefined> {
  try {
    return runLockSchema.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch {
    // Absent, or being renewed at this moment.
    return undefined;
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
