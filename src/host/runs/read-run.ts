import { open, readFile, readdir, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { isProcessAlive } from '../../base/process-alive';
import { runLockSchema, runRecordSchema, type RunEvent, type RunLock, type RunRecord } from '../../protocol/run';
import { runFiles } from '../../protocol/run-files';
import { judgeHealth, type RunHealth } from '../../protocol/run-health';
import { RunHistory } from '../../protocol/run-history';
import { parseEventLines } from './event-lines';
import type { BrokenRunEntry, RunEntry } from './run-entry';

const recentBytes = 64 * 1024;

export async function readRunEntry(folder: string, nowMs: number): Promise<RunEntry | BrokenRunEntry> {
  try {
    const { record, health } = await readRunState(folder, nowMs);
    const recent = new RunHistory();
    for (const event of await readRecentEvents(path.join(folder, runFiles.events))) recent.apply(event);
    return { kind: 'run', folder, record, health, recent, hasCheckpoint: await hasCheckpoint(folder) };
  } catch (error) {
    return { kind: 'broken', folder, reason: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * What run.json and run.lock say.
 * @throws Error when run.json cannot be read or is not a run record
 */
export async function readRunState(folder: string, nowMs: number): Promise<{ record: RunRecord; health: RunHealth }> {
  const file = path.join(folder, runFiles.record);
  const parsed = runRecordSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`${runFiles.record}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
  }
  const record = parsed.data;
  const lock = await readRunLock(folder);
  const recordWrittenMs = (await stat(file)).mtimeMs;
  const processExists = lock?.hostName === hostname() ? isProcessAlive(lock.pid) : undefined;
  return { record, health: judgeHealth({ state: record.state, lock, processExists, recordWrittenMs, nowMs }) };
}

/** Undefined when there is none, or it is being written. */
export async function readRunLock(folder: string): Promise<RunLock | undefined> {
  try {
    return runLockSchema.safeParse(JSON.parse(await readFile(path.join(folder, runFiles.lock), 'utf8'))).data;
  } catch {
    return undefined;
  }
}

export async function hasCheckpoint(folder: string): Promise<boolean> {
  try {
    const names = await readdir(path.join(folder, runFiles.checkpoints));
    return names.some((name) => /^\d+$/.test(name));
  } catch {
    return false;
  }
}

async function readRecentEvents(file: string): Promise<RunEvent[]> {
  try {
    return await readEnd(file);
  } catch {
    // A run that has not written events yet has no recent ones.
    return [];
  }
}

async function readEnd(file: string): Promise<RunEvent[]> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - recentBytes);
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
    const text = buffer.toString('utf8', 0, bytesRead);
    const wholeLines = start === 0 ? text : text.slice(text.indexOf('\n') + 1);
    return parseEventLines(wholeLines.split('\n')).events;
  } finally {
    await handle.close();
  }
}
