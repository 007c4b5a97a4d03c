import assert from 'node:assert/strict';
import sharp from 'sharp';
import { SeededRandom } from '../../src/base/random';
import { PictureError } from '../../src/engine/picture-error';
import { engineTests } from '../support/engine';

const engines = { native: engineTests({ kind: 'native' }), wasm: engineTests({ kind: 'wasm' }) };

function jpeg(seed: number, width: number, height = width, progressive = false): Promise<Buffer> {
  const random = new SeededRandom(seed);
  const pixels = Buffer.from(Array.from({ length: width * height * 3 }, (_, i) => (i % 97) + random.below(100)));
  return sharp(pixels, { raw: { width, height, channels: 3 } }).jpeg({ quality: 90, progressive }).toBuffer();
}

for (const [kind, engineTest] of Object.entries(engines)) {
  engineTest(`${kind}: JPEGs come back in order, equal to another decoder within its rounding`, async (engine) => {
    const size = 24;
    const pictures = await Promise.all(Array.from({ length: 87 }, (_, i) => jpeg(i, size, size, i % 2 === 1)));
    const decoded = await engine.decodeJpegs(pictures, size);
    const pictureBytes = size * size * 3;
    assert.equal(decoded.length, pictures.length * pictureBytes);
    for (const [i, picture] of pictures.entries()) {
      const expected = await sharp(picture).raw().toBuffer();
      const actual = decoded.subarray(i * pictureBytes, (i + 1) * pictureBytes);
      const worst = Math.max(...actual.map((value, k) => Math.abs(value - (expected[k] ?? 0))));
      assert.ok(worst <= 4, `picture ${i} differs by ${worst}`);
    }
  });

  engineTest(`${kind}: no pictures give no pixels`, async (engine) => {
    assert.equal((await engine.decodeJpegs([], 24)).length, 0);
  });

  engineTest(`${kind}: a bad picture and one of another size are named by index`, async (engine) => {
    const good = await Promise.all(Array.from({ length: 20 }, (_, i) => jpeg(i, 16)));
    const garbled = good.map((picture, i) => (i === 13 ? Buffer.from('not a picture') : picture));
    await assert.rejects(engine.decodeJpegs(garbled, 16), /^Error: Picture 13 cannot be decoded/);
    await assert.rejects(engine.decodeJpegs(garbled, 16), (error) => error instanceof PictureError && error.index === 13);
    const cut = good.map((picture, i) => (i === 18 ? picture.subarray(0, picture.length / 2) : picture));
    await assert.rejects(engine.decodeJpegs(cut, 16), /^Error: Picture 18 cannot be decoded/);
    const larger = await jpeg(1, 17, 16);
    await assert.rejects(engine.decodeJpegs(good.map((picture, i) => (i === 4 ? larger : picture)), 16), /^Error: Picture 4 has 17 x 16 pixels, not 16 x 16/);
    await assert.rejects(engine.decodeJpegs(good, 18), /^Error: Picture 0 has 16 x 16 pixels/);
    assert.equal((await engine.decodeJpegs(good, 16)).length, 20 * 16 * 16 * 3);
  });
}
