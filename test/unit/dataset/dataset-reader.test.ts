import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { UserError } from '../../../src/base/user-error';
import type { DatasetRecord } from '../../../src/dataset/dataset-artifact';
import { datasetFileName } from '../../../src/dataset/artifact-names';
import { datasetFingerprint } from '../../../src/dataset/dataset-fingerprint';
import { openDataset } from '../../../src/dataset/dataset-reader';
import { indexPathOf, readRecordIndex } from '../../../src/dataset/tfrecord/record-index';
import { writeShards } from '../../../src/dataset/write-shards';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dataset-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const identities = ['ann', 'bob', 'cid', 'dan'].map((name, label) => ({ name, images: 3, heldOut: label === 1 || label === 3 }));
/** Labels of the records in file order; the image of record i is the byte i. */
const labels = [2, 1, 0, 3, 2, 1, 0, 3, 2, 1, 0, 3];

async function writeDataset(change: Partial<DatasetRecord> = {}): Promise<DatasetRecord> {
  const recordAt = (position: number) => ({ height: 112, width: 112, depth: 3, label: labels[position] ?? 0, image: Uint8Array.of(position) });
  const shards = await writeShards(folder, labels.length, recordAt, () => undefined, 5);
  const meaning = { imageSize: 112, template: 'arcface-112', landmarks: 'sidecar', seed: 1, identities };
  const record: DatasetRecord = {
    format: 1, toolVersion: '0', createdAt: '', ...meaning, images: labels.length,
    fingerprint: datasetFingerprint(meaning, shards.map((shard) => shard.index)),
    shards: shards.map(({ file, index }) => ({ file, records: index.count })),
    ...change,
  };
  await writeFile(path.join(folder, datasetFileName), JSON.stringify(record));
  return record;
}

function refusal(text: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof UserError && text.test(error.message);
}

describe('dataset', () => {
  it('gives training images with labels counted through the training identities', async () => {
    await writeDataset();
    const dataset = await openDataset(folder);
    try {
      assert.deepEqual(dataset.trainingIdentities, ['ann', 'cid']);
      assert.equal(dataset.count, 6);
      const read = Array.from({ length: dataset.count }, (_, i) => dataset.read(i));
      assert.deepEqual(read.map(({ jpeg, label }) => [jpeg[0], label]), [[0, 1], [2, 0], [4, 1], [6, 0], [8, 1], [10, 0]]);
      assert.throws(() => dataset.read(6), RangeError);
      assert.match(dataset.place(2), /^record 0 \(at byte 0\) of .*faces-00001-of-00003\.tfrecord$/);
      assert.match(dataset.place(5), /^record 2 \(at byte [1-9]\d*\) of .*faces-00002-of-00003\.tfrecord$/);
      assert.throws(() => dataset.place(6), RangeError);
    } finally {
      dataset.close();
    }
  });

  it('keeps held-out identities apart', async () => {
    await writeDataset();
    const dataset = await openDataset(folder);
    try {
      assert.deepEqual(dataset.heldOut, [{ identity: 'bob', records: [1, 5, 9] }, { identity: 'dan', records: [3, 7, 11] }]);
      assert.deepEqual([...dataset.readHeldOut(11)], [11]);
    } finally {
      dataset.close();
      dataset.close();
    }
  });

  it('lies in shards of equal size', async () => {
    const record = await writeDataset();
    assert.deepEqual(record.shards, [0, 1, 2].map((i) => ({ file: `faces-0000${i}-of-00003.tfrecord`, records: 4 })));
  });

  it('names the missing or wrong part', async () => {
    await assert.rejects(openDataset(folder), refusal(/is not a dataset: it has no dataset.json/));
    await writeDataset({ images: 1.5 });
    await assert.rejects(openDataset(folder), refusal(/dataset.json has a wrong field "images"/));
    await writeFile(path.join(folder, datasetFileName), '{');
    await assert.rejects(openDataset(folder), refusal(/dataset.json cannot be read/));
  });

  it('notices a missing, shortened or exchanged shard', async () => {
    const { shards } = await writeDataset();
    const [first, second] = shards.map((shard) => path.join(folder, shard.file));
    assert.ok(first && second);
    const original = await readFile(first);
    await writeFile(first, await readFile(second));
    await rm(indexPathOf(first));
    await assert.rejects(openDataset(folder), refusal(/fingerprint differs/));
    await writeFile(first, original.subarray(0, original.length / 2));
    await assert.rejects(openDataset(folder), refusal(/holds 2 records, but dataset.json says 4/));
    await rm(first);
    await assert.rejects(openDataset(folder), refusal(/faces-00000-of-00003.tfrecord is missing/));
  });

  it('notices a changed identity list', async () => {
    await writeDataset({ identities: identities.map((identity) => ({ ...identity, heldOut: false })) });
    await assert.rejects(openDataset(folder), refusal(/fingerprint differs/));
  });

  it('refuses labels without an identity', async () => {
    const few = identities.slice(0, 3);
    const { shards } = await writeDataset();
    const dataset = await openDataset(folder);
    dataset.close();
    const indexes = await Promise.all(shards.map(async (shard) => (await readRecordIndex(path.join(folder, shard.file))) ?? assert.fail()));
    const meaning = { imageSize: 112, template: 'arcface-112', landmarks: 'sidecar', seed: 1, identities: few };
    await writeFile(path.join(folder, datasetFileName), JSON.stringify({ ...dataset.record, ...meaning, fingerprint: datasetFingerprint(meaning, indexes) }));
    await assert.rejects(openDataset(folder), refusal(/has the label 3, but dataset.json names 3 identities/));
  });
});
