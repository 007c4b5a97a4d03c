import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { alignFace, applySimilarity, cropSidePixels, fitSimilarity, mapPoints, templateFor, type FivePoints } from '../../../src/dataset/align';
import type { RgbImage } from '../../../src/dataset/photos/rgb-image';
import { halve, warp, type Similarity } from '../../../src/dataset/photos/warp';

const landmarks: FivePoints = [[120, 110], [180, 118], [148, 150], [118, 175], [170, 182]];

function paint(width: number, height: number, colour: (x: number, y: number) => readonly [number, number, number]): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set(colour(x, y), (y * width + x) * 3);
  }
  return { width, height, data };
}

function pixel(image: RgbImage, x: number, y: number): number[] {
  return [...image.data.subarray((y * image.width + x) * 3, (y * image.width + x) * 3 + 3)];
}

/** Bilinear sampling by the definition, black outside. */
function sample(image: RgbImage, x: number, y: number, channel: number): number {
  let sum = 0;
  for (const column of [Math.floor(x), Math.floor(x) + 1]) {
    for (const row of [Math.floor(y), Math.floor(y) + 1]) {
      if (column < 0 || row < 0 || column >= image.width || row >= image.height) continue;
      sum += (1 - Math.abs(x - column)) * (1 - Math.abs(y - row)) * (image.data[(row * image.width + column) * 3 + channel] ?? 0);
    }
  }
  return sum;
}

describe('similarity', () => {
  it('equals the Umeyama solution', () => {
    const found = fitSimilarity(landmarks, templateFor(112));
    const expected = { a: 0.5982008197605436, b: -0.06903292255420129, tx: -42.176840284219594, ty: -5.873094304821478 };
    for (const key of ['a', 'b', 'tx', 'ty'] as const) assert.ok(Math.abs(found[key] - expected[key]) < 1e-9, `${key} ${found[key]}`);
  });

  it('finds any similarity again', () => {
    const number = fc.double({ min: -3, max: 3, noNaN: true });
    fc.assert(fc.property(number, number, number, number, (a, b, tx, ty) => {
      fc.pre(Math.hypot(a, b) > 0.01);
      const found = fitSimilarity(landmarks, mapPoints(landmarks, (point) => applySimilarity({ a, b, tx, ty }, point)));
      assert.ok(Math.abs(found.a - a) + Math.abs(found.b - b) < 1e-9);
      assert.ok(Math.abs(found.tx - tx) + Math.abs(found.ty - ty) < 1e-6);
    }));
  });

  it('refuses points that coincide', () => {
    assert.throws(() => fitSimilarity(mapPoints(landmarks, () => [1, 1]), templateFor(112)), RangeError);
  });

  it('gives the size of the face in the photo', () => {
    const twice = mapPoints(templateFor(112), ([x, y]) => [2 * x + 9, 2 * y]);
    assert.ok(Math.abs(cropSidePixels(twice, 112) - 224) < 1e-9);
    assert.ok(Math.abs(cropSidePixels(twice, 128) - 224) < 1e-9);
  });
});

describe('warp', () => {
  const noise = paint(40, 30, (x, y) => [(x * 37 + y * 91) % 256, (x * x + y * 13) % 256, (x * 5 + y * y * 3) % 256]);

  it('equals bilinear sampling by the definition, inside and across the border', () => {
    const angle = fc.double({ min: -Math.PI, max: Math.PI, noNaN: true });
    const scale = fc.double({ min: 0.4, max: 3, noNaN: true });
    const shift = fc.double({ min: -30, max: 30, noNaN: true });
    fc.assert(fc.property(angle, scale, shift, shift, (turn, zoom, tx, ty) => {
      const transform: Similarity = { a: zoom * Math.cos(turn), b: zoom * Math.sin(turn), tx, ty };
      const square = zoom * zoom;
      const out = warp(noise, transform, 16);
      for (let i = 0; i < out.data.length; i++) {
        const [x, y] = [(Math.floor(i / 3) % 16) - tx, Math.floor(i / 48) - ty];
        const expected = sample(noise, (transform.a * x + transform.b * y) / square, (-transform.b * x + transform.a * y) / square, i % 3);
        assert.ok(Math.abs((out.data[i] ?? 0) - expected) <= 0.51, `${i}: ${out.data[i]} instead of ${expected}`);
      }
    }), { numRuns: 60 });
  });

  it('copies pixels exactly when nothing changes', () => {
    const out = warp(noise, { a: 1, b: 0, tx: -3, ty: -2 }, 16);
    assert.deepEqual(pixel(out, 0, 0), pixel(noise, 3, 2));
    assert.deepEqual(pixel(out, 15, 15), pixel(noise, 18, 17));
  });

  it('halves by means of four pixels', () => {
    const half = halve(paint(5, 4, (x, y) => [x * 10, y * 10, 7]));
    assert.deepEqual([half.width, half.height], [2, 2]);
    assert.deepEqual(pixel(half, 1, 1), [25, 25, 7]);
  });
});

describe('the template of the original project', () => {
  it('has its points on a canvas of 128 pixels, scaled to any other', () => {
    assert.deepEqual(templateFor(128, 'original'), [[52, 51], [92, 51], [72, 74], [55, 87], [89, 87]]);
    assert.deepEqual(templateFor(64, 'original')[0], [26, 25.5]);
    const photo = mapPoints(templateFor(128, 'original'), ([x, y]) => [2 * x + 5, 2 * y + 7]);
    assert.ok(Math.abs(cropSidePixels(photo, 112, 'original') - 256) < 1e-9);
    const image = paint(300, 300, (x, y) => [x & 255, y & 255, 0]);
    const [red = -1, green = -1] = pixel(alignFace(image, photo, 128, 'original'), 52, 51);
    assert.ok(Math.abs(red - 109) <= 1 && Math.abs(green - 109) <= 1, `${red}, ${green}`);
  });
});

describe('alignFace', () => {
  /** A face turned and scaled, with a coloured disc of its own at each landmark. */
  const colours = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [0, 255, 255]] as const;
  function facePhoto(scale: number, degrees: number): { image: RgbImage; points: FivePoints } {
    const radians = (degrees * Math.PI) / 180;
    const place: Similarity = { a: scale * Math.cos(radians), b: scale * Math.sin(radians), tx: 100 * scale, ty: 60 * scale };
    const points = mapPoints(templateFor(112), (point) => applySimilarity(place, point));
    const side = Math.ceil(260 * scale);
    const image = paint(side, side, (x, y) => colours[points.findIndex(([u, v]) => Math.hypot(x - u, y - v) < 5 * scale)] ?? [90, 90, 90]);
    return { image, points };
  }

  for (const [scale, degrees] of [[1, 0], [0.7, 30], [1.6, -20], [3.3, 15], [6, -40]] as const) {
    it(`brings the landmarks of a face ${scale} times as large, turned by ${degrees} degrees, to the template`, () => {
      const { image, points } = facePhoto(scale, degrees);
      for (const size of [112, 128]) {
        const crop = alignFace(image, points, size);
        templateFor(size).forEach(([x, y], i) => assert.deepEqual(pixel(crop, Math.round(x), Math.round(y)), [...(colours[i] ?? [])]));
      }
    });
  }

  it('does not skip pixels of a large face', () => {
    // One-pixel stripes must become their mean, whatever the position of the samples.
    const points = mapPoints(templateFor(112), ([x, y]) => [8 * x + 3, 8 * y + 3]);
    const crop = alignFace(paint(920, 920, (x) => (x % 2 === 0 ? [0, 0, 0] : [200, 200, 200])), points, 112);
    for (const value of crop.data) assert.ok(Math.abs(value - 100) <= 1, `${value}`);
  });
});
