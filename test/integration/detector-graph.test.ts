import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type * as FaceApiModule from '@vladmandic/face-api/dist/face-api.node-wasm.js';
import { productRoot } from '../../src/base/product';
import { FaceApiDetector } from '../../src/dataset/detection/face-api-detector';
import type { Box } from '../../src/dataset/detection/face-detector';
import { fivePointsOf, ssdMinScore, tinyMinScore } from '../../src/dataset/detection/face-geometry';
import { GraphFaceDetector } from '../../src/dataset/detection/graph/graph-face-detector';
import { SsdStage } from '../../src/dataset/detection/graph/ssd-stage';
import { TensorFlowCodec } from '../../src/dataset/detection/graph/tensorflow-codec';
import { TinyFaceStage } from '../../src/dataset/detection/graph/tiny-face-stage';
import { locateWeights, readWeights } from '../../src/dataset/detection/published-weights';
import { decodeBytes, decodePhoto } from '../../src/dataset/photos/decode-photo';
import type { RgbImage } from '../../src/dataset/photos/rgb-image';
import type { Engine } from '../../src/engine/engine';
import { engineTests } from '../support/engine';

type FaceApi = typeof FaceApiModule;
type FaceTensor = ReturnType<FaceApi['tf']['tensor3d']>;
interface Scored {
  readonly box: Box;
  readonly score: number;
}

const data = path.join(productRoot(), '..', 'shared', 'data');
const missingData = `real photos are not at ${data}`;
const mostPixels = 1e-3;
const mostScore = 1e-5;
const weightsFolder = locateWeights();

const engineTest = engineTests({ threads: { intraOp: 1, interOp: 2 } });

async function somePhotos(): Promise<string[]> {
  const names = (await readdir(path.join(data, 'lfw_dev60'))).sort().slice(0, 20);
  const faces = await Promise.all(names.map(async (name) => path.join(data, 'lfw_dev60', name, (await readdir(path.join(data, 'lfw_dev60', name))).sort()[0] ?? '')));
  const wild = (await readdir(path.join(data, 'wild'))).sort();
  return [...faces, ...[...wild.slice(0, 4), ...wild.slice(-2)].map((name) => path.join(data, 'wild', name))];
}

async function somePictures(): Promise<RgbImage[]> {
  return Promise.all((await somePhotos()).map(async (file) => (await decodePhoto(file)).image));
}

/** The library itself, on the engine's TensorFlow.js. */
async function openLibrary(engine: Engine): Promise<FaceApi> {
  await engine.tensorflowJs();
  const library = await import('@vladmandic/face-api/dist/face-api.node-wasm.js');
  await library.nets.tinyFaceDetector.loadFromDisk(weightsFolder);
  await library.nets.faceLandmark68Net.loadFromDisk(weightsFolder);
  await library.nets.ssdMobilenetv1.loadFromDisk(weightsFolder);
  return library;
}

async function withTensor<T>(library: FaceApi, { data: pixels, width, height }: RgbImage, use: (tensor: FaceTensor) => Promise<T>): Promise<T> {
  const tensor = library.tf.tensor3d(pixels, [height, width, 3], 'int32');
  try {
    return await use(tensor);
  } finally {
    tensor.dispose();
  }
}

function assertSameBoxes(ours: readonly Scored[], theirs: readonly Scored[], photo: number): void {
  assert.equal(ours.length, theirs.length, `faces in photo ${photo}`);
  const left = [...ours];
  for (const { box, score } of theirs) {
    const i = left.findIndex((own) => distance(own.box, box) < mostPixels && Math.abs(own.score - score) < mostScore);
    assert.ok(i >= 0, `photo ${photo} lacks the box ${JSON.stringify({ ...plain(box), score })}; it has ${JSON.stringify(left)}`);
    left.splice(i, 1);
  }
}

function cut({ width, data: pixels }: RgbImage, region: Box): RgbImage {
  const rows = Array.from({ length: region.height }, (_, row) => {
    const start = ((region.y + row) * width + region.x) * 3;
    return pixels.subarray(start, start + region.width * 3);
  });
  return { width: region.width, height: region.height, data: new Uint8Array(Buffer.concat(rows)) };
}

function plain({ x, y, width, height }: Box): Box {
  return { x, y, width, height };
}

function distance(a: Box, b: Box): number {
  return Math.max(Math.abs(a.x - b.x), Math.abs(a.y - b.y), Math.abs(a.width - b.width), Math.abs(a.height - b.height));
}

engineTest('the tiny detector finds the library\'s own boxes at 224 and 416 pixels', async (engine, t) => {
  if (!existsSync(data)) return t.skip(missingData);
  const library = await openLibrary(engine);
  const pictures = await somePictures();
  const weights = await readWeights(weightsFolder, 'tiny_face_detector_model');
  for (const side of [224, 416]) {
    const stage = new TinyFaceStage(engine, weights, { name: 'tiny-224', side });
    const found = await stage.find(pictures);
    let faces = 0;
    for (const [i, picture] of pictures.entries()) {
      const options = new library.TinyFaceDetectorOptions({ inputSize: side, scoreThreshold: tinyMinScore });
      const theirs = await withTensor(library, picture, (tensor) => library.nets.tinyFaceDetector.locateFaces(tensor, options));
      assertSameBoxes(found[i] ?? [], theirs, i);
      faces += theirs.length;
    }
    assert.ok(faces >= 20, `${faces} faces were compared`);
    stage.close();
  }
});

engineTest('SSD finds the library\'s own boxes', async (engine, t) => {
  if (!existsSync(data)) return t.skip(missingData);
  const library = await openLibrary(engine);
  const pictures = (await somePictures()).slice(-9);
  const stage = new SsdStage(engine, () => readWeights(weightsFolder, 'ssd_mobilenetv1_model'));
  let faces = 0;
  for (const [i, picture] of pictures.entries()) {
    const options = new library.SsdMobilenetv1Options({ minConfidence: ssdMinScore, maxResults: 100 });
    const theirs = await withTensor(library, picture, (tensor) => library.nets.ssdMobilenetv1.locateFaces(tensor, options));
    if (theirs.length === 0) continue;
    const [ours] = await stage.find([picture]);
    assertSameBoxes(ours ?? [], theirs, i);
    faces += theirs.length;
  }
  assert.ok(faces >= 9, `${faces} faces were compared`);
  stage.close();
});

engineTest('the landmarks are the library\'s own when they are shifted by its rule', async (engine, t) => {
  if (!existsSync(data)) return t.skip(missingData);
  const library = await openLibrary(engine);
  const detector = await GraphFaceDetector.open(engine, { landmarkOrigin: 'box' });
  const pictures = await somePictures();
  const found = await detector.detectAll(pictures);
  let compared = 0;
  for (const [i, picture] of pictures.entries()) {
    const ours = (found[i] ?? []).filter(({ stage }) => stage === 'tiny-224');
    if (ours.length === 0) continue;
    const options = new library.TinyFaceDetectorOptions({ inputSize: 224, scoreThreshold: tinyMinScore });
    const theirs = await withTensor(library, picture, async (tensor) => await library.detectAllFaces(tensor, options).withFaceLandmarks());
    assert.equal(ours.length, theirs.length, `faces in photo ${i}`);
    for (const { detection, landmarks } of theirs) {
      const own = ours.find(({ box }) => distance(box, detection.box) < mostPixels);
      assert.ok(own, `photo ${i} lacks a face`);
      fivePointsOf(landmarks.positions.map(({ x, y }) => [x, y])).forEach(([x, y], point) => {
        const [ownX, ownY] = own.landmarks[point] ?? [Number.NaN, Number.NaN];
        assert.ok(Math.hypot(ownX - x, ownY - y) < mostPixels, `photo ${i}, point ${point}: ${ownX}, ${ownY} instead of ${x}, ${y}`);
      });
      compared++;
    }
  }
  assert.ok(compared >= 20, `${compared} faces were compared`);
  detector.close();
});

engineTest('the whole cascade finds what face-api finds, also in faces at the edge, in faces that fill the photo, and in none', async (engine, t) => {
  if (!existsSync(data)) return t.skip(missingData);
  const whole = await somePictures();
  const pictures = [
    ...whole.slice(-6),
    ...whole.slice(0, 6).map((picture) => cut(picture, { x: 100, y: 90, width: 150, height: 160 })),
    ...whole.slice(0, 6).map((picture) => cut(picture, { x: 92, y: 96, width: 66, height: 66 })),
    { width: 120, height: 90, data: new Uint8Array(120 * 90 * 3).fill(99) },
  ];
  const library = await FaceApiDetector.open(engine);
  const detector = await GraphFaceDetector.open(engine);
  const found = await detector.detectAll(pictures);
  const stages = new Set<string>();
  for (const [i, picture] of pictures.entries()) {
    const theirs = await library.detect(picture);
    const ours = found[i] ?? [];
    assertSameBoxes(ours, theirs, i);
    for (const face of theirs) {
      stages.add(face.stage);
      const own = ours.find(({ box }) => distance(box, face.box) < mostPixels);
      assert.equal(own?.stage, face.stage);
      face.landmarks.forEach(([x, y], point) => {
        const [ownX, ownY] = own?.landmarks[point] ?? [Number.NaN, Number.NaN];
        assert.ok(Math.hypot(ownX - x, ownY - y) < mostPixels, `picture ${i}, point ${point}: ${ownX}, ${ownY} instead of ${x}, ${y}`);
      });
    }
  }
  assert.deepEqual([...stages].sort(), ['ssd', 'tiny-224', 'tiny-416']);
  assert.deepEqual(found.at(-1), []);
  detector.close();
  library.close();
});

engineTest('JPEGs are decoded to the pixels that sharp decodes', async (engine, t) => {
  if (!existsSync(data)) return t.skip(missingData);
  const codec = new TensorFlowCodec(engine);
  const files = await Promise.all((await somePhotos()).map((file) => readFile(file)));
  const photos = await codec.decode(files);
  for (const [i, photo] of photos.entries()) {
    assert.ok('image' in photo);
    const expected = await decodeBytes(files[i] ?? new Uint8Array());
    assert.equal(photo.scale, 1);
    assert.deepEqual([photo.image.width, photo.image.height], [expected.image.width, expected.image.height]);
    assert.ok(Buffer.from(photo.image.data).equals(Buffer.from(expected.image.data)), `the pixels of photo ${i} differ`);
  }
  codec.close();
});
