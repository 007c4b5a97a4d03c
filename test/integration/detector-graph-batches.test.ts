import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before } from 'node:test';
import sharp from 'sharp';
import { bundlePath, productRoot } from '../../src/base/product';
import { cropBatch, readPhotoFiles, type CropTools } from '../../src/dataset/detection/crop-batch';
import type { PhotoOutcome } from '../../src/dataset/detection/detector-messages';
import { cropPhotos } from '../../src/dataset/detection/detector-pool';
import { GraphFaceDetector } from '../../src/dataset/detection/graph/graph-face-detector';
import { TensorFlowCodec } from '../../src/dataset/detection/graph/tensorflow-codec';
import type { Engine } from '../../src/engine/engine';
import { engineTests } from '../support/engine';

const data = path.join(productRoot(), '..', 'shared', 'data');
const missingData = `real photos are not at ${data}`;
const settings = { size: 112, severalFaces: 'centre', minFacePixels: 24 } as const;

const engineTest = engineTests({ threads: { intraOp: 1, interOp: 2 } });
let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'batches-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function withTools<T>(engine: Engine, use: (tools: CropTools) => Promise<T>): Promise<T> {
  const codec = new TensorFlowCodec(engine);
  const detector = await GraphFaceDetector.open(engine);
  try {
    return await use({ codec, detector });
  } finally {
    codec.close();
    detector.close();
  }
}

async function crop(files: readonly string[], tools: CropTools): Promise<PhotoOutcome[]> {
  const tasks = files.map((file, id) => ({ id, file }));
  return cropBatch(tasks, await readPhotoFiles(tasks), settings, tools);
}

/** One photo each of so many people. */
async function faces(people: number): Promise<string[]> {
  const names = (await readdir(path.join(data, 'lfw_dev60'))).sort().slice(0, people);
  return Promise.all(names.map(async (name) => path.join(data, 'lfw_dev60', name, (await readdir(path.join(data, 'lfw_dev60', name))).sort()[0] ?? '')));
}

/** Good photos of every kind that takes a way of its own, and bad ones. */
async function mixedPhotos(): Promise<{ files: string[]; bad: string[] }> {
  const [first = '', ...others] = await faces(15);
  const bytes = await readFile(first);
  const inFolder = (name: string): string => path.join(folder, name);
  const bad = ['truncated.jpg', 'damaged.jpg', 'text.jpg', 'missing.jpg'].map(inFolder);
  await writeFile(bad[0] ?? '', bytes.subarray(0, bytes.length / 2));
  await writeFile(bad[1] ?? '', Buffer.concat([bytes.subarray(0, 300), Buffer.alloc(4000, 0xff)]));
  await writeFile(bad[2] ?? '', 'no picture');
  await sharp(first).png().toFile(inFolder('face.png'));
  await sharp(first).rotate(90).withMetadata({ orientation: 8 }).jpeg().toFile(inFolder('turned.jpg'));
  await sharp(first).toColourspace('b-w').jpeg({ progressive: true }).toFile(inFolder('grey.jpg'));
  await sharp(first).resize(2600).jpeg().toFile(inFolder('large.jpg'));
  const kinds = ['face.png', 'turned.jpg', 'grey.jpg', 'large.jpg'].map(inFolder);
  const wild = (await readdir(path.join(data, 'wild'))).sort().slice(0, 4).map((name) => path.join(data, 'wild', name));
  return { files: [first, ...kinds, ...bad, ...others, ...wild], bad };
}

function assertSameOutcomes(actual: readonly PhotoOutcome[], expected: readonly PhotoOutcome[], files: readonly string[]): void {
  files.forEach((file, i) => assert.deepEqual(actual[i], expected[i], file));
}

engineTest('a photo\'s crop is the same alone, in a batch, in another place, and in any number of workers', async (engine, t) => {
  if (!existsSync(data)) return t.skip(missingData);
  const { files, bad } = await mixedPhotos();
  const together = await withTools(engine, async (tools) => {
    const outcomes = await crop(files, tools);
    assertSameOutcomes((await crop([...files].reverse(), tools)).reverse(), outcomes, files);
    for (const [i, file] of files.entries()) assertSameOutcomes(await crop([file], tools), outcomes.slice(i, i + 1), [file]);
    return outcomes;
  });
  const unreadable = files.filter((_, i) => {
    const outcome = together[i];
    return outcome?.kind === 'dropped' && outcome.reason === 'unreadable';
  });
  assert.deepEqual(unreadable, bad);
  assert.equal(together.filter((outcome) => outcome.kind === 'crop').length, files.length - bad.length);
  for (const [workers, threads] of [[1, 2], [2, 1]] as const) {
    const outcomes: PhotoOutcome[] = [];
    const tasks = files.map((file, id) => ({ id, file }));
    await cropPhotos(tasks, { settings, workers, threads, workerFile: bundlePath('detector-worker.js') }, ({ id }, outcome) => (outcomes[id] = outcome));
    assertSameOutcomes(outcomes, together, files);
  }
});

engineTest('a large photo is decoded smaller, but not too small for its face', async (engine, t) => {
  if (!existsSync(data)) return t.skip(missingData);
  const [photo = ''] = await faces(1);
  // The whole photo is the face's surroundings, and one of eight by six such fields.
  const small = { left: 250, top: 250, right: 1500, bottom: 1000 };
  const large = path.join(folder, 'small-face.jpg');
  await sharp(photo).extend({ ...small, background: '#404040' }).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toFile(large);
  const enlarged = path.join(folder, 'large-face.jpg');
  await sharp(photo).resize(2500, 2500, { kernel: 'cubic' }).jpeg({ quality: 95 }).toFile(enlarged);
  const outcomes = await withTools(engine, (tools) => crop([photo, large, enlarged], tools));
  const crops = await Promise.all(outcomes.map((outcome) => {
    assert.ok(outcome.kind === 'crop');
    return sharp(outcome.jpeg).raw().toBuffer();
  }));
  for (const i of [1, 2]) {
    const difference = (crops[0] ?? Buffer.of()).reduce((sum, value, k) => sum + Math.abs(value - (crops[i]?.[k] ?? 0)), 0) / (112 * 112 * 3);
    assert.ok(difference < 12, `mean difference ${difference.toFixed(1)} levels in photo ${i}`);
  }
});
