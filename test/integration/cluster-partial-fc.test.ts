import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { weightOf } from '../../src/network/weight-definitions';
import { checkpointSteps, readCheckpoint, readNewestCheckpoint } from '../../src/training/run/checkpoint';
import { runCli, startCli } from '../support/cli';
import { assertExactEpochs, endOf, killRankOf, trainByFewerAndFewer, trainUndisturbed } from '../support/cluster-runs';
import { engineMissing, eventsOf, recordOf } from '../support/training-runs';

const limitMs = 240_000;
const epochs = 4;
const [identities, embeddingLength] = [30, 16];

describe('training by several ranks that share out the identities (Partial FC)', { timeout: 4 * limitMs }, () => {
  let folder = '';
  let missing: string | undefined;
  let recipe = '';
  let undisturbed = { name: '', sha256: '' };
  const run = (name: string): string => path.join(folder, name);
  const train = (out: string, ranks: number, recipeFile = recipe): string[] => [
    'train', '--dataset', run('data'), '--out', run(out), '--recipe', recipeFile, '--alpha', '0.25', '--embedding-length', String(embeddingLength), '--batch', '8',
    '--epochs', String(epochs), '--seed', '3', '--cluster', 'auto', '--ranks', String(ranks), '--record-order',
  ];

  before(async () => {
    missing = process.platform === 'linux' ? await engineMissing() : 'several ranks need Linux';
    if (missing !== undefined) return;
    folder = await mkdtemp(path.join(tmpdir(), 'cluster-partial-fc-'));
    recipe = run('sampled.recipe.json');
    const settings = {
      checkpointEverySteps: 3, validationShare: 0.2, evaluateEveryEpochs: 2, learningRate: { schedule: 'constant', initial: 0.01 },
      head: { kind: 'arcface', sampleRate: 0.4 },
    };
    await writeFile(recipe, JSON.stringify(settings));
    // No epoch of this one gains enough, whatever the processor rounds to: the first stays the best.
    await writeFile(run('restoring.recipe.json'), JSON.stringify({
      ...settings, learningRate: { schedule: 'constant', initial: 1e-4 }, earlyStopping: { monitor: 'validationLoss', minDelta: 1, patienceEpochs: 1, restoreBest: true },
    }));
    const sample = await runCli(['sample', run('photos'), '--identities', String(identities), '--photos', '5']);
    assert.equal(sample.code, 0, sample.stderr);
    const prepared = await runCli(['dataset', 'prepare', run('photos'), '--out', run('data'), '--size', '64', '--hold-out', '0']);
    assert.equal(prepared.code, 0, prepared.stderr);
    undisturbed = await trainUndisturbed('undisturbed', 3, (out) => train(out, 3));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('checkpoints hold the rows of all ranks, and the loss on validation images is that of all identities', async (t) => {
    if (missing !== undefined) return t.skip(missing);
    await assertExactEpochs(run(undisturbed.name), epochs);
    const last = (await checkpointSteps(run(undisturbed.name))).at(-1);
    const record = await recordOf(run(undisturbed.name));
    assert.deepEqual([record.state, record.ranks, record.identities, last], ['finished', 3, identities, record.lastStep]);
    const { values } = await readNewestCheckpoint(run(undisturbed.name));
    for (const name of ['head/kernel_rows', 'optimizer/head/kernel_rows/m']) {
      const { shape, data } = weightOf(values, name);
      assert.deepEqual(shape, [identities, embeddingLength]);
      const trained = Array.from({ length: identities }, (_, row) => data.subarray(row * embeddingLength, (row + 1) * embeddingLength).some((value) => value !== 0));
      assert.deepEqual(trained.filter((isTrained) => !isTrained).length, 0, name);
    }
    const validations = (await eventsOf(run(undisturbed.name))).flatMap((event) => (event.kind === 'validation' ? [event] : []));
    assert.equal(validations.length, epochs);
    for (const { images, loss } of validations) assert.ok(images === record.validationImages && loss !== null && loss > 0.1 && loss < 30, `${loss} of ${images}`);
    assert.equal((await runCli(['export', run(undisturbed.name), '--format', 'tfjs', '--out', run('model')])).code, 0);
  });

  test('a rank that is killed is started again, and the run ends with the same rows', async (t) => {
    if (missing !== undefined) return t.skip(missing);
    const { json, stderr } = await killRankOf(train('killed', 3), run('killed'), { victim: 2, afterStep: 20 });
    assert.deepEqual([json['ranks'], json['recoveries']], [3, 1], stderr);
    assert.equal(json['weightsSha256'], undisturbed.sha256);
    await assertExactEpochs(run('killed'), epochs);
    const [mine, theirs] = [await readNewestCheckpoint(run('killed')), await readNewestCheckpoint(run(undisturbed.name))];
    assert.deepEqual(mine.values, theirs.values);
  });

  test('a run goes on with another number of ranks, and with none at all', async (t) => {
    if (missing !== undefined) return t.skip(missing);
    await trainByFewerAndFewer(train('changed', 3), run('changed'));
    assert.deepEqual(weightOf((await readNewestCheckpoint(run('changed'))).values, 'head/kernel_rows').shape, [identities, embeddingLength]);
  });

  test('early stopping gives the rows of all ranks back', async (t) => {
    if (missing !== undefined) return t.skip(missing);
    const { code, stderr } = await endOf(startCli(train('restored', 2, run('restoring.recipe.json'))));
    assert.equal(code, 0, stderr);
    const { state, values } = await readNewestCheckpoint(run('restored'));
    const best = state.earlyStopping?.step;
    assert.ok(best !== undefined && best < state.step, `the best step is ${best} of ${state.step}`);
    const kept = await readCheckpoint(run('restored'), best);
    assert.deepEqual(values, kept.values);
  });
});
