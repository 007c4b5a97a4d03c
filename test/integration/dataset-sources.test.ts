import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Command } from 'commander';
import sharp from 'sharp';
import type { CommandResult, CommandRunner } from '../../src/base/command';
import { silentProgress } from '../../src/base/progress';
import { CancelledError, UserError } from '../../src/base/user-error';
import { scanPhotos } from '../../src/dataset/scan';
import { openAlignedFolder } from '../../src/dataset/sources/aligned-folder';
import { checkPhotos } from '../../src/dataset/sources/check-photos';
import { datasetFormOf, openAnyDataset } from '../../src/dataset/sources/open-any-dataset';
import { openPhotoSource } from '../../src/dataset/sources/open-photo-source';
import { openRecordFiles } from '../../src/dataset/sources/record-files';
import { registerSourceCommands } from '../../src/dataset/sources/source-commands';
import { RecordWriter } from '../../src/dataset/tfrecord/record-writer';
import { picklePairs } from '../unit/dataset/sources/pickle-writer';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'sources-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const plain = (grey: number, size = 16) => sharp({ create: { width: size, height: size, channels: 3, background: { r: grey, g: grey, b: grey } } });
const jpeg = (grey: number, size = 16): Promise<Buffer> => plain(grey, size).jpeg({ quality: 95 }).toBuffer();

async function put(name: string, bytes: Uint8Array): Promise<void> {
  await mkdir(path.dirname(path.join(root, name)), { recursive: true });
  await writeFile(path.join(root, name), bytes);
}

/** Mean of the first channel of a JPEG, and its size. */
async function look(picture: Uint8Array): Promise<{ grey: number; width: number; height: number; format: string }> {
  const { width, height, format } = await sharp(picture).metadata();
  const { channels } = await sharp(picture).stats();
  return { grey: Math.round(channels[0]?.mean ?? Number.NaN), width, height, format };
}

function refusal(text: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof UserError && text.test(`${error.message} ${error.action}`);
}

describe('records of the original project', () => {
  /** Like the original's script for CASIA-WebFace: labels with gaps, height and width of 112 beside pictures of another size. */
  async function writeRecords(name: string, labels: readonly number[], size = 16): Promise<void> {
    const writer = await RecordWriter.create(path.join(root, name));
    for (const label of labels) await writer.append({ height: 112, width: 112, depth: 3, label, image: await jpeg(10 * label, size) });
    await writer.finish();
    await rm(path.join(root, name.replace('.tfrecord', '.idx')));
  }

  it('are read as they are, with an index beside them', async () => {
    await writeRecords('casia_0.tfrecord', [5, 2, 17]);
    await writeRecords('casia_1.tfrecord', [17, 2]);
    await writeFile(path.join(root, 'labels.csv'), 'label,name\n17,Ann\n');
    const dataset = await openRecordFiles(root);
    try {
      assert.deepEqual(dataset.trainingIdentities, ['label 2', 'label 5', 'Ann']);
      assert.deepEqual([dataset.count, dataset.record.imageSize, dataset.record.images], [5, 16, 5]);
      const read = Array.from({ length: dataset.count }, (_, i) => dataset.read(i));
      assert.deepEqual(read.map(({ label }) => label), [1, 0, 2, 2, 0]);
      assert.deepEqual(read.map((_, i) => dataset.label(i)), [1, 0, 2, 2, 0]);
      assert.deepEqual(await Promise.all(read.map(async (image) => (await look(image.jpeg)).grey)), [50, 20, 170, 170, 20]);
    } finally {
      dataset.close();
    }
    assert.deepEqual((await readdir(root)).filter((name) => name.endsWith('.idx')), ['casia_0.idx', 'casia_1.idx']);
    const again = await openAnyDataset(root);
    assert.equal(again.record.fingerprint, dataset.record.fingerprint);
    again.close();
  });

  it('have held-out people where they have enough of them', async () => {
    await writeRecords('a.tfrecord', [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]);
    const dataset = await openRecordFiles(path.join(root, 'a.tfrecord'), { seed: 3 });
    try {
      assert.equal(dataset.heldOut.length, 2);
      assert.equal(dataset.count, 10);
      for (const { identity, records } of dataset.heldOut) {
        for (const record of records) assert.equal((await look(dataset.readHeldOut(record))).grey, 10 * Number(identity.replace('label ', '')));
      }
    } finally {
      dataset.close();
    }
  });

  it('are refused with the record that is unsuitable', async () => {
    await assert.rejects(openRecordFiles(path.join(root, 'none')), refusal(/none does not exist/));
    await assert.rejects(openRecordFiles(root), refusal(/holds no TFRecord files/));
    await writeRecords('a.tfrecord', [0, 1]);
    await writeRecords('b.tfrecord', [0, 1], 24);
    await assert.rejects(openRecordFiles(root), refusal(/Record 0 of .*b.tfrecord has a picture of 24 pixels; others have 16/));
    const writer = await RecordWriter.create(path.join(root, 'c.tfrecord'));
    await writer.append({ height: 1, width: 1, depth: 3, label: 0, image: Buffer.from('GIF89a') });
    await writer.finish();
    await assert.rejects(openRecordFiles(path.join(root, 'c.tfrecord')), refusal(/Record 0 of .*c.tfrecord does not hold a JPEG/));
  });
});

describe('aligned folder', () => {
  it('is a dataset like any other: JPEG as it is, the rest converted, the unreadable listed', async () => {
    const original = await jpeg(40);
    await put('1/a.jpg', original);
    await put('1/b.png', await plain(80).png().toBuffer());
    await put('1/broken.jpg', original.subarray(0, 200));
    await put('10/large.jpg', await jpeg(120, 40));
    await put('2/grey.pgm', Buffer.concat([Buffer.from('P5 16 16 255\n'), Buffer.alloc(256, 160)]));
    await put('3/not.jpg', Buffer.from('hello'));
    const dataset = await openAlignedFolder(root);
    try {
      assert.deepEqual(dataset.trainingIdentities, ['1', '10', '2']);
      const read = Array.from({ length: dataset.count }, (_, i) => dataset.read(i));
      assert.deepEqual(read.map(({ label }) => label), [0, 0, 1, 2]);
      assert.deepEqual(Buffer.from(read[0]?.jpeg ?? []), original);
      assert.deepEqual(await Promise.all(read.map(({ jpeg: picture }) => look(picture))), [40, 80, 120, 160].map((grey) => ({ grey, width: 16, height: 16, format: 'jpeg' })));
      assert.deepEqual(dataset.unreadable.map(({ photo }) => photo), ['1/broken.jpg', '3/not.jpg']);
      assert.deepEqual([dataset.record.imageSize, dataset.record.images, dataset.record.shards], [16, 4, []]);
      assert.throws(() => dataset.read(4), RangeError);
      await rm(path.join(root, '1/a.jpg'));
      assert.throws(() => dataset.read(0), refusal(/a.jpg cannot be read any more/));
    } finally {
      dataset.close();
      dataset.close();
    }
  });

  it('turns pictures upright, resizes on demand, and knows itself again', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
      await put(`${name}/1.jpg`, await plain(30).jpeg().withMetadata({ orientation: 6 }).toBuffer());
      await put(`${name}/2.jpg`, await jpeg(60));
    }
    const first = await openAlignedFolder(root, { size: 24, seed: 1 });
    const second = await openAlignedFolder(root, { size: 24, seed: 1 });
    const other = await openAlignedFolder(root, { seed: 1 });
    try {
      assert.deepEqual([first.heldOut.length, first.count], [2, 8]);
      assert.deepEqual(await look(first.read(0).jpeg), { grey: 30, width: 24, height: 24, format: 'jpeg' });
      assert.deepEqual(await look(first.readHeldOut(first.heldOut[0]?.records[1] ?? -1)), { grey: 60, width: 24, height: 24, format: 'jpeg' });
      assert.equal((await sharp(other.read(0).jpeg).metadata()).orientation ?? 1, 1);
      assert.equal(second.record.fingerprint, first.record.fingerprint);
      assert.notEqual(other.record.fingerprint, first.record.fingerprint);
    } finally {
      for (const dataset of [first, second, other]) dataset.close();
    }
  });

  it('leaves no temporary files, not even when it is cancelled', async () => {
    await put('a/1.png', await plain(10).png().toBuffer());
    await put('b/1.png', await plain(10).png().toBuffer());
    const left = async (): Promise<string[]> => (await readdir(tmpdir())).filter((name) => name.startsWith('mobilefacenet-pictures-'));
    const before = await left();
    await assert.rejects(openAlignedFolder(root, { signal: AbortSignal.abort() }), CancelledError);
    (await openAlignedFolder(root)).close();
    assert.deepEqual(await left(), before);
  });

  it('is told from datasets and records', async () => {
    await put('photos/a/1.jpg', await jpeg(1));
    await put('records/x.tfrecord', Buffer.alloc(0));
    await put('dataset/dataset.json', Buffer.from('{}'));
    await put('dataset/x.tfrecord', Buffer.alloc(0));
    const forms = await Promise.all(['photos', 'records', 'records/x.tfrecord', 'dataset', 'none'].map((name) => datasetFormOf(path.join(root, name))));
    assert.deepEqual(forms, ['aligned-folder', 'records', 'records', 'dataset', 'dataset']);
    await assert.rejects(openAnyDataset(path.join(root, 'none')), refusal(/is not a dataset/));
    await assert.rejects(openAnyDataset(path.join(root, 'photos')), refusal(/one identity only/));
  });
});

describe('check', () => {
  it('lists what cannot be read and what has another size', async () => {
    const good = await jpeg(9, 64);
    await put('a/good.jpg', good);
    await put('a/cut.jpg', good.subarray(0, good.length - 40));
    await put('a/empty.png', Buffer.alloc(0));
    await put('b/small.webp', await plain(9).webp().toBuffer());
    await put('b/bomb.pgm', Buffer.from('P5 30000 30000 255\n'));
    const source = await openPhotoSource(root);
    const { checked, faults } = await checkPhotos(source, { size: 64 });
    assert.equal(checked, 5);
    assert.deepEqual(faults.map(({ photo, kind }) => [photo, kind]), [['a/cut.jpg', 'unreadable'], ['a/empty.png', 'unreadable'], ['b/bomb.pgm', 'unreadable'], ['b/small.webp', 'wrong-size']]);
    assert.match(faults[3]?.why ?? '', /16 x 16/);
    await assert.rejects(checkPhotos(source, { signal: AbortSignal.abort() }), CancelledError);
  });
});

describe('source commands', () => {
  async function runCommand(...args: string[]): Promise<CommandResult> {
    const outcome: { result?: CommandResult } = {};
    const run: CommandRunner = (command, action) => {
      command.exitOverride().action(async () => {
        outcome.result = await action(command.args, command.optsWithGlobals(), { progress: silentProgress, signal: new AbortController().signal, verbose: false, notice: () => undefined });
      });
    };
    const dataset = new Command('dataset');
    registerSourceCommands(dataset, run);
    await dataset.parseAsync(args, { from: 'user' });
    return outcome.result ?? assert.fail('the command did not run');
  }

  it('show what a source holds', async () => {
    await put('a/a_0001.jpg', await jpeg(1));
    await put('set.bin', picklePairs([await jpeg(1), await jpeg(2)], [true]));
    await put('list.txt', Buffer.from('a/a_0001.jpg 3\n'));
    assert.match((await runCommand('source', root)).text, /lfw: 1 photos of 1 people/);
    assert.match((await runCommand('source', path.join(root, 'set.bin'))).text, /1 pairs \(1 of the same person\) of 2 pictures/);
    assert.deepEqual((await runCommand('source', path.join(root, 'list.txt'))).result['people'], [{ name: 'a', label: 3, photos: 1 }]);
    const out = path.join(root, 'unpacked');
    assert.match((await runCommand('unpack-bin', path.join(root, 'set.bin'), '--out', out)).text, /1 pairs written/);
    assert.ok(existsSync(path.join(out, 'pictures', '00001.jpg')));
  });

  it('check photos and write labels', async () => {
    await put('a/1.jpg', await jpeg(1));
    await put('b,c/1.jpg', Buffer.from('no'));
    const faults = path.join(root, 'faults.txt');
    const { result } = await runCommand('check', root, '--size', '16', '--out', faults);
    assert.deepEqual([result['checked'], result['unreadable'], result['wrongSize']], [2, 1, 0]);
    assert.match(await readFile(faults, 'utf8'), /^b,c\/1.jpg\t# .+\n$/u);
    const labels = path.join(root, 'labels.csv');
    await runCommand('labels', root, '--out', labels);
    assert.equal(await readFile(labels, 'utf8'), 'label,name\n0,a\n1,"b,c"\n');
    await assert.rejects(runCommand('check', path.join(root, 'none')), refusal(/none does not exist/));
  });
});

describe('a photo folder of many people', () => {
  it('is listed: 100,000 people with one photo each', { timeout: 500_000 }, async () => {
    // On a file system in memory, where there is one: a disk may take minutes to make so many folders.
    const memory = '/dev/shm';
    const many = await mkdtemp(path.join(existsSync(memory) ? memory : tmpdir(), 'many-people-'));
    try {
      for (let i = 0; i < 100_000; i++) {
        const folder = path.join(many, `p${String(i).padStart(6, '0')}`);
        mkdirSync(folder);
        writeFileSync(path.join(folder, '1.jpg'), '');
      }
      const { identities, photoCount } = await scanPhotos(many);
      assert.equal(photoCount, 100_000);
      assert.deepEqual([identities[0]?.name, identities.at(-1)?.name], ['p000000', 'p099999']);
    } finally {
      await rm(many, { recursive: true });
    }
  });
});
