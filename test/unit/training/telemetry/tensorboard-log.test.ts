import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { frameRecord } from '../../../../src/base/record-frame';
import { encodeGraphDef } from '../../../../src/network/graph/graph-def-writer';
import type { RunEvent } from '../../../../src/protocol/run';
import { RunFolder } from '../../../../src/training/run/run-folder';
import { encodeEvent } from '../../../../src/training/telemetry/event-message';
import { TensorBoardLog } from '../../../../src/training/telemetry/tensorboard-log';
import { readEvents, type ReadEvent } from '../../../support/event-file-reader';
import { testEvaluation, testRecord, testStep, testValidation } from '../../../support/run-samples';

let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tensorboard-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const graph = { nodes: [{ name: 'images', op: 'Placeholder', inputs: [], attrs: { dtype: { kind: 'type', value: 'float32' } } }] } as const;

/** One job: appends the events to the run and to its event file. */
async function job(run: RunFolder, events: readonly RunEvent[], timeMs: number): Promise<void> {
  const log = TensorBoardLog.open(run, graph, timeMs);
  for (const event of events) run.append(event);
  log.close();
  await run.close();
}

async function filesOf(run: string): Promise<ReadEvent[][]> {
  const names = (await readdir(run)).filter((name) => name.startsWith('events.out.tfevents.')).sort();
  return Promise.all(names.map(async (name) => readEvents(await readFile(path.join(run, name)))));
}

function start(step: number, resumed: boolean): RunEvent {
  return { kind: 'start', step, timeMs: 5000, head: 'arcface', resumed };
}

test('a run is told as scalars by step, with the graph once, and its file is complete after every event', async () => {
  const run = path.join(folder, 'r01');
  const parent = { run: '../r00', name: 'r00', step: 40, head: 'softmax' } as const;
  const opened = await RunFolder.create(run, testRecord({ head: 'arcface', parent, firstStep: 40 }));
  await job(opened, [
    start(40, false), testStep(41, { gradientNorm: 2.5 } as Partial<ReturnType<typeof testStep>>), testEvaluation(41, 0.9), testStep(42, { loss: null }),
    { kind: 'learning-rate', step: 42, timeMs: 1, from: 1e-3, to: 2e-4, reason: 'The loss no longer falls.' },
    { kind: 'checkpoint', step: 42, timeMs: 1 }, { kind: 'state', step: 42, timeMs: 1, state: 'failed', message: 'The loss became NaN.' },
  ], 1_700_000_000_000);
  const [name = ''] = (await readdir(run)).filter((file) => file.startsWith('events.out'));
  assert.match(name, new RegExp(`^events\\.out\\.tfevents\\.1700000000\\.[\\w.-]+\\.${process.pid}$`, 'u'));
  const [[version, drawn, session, begun, step, evaluation, broken, rate, failed, ...rest] = assert.fail()] = await filesOf(run);
  assert.deepEqual(rest, []);
  assert.deepEqual([version?.version, version?.step, version?.wallTime], ['brain.Event:2', 0, 1_700_000_000]);
  assert.deepEqual(drawn?.graph && Buffer.from(drawn.graph), Buffer.from(encodeGraphDef(graph)));
  assert.deepEqual([session?.sessionStatus, session?.step], [1, 41]);
  assert.match(begun?.texts['run/start'] ?? '', /continues \*\*r00\*\* from step 40: softmax to arcface\. The backbone is kept, the head is new/u);
  assert.deepEqual([step?.step, step?.wallTime], [41, 41]);
  const expected = { 'loss': 3 / Math.sqrt(41), 'accuracy': 0.41, 'learning_rate': 1e-3, 'gradient_norm': 2.5, 'margin': 0, 'speed/images_per_second': 30, 'speed/data_share': 0.1, 'memory/gigabytes': 1 };
  assert.deepEqual({ ...step?.scalars }, Object.fromEntries(Object.entries(expected).map(([key, value]) => [key, Math.fround(value)])));
  assert.deepEqual([evaluation?.step, evaluation?.scalars['verification/auc'], 'verification/tar_at_far_1e-3' in (evaluation?.scalars ?? {})], [41, Math.fround(0.9), false]);
  assert.ok(Number.isNaN(broken?.scalars['loss']) && !('gradient_norm' in (broken?.scalars ?? {})));
  assert.equal(rate?.texts['run/learning_rate'], '1.0e-3 to 2.0e-4: The loss no longer falls.');
  assert.equal(failed?.texts['run/state'], '**failed**: The loss became NaN.');
});

test('a resume makes a new file that takes back what came after the checkpoint, and does not repeat the graph', async () => {
  const run = path.join(folder, 'r02');
  await job(await RunFolder.create(run, testRecord()), [start(0, false), ...[1, 2, 3, 4, 5].map((step) => testStep(step))], 1_700_000_000_000);
  await job(await RunFolder.open(run), [start(3, true), testStep(4, { loss: 7 })], 1_700_000_100_000);
  const [first = [], second = []] = await filesOf(run);
  assert.equal(first.filter(({ graph: drawn }) => drawn).length, 1);
  assert.equal(second.filter(({ graph: drawn }) => drawn).length, 0);
  assert.equal(second[0]?.version, 'brain.Event:2');
  assert.deepEqual([second[1]?.sessionStatus, second[1]?.step], [1, 4], 'TensorBoard takes back steps from 4 on');
  assert.equal(second[2]?.texts['run/start'], '**r01** resumed from checkpoint 3.');
  assert.deepEqual([second[3]?.step, second[3]?.scalars['loss']], [4, 7]);
});

test('any scalars, texts and steps come back as they were', () => {
  const tags = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' });
  fc.assert(
    fc.property(fc.array(fc.tuple(tags, fc.float())), tags, fc.string({ unit: 'grapheme' }), fc.maxSafeNat(), fc.double({ noNaN: true }), (pairs, tag, text, step, wallTime) => {
      const values = new Map(pairs);
      const records = [
        encodeEvent({ wallTime, step, content: { kind: 'scalars', values } }),
        encodeEvent({ wallTime, step, content: { kind: 'text', tag, text } }),
      ];
      const [scalars, words] = readEvents(Buffer.concat(records.map((record) => frameRecord(record))));
      assert.deepEqual(new Map(Object.entries(scalars?.scalars ?? {})), new Map([...values].map(([name, value]) => [name, Math.fround(value)])));
      assert.deepEqual([scalars?.step, scalars?.wallTime, words?.texts[tag]], [step, wallTime, text]);
    }),
  );
});

test('a validation is told as two scalars', async () => {
  const run = path.join(folder, 'validated');
  await job(await RunFolder.create(run, testRecord()), [testValidation(10, 1.5)], 1_700_000_000_000);
  const told = (await filesOf(run)).flat().find(({ scalars }) => 'validation/loss' in scalars);
  assert.deepEqual([told?.step, { ...told?.scalars }], [10, { 'validation/loss': 1.5, 'validation/accuracy': 0.5 }]);
});
