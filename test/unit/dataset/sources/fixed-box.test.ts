import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cropFixedBox, fixedBoxes } from '../../../../src/dataset/sources/fixed-box';
import type { RgbImage } from '../../../../src/dataset/photos/rgb-image';

/** Red is the column, green the row. */
function ramp(width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data.set([i % width, Math.floor(i / width), 7], 3 * i);
  return { width, height, data };
}

describe('fixed box', () => {
  it('of CASIA-WebFace is rows 14 to 221 and columns 59 to 206 of 250 x 250 pixels', () => {
    const { width, height, data } = cropFixedBox(ramp(250, 250), fixedBoxes['casia-webface'] ?? assert.fail(), 128);
    assert.deepEqual([width, height], [128, 128]);
    // Centres of pixels: 59 + 148 (i + 0.5) / 128 - 0.5 across, 14 + 208 (i + 0.5) / 128 - 0.5 down.
    for (const i of [0, 1, 63, 127]) {
      assert.equal(data[3 * i], Math.floor(59 + (148 * (i + 0.5)) / 128 - 0.5 + 0.5), `column ${i}`);
      assert.equal(data[3 * 128 * i + 1], Math.floor(14 + (208 * (i + 0.5)) / 128 - 0.5 + 0.5), `row ${i}`);
    }
    assert.equal(data[2], 7);
  });

  it('of the size of the crop is copied', () => {
    const image = ramp(20, 20);
    const { data } = cropFixedBox(image, { left: 3, top: 5, right: 11, bottom: 13 }, 8);
    for (let row = 0; row < 8; row++) assert.deepEqual(data.subarray(row * 24, row * 24 + 24), image.data.subarray(((row + 5) * 20 + 3) * 3, ((row + 5) * 20 + 11) * 3));
  });

  it('stays within itself when it is enlarged', () => {
    const { data } = cropFixedBox(ramp(10, 10), { left: 4, top: 4, right: 6, bottom: 6 }, 16);
    const columns = data.filter((_, i) => i % 3 === 0);
    assert.deepEqual([Math.min(...columns), Math.max(...columns)], [4, 5]);
  });

  it('must lie in the photo', () => {
    assert.throws(() => cropFixedBox(ramp(200, 250), fixedBoxes['casia-webface'] ?? assert.fail(), 112), /200 x 250 pixels, less than the box 59,14,207,222/);
  });
});
