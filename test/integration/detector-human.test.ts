import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before } from 'node:test';
import { productRoot } from '../../src/base/product';
import { silentProgress } from '../../src/base/progress';
import { applySimilarity, fitSimilarity, templateFor, type FivePoints } from '../../src/dataset/align';
import { chooseFace } from '../../src/dataset/detection/choose-face';
import { FaceApiDetector } from '../../src/dataset/detection/face-api-detector';
import type { DetectedFace, FaceDetector } from '../../src/dataset/detection/face-detector';
import { HumanDetector } from '../../src/dataset/detection/human-detector';
import { decodePhoto } from '../../src/dataset/photos/decode-photo';
import type { RgbImage } from '../../src/dataset/photos/rgb-image';
import { generateSample } from '../../src/dataset/sample/sample-writer';
import { engineTests } from '../support/engine';

const data = path.join(productRoot(), '..', 'shared', 'data');
const engineTest = engineTests({ threads: { intraOp: 1, interOp: 1 } });
let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'human-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** One photo of each of the first people. */
async function somePhotos(root: string, people: number): Promise<string[]> {
  const names = (await readdir(root, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort().slice(0, people);
  return Promise.all(names.map(async (name) => path.join(root, name, (await readdir(path.join(root, name))).sort()[0] ?? '')));
}

/** How far the corners of the two crops of a face lie apart, in pixels of a 112 x 112 crop. */
function cropDistance(a: FivePoints, b: FivePoints): number {
  const toA = fitSimilarity(a, templateFor(112));
  const fromB = fitSimilarity(templateFor(112), b);
  const corners = [[0, 0], [112, 0], [0, 112], [112, 112]] as const;
  const distances = corners.map((corner) => {
    const [x, y] = applySimilarity(toA, applySimilarity(fromB, corner));
    return Math.hypot(x - corner[0], y - corner[1]);
  });
  return distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
}

function assertIsFace({ box, score, landmarks }: DetectedFace, photo: RgbImage, file: string): void {
  assert.ok(score > 0 && score <= 1, `score ${score} in ${file}`);
  assert.ok(box.width > 20 && box.height > 20 && box.width < 1.5 * photo.width, `box ${JSON.stringify(box)} in ${file}`);
  const [leftEye, rightEye, nose, leftMouth, rightMouth] = landmarks;
  assert.ok(leftEye[0] < rightEye[0] && leftMouth[0] < rightMouth[0], `left and right are exchanged in ${file}`);
  assert.ok(Math.max(leftEye[1], rightEye[1]) < nose[1] && nose[1] < Math.min(leftMouth[1], rightMouth[1]), `eyes, nose and mouth are out of order in ${file}`);
}

/** Crop distances between what two detectors choose, smallest first. */
async function compare(a: FaceDetector, b: FaceDetector, files: readonly string[]): Promise<number[]> {
  const distances: number[] = [];
  for (const file of files) {
    const { image } = await decodePhoto(file);
    const [first, second] = [await a.detect(image), await b.detect(image)].map((faces) => chooseFace(faces, image, 'centre'));
    if (!first || !second) continue;
    assertIsFace(first, image, file);
    assertIsFace(second, image, file);
    distances.push(cropDistance(first.landmarks, second.landmarks));
  }
  return distances.sort((x, y) => x - y);
}

/** Two detectors' ideas of the same points differ by a few pixels. */
function assertNear(sortedDistances: readonly number[]): void {
  const text = sortedDistances.map((distance) => distance.toFixed(1)).join(', ');
  assert.ok((sortedDistances[sortedDistances.length >> 1] ?? 99) < 5, text);
  assert.ok((sortedDistances.at(-1) ?? 99) < 12, text);
}

engineTest('human satisfies the interface on the drawn sample, its crops lie where face-api\'s do, and no tensor is left over', async (engine) => {
  const root = path.join(folder, 'sample');
  await generateSample({ folder: root, progress: silentProgress, signal: new AbortController().signal, identities: 12, photosPerIdentity: 1, seed: 5 });
  const files = await somePhotos(root, 12);
  const human = await HumanDetector.open(engine);
  const library = await FaceApiDetector.open(engine);
  const tensorflow = await engine.tensorflowJs();
  const tensorsBefore = tensorflow.memory().numTensors;
  const distances = await compare(library, human, files);
  assert.equal(tensorflow.memory().numTensors, tensorsBefore);
  assert.ok(distances.length >= 10, `both found a face in ${distances.length} of 12 photos`);
  assertNear(distances);
  library.close();
  human.close();
});

engineTest('human finds each face of real photos where face-api does, also in oblong photos, whatever it saw before', async (engine, t) => {
  if (!existsSync(data)) return t.skip(`real photos are not at ${data}`);
  const human = await HumanDetector.open(engine);
  const library = await FaceApiDetector.open(engine);
  const files = await somePhotos(path.join(data, 'lfw_dev60'), 20);
  const distances = await compare(library, human, files);
  assert.equal(distances.length, 20);
  assertNear(distances);
  const { image } = await decodePhoto(files[0] ?? '');
  const [alone] = await human.detect(image);
  assert.ok(alone);
  const wide = { width: 500, height: 250, data: new Uint8Array(500 * 250 * 3).fill(90) };
  for (let row = 0; row < 250; row++) wide.data.set(image.data.subarray(row * 750, (row + 1) * 750), row * 1500 + 600);
  const [beside] = await human.detect(wide);
  assert.ok(beside);
  const moved = beside.landmarks.map(([x, y]): [number, number] => [x - 200, y]) as unknown as FivePoints;
  const shift = cropDistance(moved, alone.landmarks);
  assert.ok(shift < 3, `the face moved by ${shift.toFixed(1)} pixels in an oblong photo`);
  assert.deepEqual(await human.detect({ width: 200, height: 160, data: new Uint8Array(200 * 160 * 3).fill(128) }), []);
  assert.deepEqual(await human.detect(image), [alone]);
  library.close();
});
