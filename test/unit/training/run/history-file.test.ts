import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { EventTail } from '../../../../src/training/run/event-tail';
import { eventsFileState, keepHistory, readKeptHistory, type KeptHistory } from '../../../../src/training/run/history-file';
import { readRunHistory } from '../../../../src/training/run/read-history';
import { RunFollower } from '../../../../src/host/runs/run-follower';
import type { RunEvent } from '../../../../src/protocol/run';
import { RunHistory, type RunHistoryData } from '../../../../src/protocol/run-history';
import { testEvaluation, testRecord, testStep, testValidation } from '../../../support/run-samples';

let root = '';
let made = 0;
before(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'history-file-'));
});
after(() => rm(root, { recursive: true, force: true }));

async function newFolder(content: string | Buffer): Promise<string> {
  const folder = path.join(root, String(++made));
  await mkdir(folder);
  await writeFile(path.join(folder, 'events.jsonl'), content);
  return folder;
}

/** Reads on from what is known, as the follower does. */
async function readOn(folder: string, { history, prefix }: Partial<KeptHistory> = {}): Promise<KeptHistory> {
  const tail = new EventTail(path.join(folder, 'events.jsonl'), prefix);
  let read = history ?? new RunHistory();
  for await (const { events, restarted } of tail.slices()) {
    if (restarted) read = new RunHistory();
    events.forEach((event) => read.apply(event));
  }
  return { history: read, prefix: tail.prefix };
}

async function keep(folder: string): Promise<RunHistoryData> {
  const state = await eventsFileState(folder);
  assert.ok(state);
  const { history, prefix } = await readOn(folder);
  await keepHistory(folder, history, prefix, state);
  return history.toData();
}

const event: fc.Arbitrary<RunEvent> = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.nat(60), fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }))).map(([step, loss]) => testStep(step, { loss })) },
  fc.nat(60).map((step): RunEvent => ({ kind: 'start', step, timeMs: step * 1000, head: 'softmax', resumed: step > 0 })),
  fc.nat(60).map((step) => testEvaluation(step, 0.9)),
  fc.nat(60).map((step) => testValidation(step, 2)),
  fc.nat(60).map((step): RunEvent => ({ kind: 'checkpoint', step, timeMs: step * 1000 })),
  fc.nat(60).map((step): RunEvent => ({ kind: 'learning-rate', step, timeMs: step * 1000, from: 1e-3, to: 2e-4, reason: 'plateau' })),
  fc.nat(60).map((step): RunEvent => ({ kind: 'ending', step, timeMs: step * 1000, rule: 'early-stopping', message: 'größer' })),
  fc.constantFrom<'paused' | 'running'>('paused', 'running').map((state): RunEvent => ({ kind: 'state', step: 1, timeMs: 70_000, state })),
);
/** Events, broken lines, and lines that were never ended before the next began. */
const line = fc.oneof({ weight: 9, arbitrary: event.map((one) => JSON.stringify(one)) }, fc.constantFrom('{"kind":"st', 'nonsense', '', '{"kind":"step"}'));

describe('events.columns', () => {
  test('with what was appended since gives the same history as the whole file, wherever the first reading ended', async () => {
    await fc.assert(fc.asyncProperty(fc.array(line, { maxLength: 60 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), async (lines, share, endsTorn) => {
      const bytes = Buffer.from(lines.join('\n') + (endsTorn ? '' : '\n'));
      const cut = Math.floor(share * bytes.length);
      const folder = await newFolder(bytes.subarray(0, cut));
      await keep(folder);
      await appendFile(path.join(folder, 'events.jsonl'), bytes.subarray(cut));
      const kept = await readKeptHistory(folder);
      assert.ok(kept, 'a file that only grew still has what was kept');
      const [fromKept, fromFile] = [await readOn(folder, kept), await readOn(folder)];
      assert.deepEqual(fromKept.history.toData(), fromFile.history.toData());
      assert.deepEqual(fromKept.prefix, fromFile.prefix);
    }), { numRuns: 150 });
  });

  const events = Array.from({ length: 200 }, (_, index) => `${JSON.stringify(testStep(index + 1))}\n`).join('');

  test('is not used once any byte of it has changed or is missing', async () => {
    const folder = await newFolder(events);
    const data = await keep(folder);
    const file = path.join(folder, 'events.columns');
    const whole = await readFile(file);
    assert.deepEqual((await readKeptHistory(folder))?.history.toData(), data);
    await fc.assert(fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] as number) ^ change;
      await writeFile(file, damaged);
      const read = await readKeptHistory(folder);
      // Nothing depends on the time alone: another one only makes the prefix be read.
      if (read !== undefined) assert.deepEqual(read.history.toData(), data);
      assert.equal(read, undefined);
    }), { numRuns: 100 });
    for (const length of [0, 3, 15, 16, 400, whole.length - 8, whole.length - 1]) {
      await writeFile(file, whole.subarray(0, length));
      assert.equal(await readKeptHistory(folder), undefined, `cut at ${length}`);
    }
    await rm(file);
    assert.equal(await readKeptHistory(folder), undefined);
  });

  test('is not used once events.jsonl is another file: shorter, gone, or of other lines', async () => {
    const folder = await newFolder(events);
    await keep(folder);
    const file = path.join(folder, 'events.jsonl');
    await writeFile(file, events.replace('"step":100,', '"step":999,'));
    await utimes(file, new Date(), new Date(Date.now() + 5000));
    assert.equal(await readKeptHistory(folder), undefined, 'same length, other content');
    await writeFile(file, events);
    assert.ok(await readKeptHistory(folder), 'the same content again');
    await truncate(file, events.length - 10);
    assert.equal(await readKeptHistory(folder), undefined, 'shorter');
    await rm(file);
    assert.equal(await readKeptHistory(folder), undefined, 'gone');
  });
});

describe('RunFollower', () => {
  const runOf = async (steps: number): Promise<string> => {
    const folder = await newFolder(Array.from({ length: steps }, (_, index) => `${JSON.stringify(testStep(index + 1))}\n`).join(''));
    await writeFile(path.join(folder, 'run.json'), JSON.stringify(testRecord({ state: 'finished' })));
    return folder;
  };
  const file = (folder: string): string => path.join(folder, 'events.columns');
  const read = async (folder: string, keepsHistory: boolean): Promise<RunHistoryData> => {
    const follower = await RunFollower.open(folder, { keepsHistory });
    follower.dispose();
    return follower.history.toData();
  };
  const waitFor = async (isThere: () => boolean | Promise<boolean>): Promise<void> => {
    for (let tries = 0; tries < 10_000 && !(await isThere()); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
  };

  test('keeps the history of a long run, reads it again from there, and keeps it anew when it has grown', async () => {
    const folder = await runOf(8000);
    const first = await read(folder, true);
    await waitFor(() => existsSync(file(folder)));
    assert.deepEqual(await read(folder, true), first);
    const { size } = await stat(file(folder));
    await appendFile(path.join(folder, 'events.jsonl'), Array.from({ length: 8000 }, (_, index) => `${JSON.stringify(testStep(8001 + index))}\n`).join(''));
    const grown = await read(folder, true);
    assert.equal(grown.columns.step?.length, 16_000);
    await waitFor(async () => (await stat(file(folder))).size > size);
    assert.deepEqual(await read(folder, true), grown);
  });

  test('is what `runs show` reads of a run of 120,000 steps, with what came later: the same as all events tell', async () => {
    const folder = await runOf(120_000);
    const events = path.join(folder, 'events.jsonl');
    const content = await readFile(events);
    const written = new Date(2026, 0, 1);
    await utimes(events, written, written);
    const kept = await keep(folder);
    await writeFile(events, Buffer.alloc(content.length, '\n'));
    await utimes(events, written, written);
    assert.deepEqual((await readRunHistory(folder)).toData(), kept, 'the events are not read again');
    await writeFile(events, content);
    await appendFile(events, `${JSON.stringify(testStep(120_001))}\n`);
    const quick = (await readRunHistory(folder)).toData();
    await rm(file(folder));
    assert.deepEqual(quick, (await readRunHistory(folder)).toData());
    assert.equal(quick.columns.step?.length, 120_001);
  });

  test('leaves no file beside a short run, or where nothing may be written', async () => {
    const [short, foreign] = [await runOf(100), await runOf(8000)];
    await read(short, true);
    await read(foreign, false);
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.deepEqual([existsSync(file(short)), existsSync(file(foreign))], [false, false]);
  });
});
