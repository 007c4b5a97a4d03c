import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readCompareRows } from '../../../src/host/compare/compare-rows';
import { columnTitle, compareStrings } from '../../../src/host/compare/compare-strings';
import { readStoredReport, StoredEvaluations } from '../../../src/host/compare/stored-evaluation';
import type { RunEntry } from '../../../src/host/runs/run-entry';
import { compareStringKeys } from '../../../src/protocol/compare-strings';
import { knownColumns } from '../../../src/protocol/compare-table';
import { RunHistory } from '../../../src/protocol/run-history';
import { acceptedAt } from '../../../src/protocol/score-profile';
import { testEvaluation, testRecord, testStep } from '../../support/run-samples';

let run = '';
const at = (...names: string[]): string => path.join(run, ...names);

async function put(name: string, content: string | object): Promise<void> {
  await mkdir(path.dirname(at(name)), { recursive: true });
  await writeFile(at(name), typeof content === 'string' ? content : JSON.stringify(content));
}

const report = {
  fingerprint: 'abc', people: 4, samePairs: 2, differentPairs: 100, accuracy: 0.9, auc: 0.95, eer: 0.1, threshold: 0.4, tarAtFar: [{ far: 0.1, tar: 0.5, threshold: 0.4 }],
  curve: { roc: [{ far: 0, tar: 0, threshold: null }, { far: 0, tar: 0.5, threshold: 0.6 }, { far: 0.2, tar: 0.9, threshold: 0.3 }, { far: 1, tar: 1, threshold: -0.2 }] },
};

before(async () => {
  run = path.join(await mkdtemp(path.join(tmpdir(), 'compare-')), 'r01');
  await put('model/best/face.json', '{}');
  await put('model/best/group1-shard1of1.bin', 'x'.repeat(1000));
  await put('r01.kmodel', 'k'.repeat(500));
  await put('evaluation/float/report.json', report);
  await put('evaluation/float/scores.csv', 'a,b,same,fold,score\n"a, b.jpg",c.jpg,1,1,0.620000\nd.jpg,e.jpg,0,2,-0.100000\n');
});
after(() => rm(path.dirname(run), { recursive: true, force: true }));

function entry(): RunEntry {
  const recent = new RunHistory();
  for (let step = 1; step <= 40; step++) recent.apply(testStep(step));
  recent.apply(testEvaluation(40, 0.964));
  return { kind: 'run', folder: run, record: testRecord({ state: 'finished', head: 'arcface', recipe: { head: { margin: 0.5 } } }), health: { kind: 'idle' }, recent, hasCheckpoint: true };
}

describe('rows of a run', () => {
  test('its model with the stored report, and its .kmodel that was not evaluated yet', async () => {
    const [float, kmodel, ...others] = await readCompareRows([entry()], new StoredEvaluations(), (folder) => folder === run);
    assert.deepEqual([float?.isStarred, kmodel?.isStarred], [true, true]);
    assert.deepEqual(others, []);
    assert.deepEqual([float?.id, float?.form, float?.facts['accuracy'], float?.facts['size'], float?.facts['head'], float?.facts['recipe.head.margin'], float?.facts['steps']], [run, 'float', 0.9, 1002, 'ArcFace', 0.5, 40]);
    assert.equal(float?.evaluation?.isStale, false);
    assert.deepEqual([kmodel?.id, kmodel?.form, kmodel?.facts['size'], kmodel?.facts['form'], kmodel?.evaluation], [at('r01.kmodel'), 'kmodel', 500, 'r01.kmodel', undefined]);
  });

  test('the curve begins where ten pairs decide, and names with commas do not disturb the scores', async () => {
    const [float] = await readCompareRows([entry()], new StoredEvaluations(), () => false);
    const { curve = [], profile, equalErrorThreshold } = float?.evaluation ?? {};
    assert.ok(Math.abs((curve[0]?.[0] ?? 0) - 0.1) < 1e-12);
    assert.ok(Math.abs((curve[0]?.[1] ?? 0) - 0.7) < 1e-9, 'halfway between the corners');
    assert.deepEqual(curve.at(-1), [1, 1]);
    assert.equal(equalErrorThreshold, 0.3);
    assert.ok(profile);
    assert.deepEqual(acceptedAt(profile, 0.62), { same: 1, samePairs: 1, different: 0, differentPairs: 0 });
    assert.equal(acceptedAt(profile, -0.1).differentPairs, 1);
  });

  test('without a report the figures are the training\'s own', async () => {
    await rm(at('evaluation'), { recursive: true });
    const [float] = await readCompareRows([entry()], new StoredEvaluations(), () => false);
    assert.equal(float?.evaluation, undefined);
    assert.ok(Math.abs((float?.facts['accuracy'] as number) - 0.914) < 1e-9);
  });

  test('a report is read once until it changes, and is stale when the model is newer', async () => {
    await put('evaluation/float/report.json', report);
    const evaluations = new StoredEvaluations();
    const accuracy = async (): Promise<unknown> => (await readCompareRows([entry()], evaluations, () => false))[0]?.facts['accuracy'];
    assert.equal(await accuracy(), 0.9);
    await put('evaluation/float/report.json', { ...report, accuracy: 0.8 });
    await utimes(at('evaluation/float/report.json'), 100, 100);
    assert.equal(await accuracy(), 0.8);
    const [float] = await readCompareRows([entry()], evaluations, () => false);
    assert.equal(float?.evaluation?.isStale, true);
    await put('evaluation/float/report.json', '{');
    await assert.rejects(readStoredReport(at('evaluation/float')));
    assert.equal((await readCompareRows([entry()], evaluations, () => false))[0]?.evaluation, undefined);
  });
});

test('the page has a text for every key and column', () => {
  assert.deepEqual(Object.keys(compareStrings()).sort(), [...compareStringKeys, ...knownColumns.map((key) => `column_${key}`)].sort());
  assert.equal(columnTitle('tar', 0.01), 'TAR at FAR 1e-2');
  assert.equal(columnTitle('recipe.head.margin', undefined), 'Head margin');
});
