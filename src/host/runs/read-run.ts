import { open, readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { runRecordSchema, type RunEvent, type RunRecord } from '../../protocol/run';
import { runFiles } from '../../protocol/run-files';
import { HeartbeatWatch, type RunHealth } from '../../protocol/run-health';
import { RunHistory } from '../../protocol/run-history';
import { readRunHealth } from '../../training/run/read-health';
import { parseEventLines } from '../../training/run/event-lines';
import type { BrokenRunEntry, RunEntry } from './run-entry';

const recentBytes = 64 * 1024;

export async function readRunEntry(folder: string, nowMs: number, watch?: HeartbeatWatch): Promise<RunEntry | BrokenRunEntry> {
  try {
    const { record, health } = await readRunState(folder, nowMs, watch);
    const recent = new RunHistory();
    for (const event of await readRecentEvents(path.join(folder, runFiles.events))) recent.apply(event);
    return { kind: 'run', folder, record, health, recent, hasCheckpoint: await hasCheckpoint(folder) };
  } catch (error) {
    return { kind: 'broken', folder, reason: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * What run.json and run.lock say.
 * @param watch of one who looks again and again
 * @throws Error when run.json cannot be read or is not a run record
 */
export async function readRunState(folder: string, nowMs: number, watch = new HeartbeatWatch()): Promise<{ record: RunRecord; health: RunHealth }> {
  const file = path.join(folder, runFiles.record);
  const parsed = runRecordSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`${runFiles.record}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
  }
  const record = parsed.data;
  return { record, health: await readRunHealth(folder, record, watch, nowMs) };
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
