import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { resumeKey, resumeTarget } from '../../../src/host/resume/resume-key';
import { ResumeOffers, type OfferSource } from '../../../src/host/resume/resume-offer';
import { resumeStrings } from '../../../src/host/resume/resume-strings';
import type { ResumeOffer } from '../../../src/protocol/resume-panel';
import { resumeStringKeys } from '../../../src/protocol/resume-strings';
import { RunHistory } from '../../../src/protocol/run-history';
import { defaultRecipe } from '../../../src/training/recipe/presets';
import { recipeSchema } from '../../../src/training/recipe/recipe';
import { writeIdentities } from '../../../src/training/lineage/identity-list';
import { testEvaluation, testRecord, testStep } from '../../support/run-samples';

let root = '';
const people = ['Ann', 'Bob', 'Cleo'];

async function writeDataset(name: string, identities: readonly string[], fingerprint: string): Promise<string> {
  const folder = path.join(root, name);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'dataset.json'), JSON.stringify({
    format: 1, toolVersion: '', createdAt: '', fingerprint, imageSize: 112, template: 'arcface-112', landmarks: '', seed: 1, shards: [], images: 44,
    identities: [...identities.map((identity) => ({ name: identity, images: 11, heldOut: false })), { name: 'Zoe', images: 11, heldOut: true }],
  }));
  return folder;
}

before(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'resume-'));
});
after(() => rm(root, { recursive: true, force: true }));

async function offerOf(changes: Partial<OfferSource>, point?: number): Promise<ResumeOffer> {
  const dataset = await writeDataset('own', people, 'f'.repeat(64));
  const run = path.join(root, 'runs', 'r01');
  for (const step of [10, 20, 30]) await mkdir(path.join(run, 'checkpoints', String(step)), { recursive: true });
  await mkdir(path.join(run, 'model', 'best'), { recursive: true });
  await mkdir(path.join(root, 'runs', 'r01-arcface'), { recursive: true });
  await writeFile(path.join(run, 'checkpoints', '30', 'state.safetensors'), 'x'.repeat(1000));
  await writeIdentities(run, people);
  const history = new RunHistory();
  for (let step = 1; step <= 30; step++) history.apply(testStep(step));
  history.apply(testEvaluation(20, 0.95));
  history.apply({ ...testEvaluation(30, 0.9), best: false });
  return new ResumeOffers({ folder: run, ...(point === undefined ? {} : { point }) }).make({
    history, datasets: [], runs: [], epochs: 12, isWaiting: false, locked: undefined,
    record: testRecord({ dataset, images: 33, state: 'stopped', recipe: recipeSchema.parse(defaultRecipe('softmax')) }), ...changes,
  });
}

describe('ResumeOffers', () => {
  test('the best checkpoint is preselected, and each is named once', async () => {
    const offer = await offerOf({});
    assert.deepEqual(offer.checkpoints.map(({ point, step }) => [point, step]), [['best', 20], ['last', 30], [10, 10]]);
    assert.equal(offer.checkpoints[0]?.accuracy, testEvaluation(20, 0.95).summary.accuracy);
    assert.equal(offer.defaults.point, 'best');
    assert.deepEqual([offer.newName, offer.batch, offer.keptCheckpoints, offer.checkpointBytes], ['r01-arcface-2', 16, 3, 1000]);
    assert.deepEqual([offer.defaults.margin, offer.defaults.warmUpEpochs, offer.defaults.learningRate, offer.defaults.epochs], [0.5, 4, 0.001, 12]);
    assert.ok((offer.weights ?? 0) > 10_000);
  });

  test('a step that was pointed at is chosen, also when it is the best or the last', async () => {
    assert.equal((await offerOf({}, 10)).defaults.point, 10);
    assert.equal((await offerOf({}, 30)).defaults.point, 'last');
    assert.equal((await offerOf({}, 99)).defaults.point, 'best');
  });

  test('another dataset shows who is new and who is gone', async () => {
    const folder = await writeDataset('other', ['Ann', 'Dora', 'Emil'], 'a'.repeat(64));
    const { readDataset } = await import('../../../src/host/datasets/read-dataset');
    const { datasets } = await offerOf({ datasets: [await readDataset(folder)] });
    assert.deepEqual(datasets.map(({ name, isOwn, hasChanged, images }) => [name, isOwn, hasChanged, images]), [['own', true, false, 33], ['other', false, false, 33]]);
    assert.deepEqual(datasets.map(({ difference }) => difference), [{ added: [], gone: [] }, { added: ['Dora', 'Emil'], gone: ['Bob', 'Cleo'] }]);
  });

  test('a dataset that is written anew while the page is open is read again', async () => {
    const dataset = await writeDataset('own', people, 'f'.repeat(64));
    const offers = new ResumeOffers({ folder: path.join(root, 'runs', 'r01') });
    const source = { record: testRecord({ dataset }), history: new RunHistory(), datasets: [], runs: [], epochs: 12, isWaiting: false, locked: undefined };
    assert.deepEqual((await offers.make(source)).datasets.map((each) => [each.people, each.hasChanged]), [[people.length, false]]);
    await writeDataset('own', [...people, 'Yan'], 'd'.repeat(64));
    assert.deepEqual((await offers.make(source)).datasets.map((each) => [each.people, each.hasChanged]), [[people.length + 1, true]]);
  });

  test('a changed dataset is told, a vanished one is not offered', async () => {
    const record = testRecord({ dataset: await writeDataset('own', people, 'b'.repeat(64)), datasetFingerprint: 'c'.repeat(64) });
    assert.equal((await offerOf({ record })).datasets[0]?.hasChanged, true);
    assert.deepEqual((await offerOf({ record: { ...record, dataset: '/nowhere' } })).datasets, []);
  });

  test('a recipe of another version leaves out what it cannot tell', async () => {
    const offer = await offerOf({ record: testRecord({ recipe: { batch: 'many' } }) });
    assert.equal(offer.weights, undefined);
    assert.equal(offer.batch, 16);
  });
});

test('keys name a run and a checkpoint, also where a folder holds an @', () => {
  for (const target of [{ folder: '/w/r01' }, { folder: '/w/r@3', point: 'best' as const }, { folder: '/w/r01', point: 2400 }]) assert.deepEqual(resumeTarget(resumeKey(target)), target);
  assert.deepEqual(resumeTarget('/w/r01'), { folder: '/w/r01' });
});

test('the page has a text for every key', () => assert.deepEqual(Object.keys(resumeStrings()).sort(), [...resumeStringKeys].sort()));
