import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before } from 'node:test';
import sharp from 'sharp';
import { productRoot } from '../../src/base/product';
import { cropBatch, readPhotoFiles } from '../../src/dataset/detection/crop-batch';
import { oneByOne, type DetectedFace, type FaceDetector } from '../../src/dataset/detection/face-detector';
import type { PhotoOutcome } from '../../src/dataset/detection/detector-messages';
import { FaceApiDetector } from '../../src/dataset/detection/face-api-detector';
import { GraphFaceDetector } from '../../src/dataset/detection/graph/graph-face-detector';
import { decodePhoto } from '../../src/dataset/photos/decode-photo';
import { SharpCodec } from '../../src/dataset/photos/photo-codec';
import { cropSidePixels } from '../../src/dataset/align';
import { engineTests } from '../support/engine';

const data = path.join(productRoot(), '..', 'shared', 'data');
const missingData = `real photos are not at ${data}`;
const settings = { size: 112, severalFaces: 'centre', minFacePixels: 24 } as const;

const engineTest = engineTests({ threads: { intraOp: 1, interOp: 1 } });
let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'detection-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** The first photos of the first identities of a set. */
async function somePhotos(set: string, identities: number): Promise<string[]> {
  const root = path.join(data, set);
  const names = (await readdir(root)).sort().slice(0, identities);
  const files = await Promise.all(names.map(async (name) => (await readdir(path.join(root, name))).sort()[0] ?? ''));
  return names.map((name, i) => path.join(root, name, files[i] ?? ''));
}

async function cropFiles(files: readonly string[], detector: FaceApiDetector): Promise<PhotoOutcome[]> {
  const tasks = files.map((file, id) => ({ id, file }));
  return cropBatch(tasks, await readPhotoFiles(tasks), settings, { codec: new SharpCodec(), detector: oneByOne(detector) });
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  assert.equal(a.length, b.length);
  return a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? 0)), 0) / a.length;
}

engineTest('finds a plausible face in real photos, and frees every tensor', async (engine, t) => {
  if (!existsSync(data)) return t.skip(missingData);
  const detector = await FaceApiDetector.open(engine);
  const tensorflow = await engine.tensorflowJs();
  const tensorsBefore = tensorflow.memory().numTensors;
  for (const file of [...(await somePhotos('lfw_dev60', 6)), ...(await somePhotos('orl', 3))]) {
    const { image } = await decodePhoto(file);
    const [face] = await detector.detect(image);
    assert.ok(face, `no face in ${file}`);
    const [leftEye, rightEye, nose, leftMouth, rightMouth] = face.landmarks;
    assert.ok(leftEye[0] < rightEye[0] && leftMouth[0] < rightMouth[0], `left and right are exchanged in ${file}`);
    assert.ok(Math.max(leftEye[1], rightEye[1]) < nose[1] && nose[1] < Math.min(leftMouth[1], rightMouth[1]), `eyes, nose and mouth are out of order in ${file}`);
    const sidePixels = cropSidePixels(face.landmarks, 112);
    assert.ok(sidePixels > 40 && sidePixels < 200, `the face of ${file} is ${sidePixels} pixels wide`);
  }
  assert.equal(tensorflow.memory().numTensors, tensorsBefore);
  const blank = await detector.detect({ width: 200, height: 160, data: new Uint8Array(200 * 160 * 3).fill(128) });
  assert.deepEqual(blank, []);
  detector.close();
});

engineTest('gives the same crop for an upright photo and one that is upright by its EXIF mark only', async (engine, t) => {
  if (!existsSync(data)) return t.skip(missingData);
  const detector = await FaceApiDetector.open(engine);
  const [photo] = await somePhotos('lfw_dev60', 1);
  assert.ok(photo);
  const upright = path.join(folder, 'upright.png');
  const marked = path.join(folder, 'marked.png');
  await sharp(photo).png().toFile(upright);
  // Orientation 6: to be turned by 90 degrees clockwise.
  await sharp(photo).rotate(270).withMetadata({ orientation: 6 }).png().toFile(marked);
  const [a, b] = await cropFiles([upright, marked], detector);
  assert.ok(a?.kind === 'crop' && b?.kind === 'crop');
  assert.deepEqual(b.jpeg, a.jpeg);
  detector.close();
});

engineTest('places the points of a face at the photo\'s edge as in the whole photo', async (engine, t) => {
  if (!existsSync(data)) return t.skip(missingData);
  const detector = await FaceApiDetector.open(engine);
  const shifts: number[] = [];
  for (const file of await somePhotos('lfw_dev60', 8)) {
    const { image } = await decodePhoto(file);
    const [whole] = await detector.detect(image);
    assert.ok(whole);
    const cut = { left: Math.max(0, Math.round(whole.box.x) + 10), top: Math.max(0, Math.round(whole.box.y) + 10) };
    const cutFile = path.join(folder, 'cut.png');
    await sharp(file).extract({ ...cut, width: image.width - cut.left, height: image.height - cut.top }).png().toFile(cutFile);
    const [edge] = await detector.detect((await decodePhoto(cutFile)).image);
    if (!edge) continue;
    const distances = edge.landmarks.map(([x, y], i) => Math.hypot(x + cut.left - (whole.landmarks[i]?.[0] ?? 0), y + cut.top - (whole.landmarks[i]?.[1] ?? 0)));
    shifts.push(distances.reduce((sum, distance) => sum + distance, 0) / distances.length);
  }
  shifts.sort((a, b) => a - b);
  assert.ok(shifts.length >= 5, `found ${shifts.length} of 8 faces at the edge`);
  const median = shifts[shifts.length >> 1] ?? 99;
  assert.ok(median < 5, `the points moved by ${median.toFixed(1)} pixels`);
  detector.close();
});

engineTest('both ways of running face-api go on to the next stage while every face is too small', async (engine, t) => {
  if (!existsSync(data)) return t.skip(missingData);
  // Tiny 224 sees a speck in each, and no face.
  const library = await FaceApiDetector.open(engine);
  const detectors: FaceDetector[] = engine.description.kind === 'native' ? [library, await GraphFaceDetector.open(engine)] : [library];
  const isLarge = ({ landmarks }: DetectedFace): boolean => cropSidePixels(landmarks, 112) >= 24;
  const found: string[][] = [];
  for (const file of ['s37/4.pgm', 's37/5.pgm'].map((name) => path.join(data, 'orl', name))) {
    const { image } = await decodePhoto(file);
    for (const detector of detectors) {
      const specks = await detector.detect(image);
      assert.ok(specks.length > 0 && specks.every((face) => !isLarge(face)), `${specks.length} faces in ${file}`);
      const faces = await detector.detect(image, isLarge);
      assert.ok(faces.some(isLarge), `no large face in ${file}`);
      assert.deepEqual((await detector.detect(image, () => false)).map(({ stage }) => stage), specks.map(({ stage }) => stage));
      found.push([specks[0]?.stage ?? '', faces[0]?.stage ?? '']);
    }
  }
  assert.ok(found.length >= 2 && found.every(([first]) => first === 'tiny-224'), JSON.stringify(found));
  for (const detector of detectors) detector.close();
});

engineTest('reads the same face from a large photo as from a small one', async (engine, t) => {
  if (!existsSync(data)) return t.skip(missingData);
  const detector = await FaceApiDetector.open(engine);
  const [photo] = await somePhotos('lfw_dev60', 1);
  assert.ok(photo);
  const large = path.join(folder, 'large.png');
  await sharp(photo).resize(3000, 3000, { kernel: 'cubic' }).png().toFile(large);
  const [a, b] = await cropFiles([photo, large], detector);
  assert.ok(a?.kind === 'crop' && b?.kind === 'crop');
  const pixels = await Promise.all([a.jpeg, b.jpeg].map((jpeg) => sharp(jpeg).raw().toBuffer()));
  const difference = meanDifference(pixels[0] ?? new Uint8Array(), pixels[1] ?? new Uint8Array());
  assert.ok(difference < 12, `mean difference ${difference.toFixed(1)} levels`);
  detector.close();
});
