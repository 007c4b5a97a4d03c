import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { UserError } from '../../../src/base/user-error';
import type { DatasetRecord } from '../../../src/dataset/dataset-artifact';
import { datasetFileName } from '../../../src/dataset/artifact-names';
import { heldOutPhotos, listHeldOut, locateHeldOut } from '../../../src/evaluation/held-out-pairs';
import { formatLfwPairs, parsePairs } from '../../../src/evaluation/pair-file';
import { makePairs } from '../../../src/evaluation/pairs';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'held-out-pairs-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function writeDataset(identities: DatasetRecord['identities']): Promise<void> {
  const record: DatasetRecord = {
    format: 1, toolVersion: '1', createdAt: 'now', fingerprint: 'f', imageSize: 112, template: 't', landmarks: 'l', seed: 0, identities, shards: [], images: 9,
  };
  await writeFile(path.join(folder, datasetFileName), JSON.stringify(record));
}

test('the held-out people of a dataset are listed in its order, the others are not', async () => {
  assert.equal(await listHeldOut(folder), undefined);
  await writeDataset([{ name: 'Cy', images: 2, heldOut: true }, { name: 'Ann', images: 4, heldOut: false }, { name: 'Bob', images: 3, heldOut: true }]);
  assert.deepEqual(await listHeldOut(folder), [{ name: 'Cy', images: 2 }, { name: 'Bob', images: 3 }]);
});

test('a dataset that holds nobody out, or is damaged, is refused', async () => {
  await writeDataset([{ name: 'Ann', images: 4, heldOut: false }]);
  await assert.rejects(listHeldOut(folder), /holds nobody out/u);
  await writeFile(path.join(folder, datasetFileName), '{"format": 1}');
  await assert.rejects(listHeldOut(folder), (error) => error instanceof UserError && /dataset\.json cannot be read: its field "/u.test(error.message));
  await writeFile(path.join(folder, datasetFileName), '{');
  await assert.rejects(listHeldOut(folder), UserError);
});

test('pairs of a dataset name its pictures as LFW does and are found again', () => {
  const identities = [{ name: 'Cy', images: 12 }, { name: 'Bob', images: 3 }, { name: 'Dea', images: 5 }];
  const list = makePairs(heldOutPhotos(identities), { count: 40, seed: 3 });
  const again = parsePairs(formatLfwPairs(list), 'pairs.txt');
  assert.deepEqual(new Set(again.pairs.map(({ a, b }) => `${a} ${b}`)), new Set(list.pairs.map(({ a, b }) => `${a} ${b}`)));
  const pictures = locateHeldOut(identities, again, 'dataset');
  assert.equal(pictures.get('Cy/Cy_0012.jpg'), 11);
  assert.equal(pictures.get('Bob/Bob_0001.jpg'), 12);
  assert.equal(pictures.get('Dea/Dea_0005.jpg'), 19);
  const foreign = parsePairs('Eve/Eve_0001.jpg Cy/Cy_0001.jpg 0\n', 'pairs.txt');
  assert.throws(() => locateHeldOut(identities, foreign, 'dataset'), /names Eve\/Eve_0001\.jpg, which is not among the held-out people of dataset/u);
});
