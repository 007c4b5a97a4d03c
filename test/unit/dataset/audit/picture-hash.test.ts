import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bitsApart, blankContrast, countBits, gradientWords, hashPicture, perceptualWords } from '../../../../src/dataset/audit/picture-hash';
import { blobPicture } from './pictures';
import type { RgbImage } from '../../../../src/dataset/photos/rgb-image';

function apart(a: RgbImage, b: RgbImage): { perceptual: number; gradient: number } {
  const [first, second] = [hashPicture(a), hashPicture(b)];
  return {
    perceptual: bitsApart(Uint32Array.of(...first.perceptual, ...second.perceptual), perceptualWords, 0, 1),
    gradient: bitsApart(Uint32Array.of(...first.gradient, ...second.gradient), gradientWords, 0, 1),
  };
}

function plain(level: number, side: number): RgbImage {
  return { width: side, height: side, data: new Uint8Array(side * side * 3).fill(level) };
}

describe('the hash of a picture', () => {
  it('counts bits', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (word) => {
      assert.equal(countBits(word), [...word.toString(2)].filter((digit) => digit === '1').length);
    }));
  });

  it('hardly changes with size, shape and brightness', () => {
    for (let seed = 0; seed < 8; seed++) {
      const picture = blobPicture(seed, 200, 200);
      for (const copy of [blobPicture(seed, 97, 97), blobPicture(seed, 300, 180), blobPicture(seed, 200, 200, 0.7), blobPicture(seed, 40, 40)]) {
        const { perceptual, gradient } = apart(picture, copy);
        assert.ok(perceptual <= 10 && gradient <= 60, `seed ${seed}: ${perceptual} and ${gradient} bits`);
      }
    }
  });

  it('tells different pictures apart', () => {
    const bits = Array.from({ length: 40 }, (_, seed) => apart(blobPicture(seed), blobPicture(seed + 100)));
    assert.ok(Math.min(...bits.map(({ perceptual }) => perceptual)) > 15, JSON.stringify(bits));
    const mean = bits.reduce((sum, { perceptual }) => sum + perceptual, 0) / bits.length;
    assert.ok(Math.abs(mean - 32) < 3, `mean ${mean}`);
  });

  it('sets half of the bits, none of a plain picture, and knows plain pictures by their contrast', () => {
    const hash = hashPicture(blobPicture(1));
    assert.equal(countBits(hash.perceptual[0] as number) + countBits(hash.perceptual[1] as number), 32);
    assert.ok(hash.contrast > 10 * blankContrast);
    assert.ok(hashPicture(plain(255, 64)).contrast < 0.01);
    assert.deepEqual([...hashPicture(plain(7, 5)).gradient], [0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('takes pictures of any size', () => {
    for (const [width, height] of [[1, 1], [1, 400], [400, 1], [33, 31]] as const) {
      const { perceptual, sharpness, contrast } = hashPicture(blobPicture('small', width, height));
      assert.equal(perceptual.length, 2);
      assert.ok(Number.isFinite(sharpness) && Number.isFinite(contrast));
    }
  });

  it('measures coarser detail as less sharp, and the same scene at another size as equally sharp', () => {
    const blocks = (side: number, blockPixels: number): RgbImage => {
      const data = Uint8Array.from({ length: side * side * 3 }, (_, i) => {
        const pixel = Math.floor(i / 3);
        return ((Math.floor((pixel % side) / blockPixels) * 31 + Math.floor(pixel / side / blockPixels) * 17) % 7) * 36;
      });
      return { width: side, height: side, data };
    };
    const { sharpness } = hashPicture(blocks(256, 2));
    assert.ok(sharpness > 4 * hashPicture(blocks(256, 16)).sharpness);
    for (const [side, blockPixels] of [[128, 1], [512, 4]] as const) {
      const ratio = hashPicture(blocks(side, blockPixels)).sharpness / sharpness;
      assert.ok(Math.abs(ratio - 1) < 1e-3, `${ratio}`);
    }
  });
});
