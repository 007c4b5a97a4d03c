import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../../src/base/user-error';
import { mapPoints, templateFor } from '../../../src/dataset/align';
import { chooseFace } from '../../../src/dataset/detection/choose-face';
import { clipToPixels, fivePointsOf } from '../../../src/dataset/detection/face-geometry';
import type { DetectedFace } from '../../../src/dataset/detection/face-detector';
import { readLandmarkSidecar } from '../../../src/dataset/detection/landmark-sidecar';

function face(x: number, y: number, size: number): DetectedFace {
  const scale = size / 112;
  return { box: { x, y, width: size, height: size }, score: 0.9, stage: 'tiny-224', landmarks: mapPoints(templateFor(112), ([u, v]) => [x + u * scale, y + v * scale]) };
}

describe('the choice among faces', () => {
  const photo = { width: 400, height: 400 };
  const central = face(150, 150, 90);
  const large = face(0, 0, 140);

  it('takes the one nearest the centre, the largest, or none', () => {
    assert.equal(chooseFace([large, central], photo, 'centre'), central);
    assert.equal(chooseFace([central, large], photo, 'largest'), large);
    assert.equal(chooseFace([central, large], photo, 'drop'), undefined);
  });

  it('does not ask for one face or none', () => {
    assert.equal(chooseFace([large], photo, 'drop'), large);
    assert.equal(chooseFace([], photo, 'centre'), undefined);
  });
});

describe('the landmark network\'s crop', () => {
  it('is the box within the photo on whole pixels', () => {
    assert.deepEqual(clipToPixels({ x: -10.5, y: 3.7, width: 50, height: 20.2 }, { width: 100, height: 100 }), { x: 0, y: 3, width: 39, height: 20 });
    assert.deepEqual(clipToPixels({ x: 90.2, y: 95, width: 50, height: 50 }, { width: 100, height: 100 }), { x: 90, y: 95, width: 9, height: 5 });
  });

  it('never leaves the photo', () => {
    const number = fc.double({ min: -200, max: 200, noNaN: true });
    fc.assert(fc.property(number, number, fc.double({ min: 0, max: 300, noNaN: true }), (x, y, width) => {
      const crop = clipToPixels({ x, y, width, height: width }, { width: 90, height: 70 });
      if (crop.width < 1 || crop.height < 1) return;
      assert.ok(crop.x >= 0 && crop.y >= 0 && crop.x + crop.width <= 90 && crop.y + crop.height <= 70);
    }));
  });
});

describe('five points', () => {
  it('are eye means, nose tip and mouth corners of the 68', () => {
    const points = Array.from({ length: 68 }, (_, i) => [i, 2 * i] as const);
    assert.deepEqual(fivePointsOf(points), [[38.5, 77], [44.5, 89], [30, 60], [48, 96], [54, 108]]);
    assert.throws(() => fivePointsOf(points.slice(1)), /67/);
  });
});

describe('landmarks.jsonl', () => {
  it('is read, and a wrong line is named', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'sidecar-'));
    try {
      assert.equal((await readLandmarkSidecar(folder)).size, 0);
      const file = path.join(folder, 'landmarks.jsonl');
      const points = [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10.5]];
      await writeFile(file, `${JSON.stringify({ photo: 'a/1.png', landmarks: points })}\n\n`);
      assert.deepEqual((await readLandmarkSidecar(folder)).get('a/1.png'), points);
      await writeFile(file, `${JSON.stringify({ photo: 'a/1.png', landmarks: points })}\n${JSON.stringify({ photo: 'a/2.png', landmarks: points.slice(1) })}\n`);
      await assert.rejects(readLandmarkSidecar(folder), (error) => error instanceof UserError && error.message.startsWith(`Line 2 of ${file}`));
      await writeFile(file, 'nonsense');
      await assert.rejects(readLandmarkSidecar(folder), /Line 1 of/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
