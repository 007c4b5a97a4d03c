import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import sharp from 'sharp';
import { applySimilarity, mapPoints, templateFor } from '../../../src/dataset/align';
import type { SeveralFacesRule } from '../../../src/dataset/detection/choose-face';
import { cropBatch, type PhotoFile } from '../../../src/dataset/detection/crop-batch';
import type { PhotoOutcome } from '../../../src/dataset/detection/detector-messages';
import { oneByOne, type DetectedFace, type FaceDetector } from '../../../src/dataset/detection/face-detector';
import type { CropBox } from '../../../src/dataset/sources/fixed-box';
import { SharpCodec } from '../../../src/dataset/photos/photo-codec';

/** A face whose crop is the square of this side at (x, y). */
function face(x: number, y: number, side: number, stage: DetectedFace['stage'] = 'tiny-224'): DetectedFace {
  const place = { a: side / 112, b: 0, tx: x, ty: y };
  return { box: { x, y, width: side, height: side }, score: 0.9, stage, landmarks: mapPoints(templateFor(112), (point) => applySimilarity(place, point)) };
}

/** Knows its faces, and minds as a detector must whether one of them is usable. */
function detectorOf(...stages: readonly (readonly DetectedFace[])[]): FaceDetector {
  return {
    detect: (_image, isUsable = () => true) => Promise.resolve([...(stages.find((faces) => faces.some(isUsable)) ?? stages.find((faces) => faces.length > 0) ?? [])]),
    close: () => undefined,
  };
}

/** A 300 x 200 photo with a square of its own grey for each place that a face can have. */
async function photo(): Promise<Uint8Array> {
  const squares = [[0, 0, 110, 40], [120, 60, 70, 130], [220, 20, 20, 220]].map(([x, y, side, level]) => `<rect x="${x}" y="${y}" width="${side}" height="${side}" fill="rgb(${level},${level},${level})"/>`);
  return sharp(Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200">${squares.join('')}</svg>`)).png().toBuffer();
}

const large = face(0, 0, 110);
const central = face(120, 60, 70);
const speck = face(220, 20, 20);

async function crop(detector: FaceDetector, severalFaces: SeveralFacesRule, minFacePixels = 24): Promise<PhotoOutcome> {
  const [outcome] = await cropBatch([{ id: 0, file: 'photo.png' }], [await photo()], { size: 112, severalFaces, minFacePixels }, { codec: new SharpCodec(), detector: oneByOne(detector) });
  assert.ok(outcome);
  return outcome;
}

/** The grey in the middle of a crop. */
async function levelOf(outcome: PhotoOutcome): Promise<number> {
  assert.ok(outcome.kind === 'crop', JSON.stringify(outcome));
  const { data } = await sharp(outcome.jpeg).greyscale().raw().toBuffer({ resolveWithObject: true });
  return data[56 * 112 + 56] ?? -1;
}

describe('a fixed box', () => {
  it('is cut from a photo as it is, without a look at faces; a photo that is smaller than it is left out', async () => {
    const detector = { detectAll: () => assert.fail('no face is looked for'), close: () => undefined };
    const settings = { size: 70, severalFaces: 'centre', minFacePixels: 24 } as const;
    const cut = async (box: CropBox) => (await cropBatch([{ id: 0, file: 'photo.png' }], [await photo()], { ...settings, crop: { kind: 'fixed-box', box } }, { codec: new SharpCodec(), detector }))[0];
    const outcome = await cut({ left: 120, top: 60, right: 190, bottom: 130 });
    assert.ok(outcome?.kind === 'crop');
    const { data, info } = await sharp(outcome.jpeg).greyscale().raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height], [70, 70]);
    assert.ok(data.every((level) => Math.abs(level - 130) < 4));
    assert.deepEqual(await cut({ left: 0, top: 0, right: 301, bottom: 10 }), { kind: 'dropped', reason: 'too-small', detail: 'it has 300 x 200 pixels, less than the box' });
  });
});

describe('a photo with several faces', () => {
  it('gives the most central one, the largest one, or none', async () => {
    const detector = detectorOf([large, central]);
    assert.ok(Math.abs((await levelOf(await crop(detector, 'centre'))) - 130) < 4);
    assert.ok(Math.abs((await levelOf(await crop(detector, 'largest'))) - 40) < 4);
    assert.deepEqual(await crop(detector, 'drop'), { kind: 'dropped', reason: 'several-faces', detail: '2 faces', foundBy: 'tiny-224' });
  });

  it('counts no face below the smallest size, under any rule', async () => {
    for (const rule of ['centre', 'largest', 'drop'] as const) assert.ok(Math.abs((await levelOf(await crop(detectorOf([speck, central]), rule))) - 130) < 4, rule);
    assert.ok(Math.abs((await levelOf(await crop(detectorOf([face(140, 90, 20), large]), 'centre'))) - 40) < 4);
  });
});

describe('a stage that finds only specks', () => {
  it('leaves the photo to the next stage', async () => {
    const outcome = await crop(detectorOf([speck], [{ ...central, stage: 'ssd' }]), 'centre');
    assert.equal(outcome.foundBy, 'ssd');
    assert.ok(Math.abs((await levelOf(outcome)) - 130) < 4);
  });

  it('is told as a face that is too small when no other stage finds more', async () => {
    assert.deepEqual(await crop(detectorOf([speck], []), 'centre'), { kind: 'dropped', reason: 'too-small', detail: 'the face is 20 pixels wide', foundBy: 'tiny-224' });
    assert.equal((await crop(detectorOf([speck], []), 'centre', 10)).kind, 'crop');
    assert.deepEqual(await crop(detectorOf([], []), 'centre'), { kind: 'dropped', reason: 'no-face' });
  });
});

describe('a batch', () => {
  it('loses no photo by a corrupt one, and its crops are those of each photo alone', async () => {
    const good = await photo();
    const files: PhotoFile[] = [good, good.subarray(0, 60), Buffer.from('no picture'), { problem: 'permission denied' }, good];
    const tools = { codec: new SharpCodec(), detector: oneByOne(detectorOf([central])) };
    const settings = { size: 112, severalFaces: 'centre', minFacePixels: 24 } as const;
    const tasks = files.map((_, id) => ({ id, file: `${id}.png` }));
    const together = await cropBatch(tasks, files, settings, tools);
    assert.deepEqual(together.map((outcome) => (outcome.kind === 'crop' ? 'crop' : outcome.reason)), ['crop', 'unreadable', 'unreadable', 'unreadable', 'crop']);
    for (const [i, task] of tasks.entries()) assert.deepEqual(await cropBatch([task], files.slice(i, i + 1), settings, tools), [together[i]]);
  });
});
