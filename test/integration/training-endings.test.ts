import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readNewestCheckpoint } from '../../src/training/run/checkpoint';
import { runCli, startCli } from '../support/cli';
import { engineMissing, eventsOf, recordOf, waitForEvents } from '../support/training-runs';

const small = { network: 'k210-s', alpha: 0.25, embeddingLength: 32, batch: 8, epochs: 4, seed: 3 };

describe('how a training ends', () => {
  let folder = '';
  let missing: string | undefined;
  const run = (name: string): string => path.join(folder, 'runs', name);
  /** Arguments of a training with this recipe. */
  const train = async (name: string, recipe: Record<string, unknown>): Promise<string[]> => {
    const file = path.join(folder, `${name}.recipe.json`);
    await writeFile(file, JSON.stringify({ ...small, ...recipe }));
    return ['train', '--dataset', path.join(folder, 'dataset'), '--out', run(name), '--recipe', file];
  };

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'training-endings-'));
    missing = await engineMissing();
    if (missing !== undefined) return;
    assert.equal((await runCli(['sample', path.join(folder, 'photos'), '--identities', '6', '--photos', '6'])).code, 0);
    const prepared = await runCli(['dataset', 'prepare', path.join(folder, 'photos'), '--out', path.join(folder, 'dataset'), '--size', '64', '--hold-out', '2', '--seed', '1']);
    assert.equal(prepared.code, 0, prepared.stderr);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const trainingTest = (name: string, body: () => Promise<void>): void => {
    test(name, async (context) => (missing === undefined ? body() : context.skip(missing)));
  };

  trainingTest('a loss that lingers ends the softmax run, and an ArcFace run starts from it by itself', async () => {
    const switchHead = { overEpochs: 1, improvementBelow: 1, minimumEpochs: 2, to: { epochs: 1, head: { kind: 'arcface', marginWarmUpEpochs: 1 } } };
    const result = await runCli(await train('two', { head: { kind: 'softmax' }, switchHead }));
    assert.equal(result.code, 0, result.stderr);
    assert.equal(result.json['run'], run('two-arcface'));
    const [first, second] = [await recordOf(run('two')), await recordOf(run('two-arcface'))];
    assert.deepEqual([first.state, first.ending?.rule, first.successor], ['finished', 'switch-head', path.join('..', 'two-arcface')]);
    assert.equal(first.lastStep, 6, '24 images, 3 steps an epoch, 2 epochs');
    assert.deepEqual(second.parent, { run: path.join('..', 'two'), name: 'two', step: 6, head: 'softmax' });
    assert.deepEqual([second.state, second.head, second.firstStep, second.lastStep], ['finished', 'arcface', 6, 9]);
    const margins = (await eventsOf(run('two-arcface'))).flatMap((event) => (event.kind === 'step' ? [event.margin] : []));
    assert.ok(margins[0] === 0 && (margins[1] ?? 0) > 0, `margins ${margins.join()} warm up`);
    assert.match((await runCli(['train', '--resume', run('two')])).stderr, /two-arcface has already finished/);
  });

  trainingTest('early stopping ends with the weights of the best epoch', async () => {
    // A learning rate that makes nothing better.
    const result = await runCli(await train('early', {
      head: { kind: 'softmax' }, epochs: 50, learningRate: { schedule: 'constant', initial: 1e-9 }, earlyStopping: { monitor: 'auc', patienceEpochs: 2, minDelta: 0.9 },
      evaluateEveryEpochs: 1, keepCheckpoints: 1,
    }));
    assert.equal(result.code, 0, result.stderr);
    const record = await recordOf(run('early'));
    assert.deepEqual([record.ending?.rule, record.lastStep, record.state], ['early-stopping', 9, 'finished']);
    const { state } = await readNewestCheckpoint(run('early'));
    assert.deepEqual([state.step, state.earlyStopping?.step], [9, 3]);
    assert.ok(existsSync(path.join(run('early'), 'checkpoints/3')), 'the best checkpoint outlives newer ones');
    const values = async (step: number): Promise<Buffer> => (await readFile(path.join(run('early'), `checkpoints/${step}/state.safetensors`))).subarray(-1000);
    assert.deepEqual(await values(9), await values(3));
  });

  trainingTest('a loss that is no number stops the run at the last good checkpoint, and says what to change', async () => {
    const result = await runCli(await train('nan', { head: { kind: 'softmax' }, learningRate: { schedule: 'constant', initial: 100 }, optimizer: { kind: 'sgd' }, epochs: 100, checkpointEverySteps: 1 }));
    assert.equal(result.code, 1);
    assert.match(result.stderr.trim().split('\n').at(-1) ?? '', /^(The loss|The gradient|Weight \S+) became (NaN|infinite) at step \d+ with learning rate 1\.0e\+2\. The last good checkpoint is that of step \d+: start a new run from nan with `train --from`/);
    const record = await recordOf(run('nan'));
    assert.equal(record.state, 'failed');
    const events = await eventsOf(run('nan'));
    const ending = events.find((event) => event.kind === 'ending');
    const { state, values } = await readNewestCheckpoint(run('nan'));
    assert.deepEqual([ending?.rule, ending?.checkpoint], ['not-finite', state.step]);
    for (const [name, { data }] of values) assert.ok(data.every(Number.isFinite), name);
    assert.ok(!existsSync(path.join(run('nan'), 'run.lock')));
  });

  trainingTest('any process can pause a run, let it go on, stop it after an epoch, and switch its head', async () => {
    const child = startCli(await train('asked', { head: { kind: 'softmax' }, epochs: 2000, evaluateEveryEpochs: 1000 }));
    const closed = new Promise((resolve) => child.on('close', resolve));
    const ask = async (name: string, word: string): Promise<void> => assert.equal((await runCli(['runs', 'control', run(name), word])).code, 0, word);
    const states = (name: string): Promise<string[]> => eventsOf(run(name)).then((events) => events.flatMap((event) => (event.kind === 'state' ? [event.state] : [])));
    try {
      await waitForEvents(run('asked'), (events) => events.some((event) => event.kind === 'step'));
      await ask('asked', 'pause');
      const paused = await waitForEvents(run('asked'), (events) => events.at(-1)?.kind === 'state');
      assert.deepEqual(paused.at(-1)?.kind === 'state' && paused.at(-1), { ...paused.at(-1), state: 'paused' });
      await ask('asked', 'continue');
      await waitForEvents(run('asked'), (events) => events.length > paused.length + 2);
      await ask('asked', 'switch-head');
      await waitForEvents(run('asked-arcface'), (events) => events.some((event) => event.kind === 'step'));
      assert.equal((await runCli(['runs', 'control', run('asked-arcface'), 'switch-head'])).code, 1, 'there is no other head to switch to');
      await ask('asked-arcface', 'stop-after-epoch');
      await closed;
    } finally {
      child.kill('SIGKILL');
    }
    assert.equal(child.exitCode, 0);
    assert.deepEqual(await states('asked'), ['running', 'paused', 'running', 'finished']);
    assert.deepEqual(await states('asked-arcface'), ['running', 'stopping', 'stopped']);
    const { position } = (await readNewestCheckpoint(run('asked-arcface'))).state;
    assert.equal(position % 24, 0, 'the end of an epoch');
    assert.match((await runCli(['runs', 'control', run('asked'), 'pause'])).stderr, /No job is training/);
    assert.equal((await runCli(['runs', 'control', run('asked'), 'sing'])).code, 2);
  });

  trainingTest('a bad recipe leaves no folder', async () => {
    const cases = [
      [{ head: { kind: 'softmax' }, accumulate: 8 }, /accumulate 8 x batch 8 is 64 images, more than the 24 of the dataset; accumulate must be at most 3/],
      [{ head: { kind: 'softmax' }, switchHead: { minimumEpochs: 1, to: { epochs: 0.5 } } }, /switchHead\.to: learningRate\.warmUpEpochs is 1, longer than the run; it must be at most 0\.5/],
      [{ head: { kind: 'softmax' }, ephocs: 3 }, /bad\.recipe\.json: ephocs is not known\. Did you mean epochs\?/],
    ] as const;
    for (const [recipe, expected] of cases) {
      const result = await runCli(await train('bad', recipe));
      assert.equal(result.code, 1);
      assert.match(result.stderr.trim(), expected);
      assert.ok(!existsSync(run('bad')));
    }
  });
});
