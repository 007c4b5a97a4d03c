import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { suppressOverlaps, type ScoredBox } from '../../../src/dataset/detection/graph/scored-box';
import { squareRegion } from '../../../src/dataset/detection/graph/square-region';
import { tinyFaceBoxes } from '../../../src/dataset/detection/graph/tiny-face-boxes';
import { locateWeights, readWeights } from '../../../src/dataset/detection/published-weights';
import { oneByOne } from '../../../src/dataset/detection/face-detector';
import type { RgbImage } from '../../../src/dataset/photos/rgb-image';

function numbered(width: number, height: number): RgbImage {
  return { width, height, data: Uint8Array.from({ length: width * height * 3 }, (_, i) => 1 + (i % 251)) };
}

function pixelAt({ width, height, data }: RgbImage, x: number, y: number): number[] {
  if (x < 0 || y < 0 || x >= width || y >= height) return [0, 0, 0];
  return [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];
}

describe('a square around a region', () => {
  it('has the region\'s pixels in place, and black around them', () => {
    const photo = numbered(13, 9);
    const whole = fc.integer({ min: -15, max: 15 });
    fc.assert(fc.property(whole, whole, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), fc.boolean(), (x, y, width, height, centred) => {
      const square = squareRegion(photo, { x, y, width, height }, centred ? 'centre' : 'corner');
      const side = Math.max(width, height);
      assert.deepEqual([square.width, square.height, square.data.length], [side, side, side * side * 3]);
      const before = (missing: number): number => (centred ? Math.floor(missing / 2) : 0);
      for (let row = 0; row < side; row++) {
        for (let column = 0; column < side; column++) {
          const [inX, inY] = [column - before(side - width), row - before(side - height)];
          const inside = inX >= 0 && inY >= 0 && inX < width && inY < height;
          assert.deepEqual(pixelAt(square, column, row), inside ? pixelAt(photo, x + inX, y + inY) : [0, 0, 0]);
        }
      }
    }));
  });

  it('is the photo itself when that is square', () => {
    const photo = numbered(5, 5);
    assert.equal(squareRegion(photo, { x: 0, y: 0, width: 5, height: 5 }, 'corner'), photo);
  });
});

describe('overlapping boxes', () => {
  const at = (x: number, score: number): ScoredBox => ({ box: { x, y: 0, width: 10, height: 10 }, score });

  it('are reduced to the best', () => {
    // Shifted by 4, two boxes share 60 of 140; by 5, 50 of 150.
    assert.deepEqual(suppressOverlaps([at(0, 0.5), at(4, 0.9), at(9, 0.6), at(40, 0.3)], 0.4), [at(4, 0.9), at(9, 0.6), at(40, 0.3)]);
    assert.deepEqual(suppressOverlaps([], 0.4), []);
  });

  it('never keep two that overlap, and always the best', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.double({ min: 0, max: 1, noNaN: true }))), (boxes) => {
      const kept = suppressOverlaps(boxes.map(([x, score]) => at(x, score)), 0.4);
      kept.forEach((a, i) => kept.slice(i + 1).forEach((b) => assert.ok(Math.abs(a.box.x - b.box.x) > 4)));
      assert.equal(kept[0]?.score, boxes.length > 0 ? Math.max(...boxes.map(([, score]) => score)) : undefined);
    }));
  });
});

describe('boxes of the tiny detector', () => {
  it('lie around the middle of their cell, in pixels of a photo that is not square', () => {
    const output = new Float32Array(7 * 7 * 25).fill(-20);
    // Cell (3, 2), first anchor: middle of the cell, as large as the anchor, score 0.5.
    output.set([0, 0, 0, 0, 0], (2 * 7 + 3) * 25);
    const [found, ...others] = tinyFaceBoxes(output, 224, { width: 448, height: 224 }, 0.2);
    assert.deepEqual(others, []);
    assert.ok(found && Math.abs(found.score - 0.5) < 1e-9);
    const { x, y, width, height } = found.box;
    assert.ok(Math.abs(x + width / 2 - 224) < 1e-6 && Math.abs(y + height / 2 - 160) < 1e-6);
    assert.ok(Math.abs(width - 64 * 1.603231) < 1e-6 && Math.abs(height - 64 * 2.094468) < 1e-6);
  });
});

describe('the published weights', () => {
  it('are read whole, from levels of 8 bits', async () => {
    const weights = await readWeights(locateWeights(), 'tiny_face_detector_model');
    assert.deepEqual(weights.get('conv0/filters')?.shape, [3, 3, 3, 16]);
    assert.equal(weights.get('conv8/bias')?.data.length, 25);
    assert.equal([...weights.values()].reduce((sum, { data }) => sum + data.length, 0), 193_321);
  });
});

describe('a detector of single photos', () => {
  it('answers for several in order', async () => {
    const face = (x: number) => ({ box: { x, y: 0, width: 1, height: 1 }, score: 1, stage: 'ssd', landmarks: [[0, 0], [0, 0], [0, 0], [0, 0], [0, 0]] }) as const;
    const batch = oneByOne({ detect: (image) => Promise.resolve([face(image.width)]), close: () => undefined });
    const found = await batch.detectAll([numbered(2, 1), numbered(3, 1)]);
    assert.deepEqual(found.map((faces) => faces[0]?.box.x), [2, 3]);
  });
});
