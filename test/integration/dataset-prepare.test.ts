import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import sharp from 'sharp';
import { bundlePath } from '../../src/base/product';
import { UserError } from '../../src/base/user-error';
import { applySimilarity, mapPoints, templateFor, type FivePoints } from '../../src/dataset/align';
import { openDataset } from '../../src/dataset/dataset-reader';
import { prepareDataset, type PrepareOptions } from '../../src/dataset/prepare';

const workerIsBuilt = existsSync(bundlePath('detector-worker.js'));
const skip = !workerIsBuilt && 'dist/detector-worker.js is not built (npm run build)';

/** Colours of the five landmarks; the identity gives the background. */
const colours = ['#f00', '#0f0', '#00f', '#ff0', '#0ff'];

function landmarksOf(identity: number, photo: number): FivePoints {
  const turn = (photo - 2) * 0.1;
  const scale = 0.9 + 0.1 * identity;
  const place = { a: scale * Math.cos(turn), b: scale * Math.sin(turn), tx: 40 + 5 * photo, ty: 30 + 3 * identity };
  return mapPoints(templateFor(112), (point) => applySimilarity(place, point));
}

function drawPhoto(identity: number, photo: number): Buffer {
  const discs = landmarksOf(identity, photo).map(([x, y], i) => `<circle cx="${x + 0.5}" cy="${y + 0.5}" r="6" fill="${colours[i]}"/>`);
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="260" height="240"><rect width="260" height="240" fill="hsl(${identity * 50} 60% 60%)"/>${discs.join('')}</svg>`);
}

/** Photos with known landmarks, as the sample generator makes them. */
async function makePhotos(root: string, identities: number, photosEach: number): Promise<void> {
  const lines: string[] = [];
  for (let identity = 0; identity < identities; identity++) {
    const name = `person-${identity}`;
    await mkdir(path.join(root, name), { recursive: true });
    for (let photo = 0; photo < photosEach; photo++) {
      await sharp(drawPhoto(identity, photo)).png().toFile(path.join(root, name, `${photo}.png`));
      lines.push(JSON.stringify({ photo: `${name}/${photo}.png`, landmarks: landmarksOf(identity, photo) }));
    }
  }
  await writeFile(path.join(root, 'landmarks.jsonl'), `${lines.join('\n')}\n`);
}

describe('preparing a dataset', { skip }, () => {
  let folder = '';
  let photos = '';
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'prepare-'));
    photos = path.join(folder, 'photos');
    await makePhotos(photos, 7, 4);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const prepare = (out: string, options: Partial<PrepareOptions> = {}) => prepareDataset({ photos, out: path.join(folder, out), workers: 2, ...options });

  it('writes every photo, aligned, with its own identity', async () => {
    const { record, report } = await prepare('all');
    assert.equal(report.imagesWritten, 28);
    assert.deepEqual(report.foundBy, { sidecar: 28 });
    assert.deepEqual([record.landmarks, record.template, record.imageSize, record.images], ['sidecar', 'arcface-112', 112, 28]);
    const dataset = await openDataset(path.join(folder, 'all'));
    try {
      assert.deepEqual([dataset.count, dataset.trainingIdentities.length, dataset.heldOut.length], [20, 5, 2]);
      assert.deepEqual(dataset.heldOut.map(({ records }) => records.length), [4, 4]);
      for (let i = 0; i < dataset.count; i++) {
        const { jpeg, label } = dataset.read(i);
        const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
        assert.deepEqual([info.width, info.height, info.channels], [112, 112, 3]);
        const leftEye = (52 * 112 + 38) * 3;
        assert.ok((data[leftEye] ?? 0) > 200 && (data[leftEye + 1] ?? 255) < 60, 'the left eye lies where the template has it');
        const identity = Number(dataset.trainingIdentities[label]?.slice('person-'.length));
        const background = await sharp(drawPhoto(identity, 0)).raw().toBuffer();
        const between = (85 * 112 + 56) * 3;
        for (let channel = 0; channel < 3; channel++) assert.ok(Math.abs((data[between + channel] ?? 0) - (background[channel] ?? 0)) < 12, 'the image is of its identity');
      }
    } finally {
      dataset.close();
    }
  });

  it('gives the same bytes for any number of workers, and another order for another seed', async () => {
    const [one, two, other] = [await prepare('one', { workers: 1 }), await prepare('two', { workers: 3 }), await prepare('other', { seed: 1 })];
    assert.equal(one.record.fingerprint, two.record.fingerprint);
    assert.notEqual(one.record.fingerprint, other.record.fingerprint);
    for (const { file } of one.record.shards) {
      for (const name of [file, file.replace('.tfrecord', '.idx')]) {
        assert.deepEqual(await readFile(path.join(folder, 'one', name)), await readFile(path.join(folder, 'two', name)));
      }
    }
    assert.deepEqual((await readdir(path.join(folder, 'one'))).sort(), ['dataset.json', 'faces-00000-of-00001.idx', 'faces-00000-of-00001.tfrecord', 'faces.f32', 'report.json']);
  });

  it('drops unreadable photos and people without images, and says so', async () => {
    const root = path.join(folder, 'damaged');
    await makePhotos(root, 3, 2);
    const good = await sharp(drawPhoto(0, 0)).jpeg().toBuffer();
    await writeFile(path.join(root, 'person-0', 'cut.jpg'), good.subarray(0, good.length / 2));
    await mkdir(path.join(root, 'nobody'));
    await writeFile(path.join(root, 'nobody', 'text.jpg'), 'no picture');
    const { record, report } = await prepare('from-damaged', { photos: root });
    assert.deepEqual(report.dropped.map(({ photo, reason }) => [photo, reason]), [['nobody/text.jpg', 'unreadable'], ['person-0/cut.jpg', 'unreadable']]);
    assert.deepEqual(report.droppedIdentities, ['nobody']);
    assert.deepEqual(record.identities.map(({ name, images }) => [name, images]), [['person-0', 2], ['person-1', 2], ['person-2', 2]]);
  });

  it('leaves nothing behind when it fails by its input', async () => {
    await assert.rejects(prepare('too-many', { holdOut: { kind: 'count', count: 6 } }), /leaves 1 for training/);
    const unreadable = path.join(folder, 'unreadable');
    for (const name of ['a', 'b']) {
      await mkdir(path.join(unreadable, name), { recursive: true });
      await writeFile(path.join(unreadable, name, 'x.png'), 'no picture');
    }
    await assert.rejects(prepare('none', { photos: unreadable }), (error) => error instanceof UserError && /None of the 2 photos .* can be read; a\/x.png/.test(error.message));
    const left = (await readdir(folder)).filter((name) => /too-many|none/.test(name));
    assert.deepEqual(left, []);
  });

  it('replaces a dataset only when asked', async () => {
    await prepare('again');
    await assert.rejects(prepare('again', { seed: 4 }), /is a dataset already/);
    const { record } = await prepare('again', { seed: 4, overwrite: true });
    assert.equal(record.seed, 4);
    assert.deepEqual((await readdir(folder)).filter((name) => name.startsWith('.')), []);
  });
});
