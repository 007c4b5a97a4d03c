import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runEventSchema, runRecordSchema, type RunEvent, type RunRecord } from '../../src/protocol/run';
import { runCli } from './cli';

const waitLimitMs = 300_000;

/** Why trainings cannot be tested here; undefined when they can. */
export async function engineMissing(): Promise<string | undefined> {
  const engine = await runCli(['engine', 'status']);
  if ((engine.json['record'] as { kind?: string } | undefined)?.kind === 'native') return undefined;
  return 'TensorFlow is not installed here (run `npm start` or `mobilefacenet engine install`)';
}

/** Events of a run that were written whole. */
export async function eventsOf(run: string): Promise<RunEvent[]> {
  const text = await readFile(path.join(run, 'events.jsonl'), 'utf8').catch(() => '');
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  return complete.split('\n').filter((line) => line.startsWith('{')).flatMap((line) => {
    try {
      return [runEventSchema.parse(JSON.parse(line))];
    } catch {
      return [];
    }
  });
}

export async function waitForEvents(run: string, enough: (events: readonly RunEvent[]) => boolean, pollMs = 50): Promise<RunEvent[]> {
  const endMs = Date.now() + waitLimitMs;
  for (;;) {
    const events = await eventsOf(run);
    if (enough(events)) return events;
    if (Date.now() > endMs) throw new Error(`${run} did not come far enough in ${waitLimitMs} ms: ${events.length} events`);
    await sleep(pollMs);
  }
}

/** Losses by step, without what was taken back. */
export function losses(events: readonly RunEvent[]): Map<number, number | null> {
  const bySteps = new Map<number, number | null>();
  for (const event of events) {
    if (event.kind === 'start') for (const step of bySteps.keys()) if (step > event.step) bySteps.delete(step);
    if (event.kind === 'step') bySteps.set(event.step, event.loss);
  }
  return bySteps;
}

export async function recordOf(run: string): Promise<RunRecord> {
  return runRecordSchema.parse(JSON.parse(await readFile(path.join(run, 'run.json'), 'utf8')));
}
