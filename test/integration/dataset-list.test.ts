import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import sharp from 'sharp';
import { bundlePath } from '../../src/base/product';
import { alignFace } from '../../src/dataset/align';
import { openDataset } from '../../src/dataset/dataset-reader';
import { readLandmarkSidecar } from '../../src/dataset/detection/landmark-sidecar';
import { decodeBytes, decodePhoto } from '../../src/dataset/photos/decode-photo';
import { runCli } from '../support/cli';
import { makeDrawnPhotos } from '../support/drawn-photos';

const skip = !existsSync(bundlePath('detector-worker.js')) && 'dist/detector-worker.js is not built (npm run build)';

let folder = '';
let photos = '';
let list = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'list-'));
  photos = path.join(folder, 'photos');
  list = path.join(folder, 'cleaned_list.txt');
  await makeDrawnPhotos(photos, [4, 4, 4]);
  const lines = [0, 1].flatMap((person) => [0, 1, 2].map((photo) => `person-00${person}\\000${photo}.png ${7 - person}`));
  await writeFile(list, [...lines, 'person-002\\0000.png 6', '..\\cleaned_list.txt 6', 'person-002\\none.png 6', ''].join('\r\n'));
});
after(() => rm(folder, { recursive: true, force: true }));

describe('a preparation from a list', { skip }, () => {
  it('takes the photos, labels and order of the list, and says what it passed over', async () => {
    const out = path.join(folder, 'from-list');
    const { code, stderr, json } = await runCli(['dataset', 'prepare', list, '--root', photos, '--out', out, '--template', 'original', '--size', '128', '--workers', '1']);
    assert.equal(code, 0, stderr);
    assert.equal(json['imagesWritten'], 7);
    const passedOver = json['passedOver'] as string[];
    assert.equal(passedOver.length, 2);
    assert.match(passedOver.join('\n'), /cleaned_list\.txt \(line 8\) lies outside of .*\n.*none\.png \(line 9\) does not exist/);
    const dataset = await openDataset(out);
    try {
      assert.deepEqual(dataset.record.identities.map(({ name, images }) => [name, images]), [['label 6', 4], ['person-000', 3]]);
      assert.equal(dataset.record.template, 'original-128');
      const known = await readLandmarkSidecar(photos);
      const crops = await Promise.all([...known].map(async ([photo, landmarks]) => alignFace((await decodePhoto(path.join(photos, photo))).image, landmarks, 128, 'original').data));
      for (let i = 0; i < dataset.count; i++) {
        const { image } = await decodeBytes(dataset.read(i).jpeg);
        const distances = crops.map((crop) => crop.reduce((sum, value, at) => sum + Math.abs(value - (image.data[at] ?? 0)), 0) / crop.length);
        assert.ok(Math.min(...distances) < 3, `record ${i} is ${Math.min(...distances)} grey levels from every aligned photo`);
      }
    } finally {
      dataset.close();
    }
    const inspected = await runCli(['dataset', 'inspect', out]);
    assert.equal(inspected.json['template'], 'original-128');
    const split = await runCli(['dataset', 'split', out, '--hold-out', '1', '--seed', '2', '--out', path.join(folder, 'one.txt')]);
    assert.match(split.stderr, /leaves 1 for training/, 'a dataset has people, too');
  });

  it('gives the same with --list and the folder of the photos', async () => {
    const argumentsFor = (out: string) => ['--out', path.join(folder, out), '--workers', '1'];
    const named = await runCli(['dataset', 'prepare', photos, '--list', list, ...argumentsFor('named')]);
    const given = await runCli(['dataset', 'prepare', list, '--root', photos, ...argumentsFor('given')]);
    assert.equal(named.code, 0, named.stderr);
    assert.equal(named.json['fingerprint'], given.json['fingerprint']);
    const other = await runCli(['dataset', 'prepare', photos, ...argumentsFor('folders'), '--root', photos]);
    assert.equal(other.code, 1);
    assert.match(other.stderr, /is not a list of photos/);
    const twice = await runCli(['dataset', 'prepare', photos, '--list', list, '--root', photos, ...argumentsFor('twice')]);
    assert.match(twice.stderr, /given twice/);
  });

  it('cuts a fixed box, whatever landmarks are known', async () => {
    const root = path.join(folder, 'casia');
    for (const person of ['0000045', '0000099']) {
      await mkdir(path.join(root, person), { recursive: true });
      for (const [name, side] of [['001.png', 250], ['002.png', 200]] as const) {
        await sharp({ create: { width: side, height: 250, channels: 3, background: person === '0000045' ? '#f00' : '#00f' } }).png().toFile(path.join(root, person, name));
      }
    }
    const out = path.join(folder, 'boxes');
    const { code, stderr, json } = await runCli(['dataset', 'prepare', root, '--out', out, '--crop', 'fixed-box', '--workers', '1']);
    assert.equal(code, 0, stderr);
    assert.deepEqual([json['imagesWritten'], json['dropped'], json['template']], [2, { 'too-small': 2 }, 'fixed-box-59,14,207,222']);
    const report = JSON.parse(await readFile(path.join(out, 'report.json'), 'utf8')) as { dropped: { detail: string }[] };
    assert.match(report.dropped[0]?.detail ?? '', /200 x 250 pixels, less than the box/);
    const wrong = await runCli(['dataset', 'prepare', root, '--out', path.join(folder, 'wrong'), '--crop', 'fixed-box', '--template', 'original']);
    assert.match(wrong.stderr, /--template original has no meaning with --crop fixed-box/);
  });
});

describe('a split of people', () => {
  it('is the same for the same seed, has nobody in both parts, and is what prepare holds out', async () => {
    const people = path.join(folder, 'people');
    await makeDrawnPhotos(people, [2, 2, 2, 2, 2, 2]);
    const [heldOut, training] = [path.join(folder, 'held-out.txt'), path.join(folder, 'training.txt')];
    const args = ['dataset', 'split', people, '--hold-out', '2', '--seed', '5', '--out', heldOut, '--training-out', training];
    const first = await runCli(args);
    assert.equal(first.code, 0, first.stderr);
    assert.deepEqual([first.json['heldOutIdentities'], first.json['trainingIdentities'], first.json['trainingImages']], [2, 4, 8]);
    const names = async (file: string): Promise<string[]> => (await readFile(file, 'utf8')).trimEnd().split('\n');
    const [kept, left] = [await names(heldOut), await names(training)];
    assert.equal(new Set([...kept, ...left]).size, 6);
    await runCli(args);
    assert.deepEqual(await names(heldOut), kept);
    const prepared = await runCli(['dataset', 'prepare', people, '--out', path.join(folder, 'of-people'), '--hold-out-names', heldOut, '--workers', '1']);
    assert.deepEqual([...(prepared.json['heldOutNames'] as string[])].sort(), [...kept].sort());
  });
});
