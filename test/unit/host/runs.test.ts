import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { RunEvent, RunRecord } from '../../../src/protocol/run';
import { RunHistory } from '../../../src/protocol/run-history';
import { watchRunHealth } from '../../../src/training/run/read-health';
import { sendControl } from '../../../src/training/run/run-control';
import { EventTail } from '../../../src/training/run/event-tail';
import { EndedRuns } from '../../../src/host/runs/ended-runs';
import { buildLineage, type LineageNode } from '../../../src/host/runs/lineage';
import type { RunEntry } from '../../../src/host/runs/run-entry';
import { readRunEntry } from '../../../src/host/runs/read-run';
import { RunFollower } from '../../../src/host/runs/run-follower';
import { forkName, nextRunName } from '../../../src/host/runs/run-names';
import { followLineage } from '../../../src/host/training/run-lineage';
import { FakeTrainingJob } from '../../support/fake-training-job';
import { testRecord, testStep } from '../../support/run-samples';

let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'runs-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** Waits until something is true, for at most two minutes or so. */
async function until(what: string, isTrue: () => boolean): Promise<void> {
  for (let tries = 0; tries < 10_000; tries++) {
    if (isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(`never came true: ${what}`);
}

describe('EventTail', () => {
  const line = (step: number): string => `${JSON.stringify(testStep(step))}\n`;
  const read = async (tail: EventTail): Promise<{ events: RunEvent[]; restarted: boolean }> => {
    const all = { events: [] as RunEvent[], restarted: false };
    for await (const { events, restarted } of tail.slices()) {
      all.events.push(...events);
      all.restarted ||= restarted;
    }
    return all;
  };

  test('reads only what is new, waits for the end of a torn line, counts bad lines', async () => {
    const file = path.join(folder, 'tail.jsonl');
    const tail = new EventTail(file);
    assert.deepEqual(await read(tail), { events: [], restarted: false });
    await writeFile(file, line(1) + line(2).slice(0, 30));
    assert.deepEqual((await read(tail)).events, [testStep(1)]);
    await appendFile(file, `${line(2).slice(30)}{"kind":"nonsense"}\nnot json\n\n${line(3)}`);
    assert.deepEqual((await read(tail)).events, [testStep(2), testStep(3)]);
    assert.equal(tail.prefix.badLines, 2);
    assert.deepEqual((await read(tail)).events, []);
  });

  test('a character that is torn between two reads stays whole', async () => {
    const file = path.join(folder, 'utf8.jsonl');
    const bytes = Buffer.from(`${JSON.stringify({ kind: 'state', step: 1, timeMs: 1, state: 'failed', message: 'größer' })}\n`);
    const cut = bytes.indexOf(Buffer.from('ö')) + 1;
    const tail = new EventTail(file);
    await writeFile(file, bytes.subarray(0, cut));
    await read(tail);
    await appendFile(file, bytes.subarray(cut));
    assert.equal((await read(tail)).events[0]?.kind === 'state' && tail.prefix.badLines, 0);
  });

  test('long files come in slices, so that others have their turn', async () => {
    const file = path.join(folder, 'long.jsonl');
    await writeFile(file, Array.from({ length: 3000 }, (_, index) => line(index + 1)).join(''));
    let slices = 0;
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    for await (const { events } of new EventTail(file).slices()) {
      assert.ok(events.length < 2000);
      slices++;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    clearInterval(timer);
    assert.ok(slices >= 3 && turns > 0);
  });

  test('a shorter file begins anew', async () => {
    const file = path.join(folder, 'short.jsonl');
    const tail = new EventTail(file);
    await writeFile(file, line(1) + line(2));
    await read(tail);
    await truncate(file, 0);
    await appendFile(file, line(9));
    assert.deepEqual(await read(tail), { events: [testStep(9)], restarted: true });
  });
});

describe('RunFollower', () => {
  test('follows a job through pause, continue and stop', async () => {
    const run = path.join(folder, 'r01');
    const job = new FakeTrainingJob(run, { steps: 1000, stepMs: 5 });
    const ended = job.run();
    const follower = await RunFollower.open(run);
    try {
      await until('20 steps', () => follower.history.length >= 20);
      assert.equal(follower.health.kind, 'alive');
      await sendControl(run, 'pause');
      await until('paused', () => follower.record.state === 'paused');
      await sendControl(run, 'continue');
      await until('running', () => follower.record.state === 'running');
      await sendControl(run, 'stop-after-epoch');
      await ended;
      await until('stopped', () => follower.record.state === 'stopped');
      await follower.poll();
      const steps = [...follower.history.column('step')];
      assert.deepEqual(steps, steps.map((_, index) => index + 1));
      assert.deepEqual(follower.health, { kind: 'idle' });
    } finally {
      follower.dispose();
    }
  });

  test('a lock of a process that is gone means that the job is lost', async () => {
    const run = path.join(folder, 'lost');
    await mkdir(run);
    await writeFile(path.join(run, 'run.json'), JSON.stringify(testRecord()));
    const { hostname } = await import('node:os');
    await writeFile(path.join(run, 'run.lock'), JSON.stringify({ pid: 2 ** 22 + 1, hostName: hostname(), startedAt: '', heartbeatMs: Date.now() }));
    const entry = await readRunEntry(run, Date.now());
    assert.deepEqual(entry.kind === 'run' && entry.health, { kind: 'lost' });
  });

  test('a job on a machine whose clock is wrong is alive while its heartbeat changes', async () => {
    const run = path.join(folder, 'elsewhere');
    await mkdir(run);
    await writeFile(path.join(run, 'run.json'), JSON.stringify(testRecord()));
    let heartbeatMs = Date.now() - 60_000;
    const beat = (): Promise<void> => writeFile(path.join(run, 'run.lock'), JSON.stringify({ pid: 1, hostName: 'elsewhere', startedAt: '', heartbeatMs: (heartbeatMs += 2000) }));
    await beat();
    const follower = await RunFollower.open(run);
    const timer = setInterval(() => void beat(), 100);
    try {
      await until('the next heartbeat', () => follower.health.kind === 'alive');
      assert.deepEqual(await watchRunHealth(run, testRecord()), { kind: 'alive' });
    } finally {
      clearInterval(timer);
      follower.dispose();
    }
  });

  test('a lineage is the run and its ancestors, as far as they are there', async () => {
    const parent = path.join(folder, 'r02');
    const child = path.join(folder, 'r02-arcface');
    await new FakeTrainingJob(parent, { steps: 20, stepMs: 0 }).run();
    await new FakeTrainingJob(child, { steps: 10, stepMs: 0, parent: { run: parent, step: 20 } }).run();
    const followers = await followLineage(child);
    followers.forEach((follower) => follower.dispose());
    assert.deepEqual(followers.map((follower) => follower.folder), [child, parent]);
    assert.equal(followers[0]?.history.column('step')[0], 21);
  });
});

test('a run whose record is not valid is shown as broken, with the reason', async () => {
  const run = path.join(folder, 'broken');
  await mkdir(run);
  await writeFile(path.join(run, 'run.json'), JSON.stringify({ ...testRecord(), state: 'sleeping' }));
  const entry = await readRunEntry(run, 0);
  assert.match(entry.kind === 'broken' ? entry.reason : '', /run\.json: state/);
});

describe('lineage', () => {
  const entry = (name: string, createdAt: string, parent?: { name: string; step: number }): RunEntry => {
    const origin: Partial<RunRecord> = parent ? { parent: { run: `../${parent.name}`, name: parent.name, step: parent.step, head: 'softmax' } } : {};
    return { kind: 'run', folder: `/w/runs/${name}`, record: testRecord({ name, createdAt, ...origin }), health: { kind: 'idle' }, recent: new RunHistory(), hasCheckpoint: true };
  };
  const outline = (nodes: readonly LineageNode[]): unknown[] => nodes.map((node) => {
    if (node.kind === 'run') return node.forks.length === 0 ? node.entry.record.name : [node.entry.record.name, ...outline(node.forks)];
    return node.kind === 'fork' ? [node.step, ...outline(node.runs)] : node.kind;
  });

  test('roots newest first, forks below their step', () => {
    const entries = [
      entry('r01', '1'), entry('r03', '3'), entry('a', '4', { name: 'r01', step: 20 }), entry('b', '5', { name: 'r01', step: 20 }),
      entry('c', '6', { name: 'r01', step: 10 }), entry('d', '7', { name: 'gone', step: 5 }),
      { kind: 'broken', folder: '/w/runs/x', reason: '' } as const,
    ];
    assert.deepEqual(outline(buildLineage(entries)), ['d', 'r03', ['r01', [10, 'c'], [20, 'b', 'a']], 'broken']);
  });

  test('a circle of parents does not make an endless tree', () => {
    assert.doesNotThrow(() => buildLineage([entry('r01', '1', { name: 'r01', step: 1 }), entry('p', '2', { name: 'q', step: 1 }), entry('q', '3', { name: 'p', step: 1 })]));
  });
});

test('a run has ended once, whoever ended it', () => {
  const run = (state: RunRecord['state'], kind: 'alive' | 'lost' | 'idle' = 'alive'): RunEntry =>
    ({ kind: 'run', folder: '/w/runs/r01', record: testRecord({ state }), health: { kind }, recent: new RunHistory(), hasCheckpoint: true });
  const ended = new EndedRuns();
  const counts = [run('finished', 'idle'), run('running'), run('paused'), run('finished', 'idle'), run('finished', 'idle'), run('running'), run('running', 'lost'), run('running', 'lost')];
  assert.deepEqual(counts.map((entry) => ended.update([entry]).length), [0, 0, 0, 1, 0, 0, 1, 0]);
});

test('names of new runs', () => {
  assert.equal(nextRunName([]), 'r01');
  assert.equal(nextRunName(['r01', 'r09-arcface', 'other']), 'r10');
  assert.equal(forkName('r01', 'arcface', []), 'r01-arcface');
  assert.equal(forkName('r01', 'arcface', ['r01-arcface', 'r01-arcface-2']), 'r01-arcface-3');
});
