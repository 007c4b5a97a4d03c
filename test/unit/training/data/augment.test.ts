import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { SeededRandom } from '../../../../src/base/random';
import { augmentInto } from '../../../../src/training/data/augment';
import { blurInPlace } from '../../../../src/training/data/blur';
import { colourMap } from '../../../../src/training/data/colour-map';
import { drawChange, type Change } from '../../../../src/training/data/change';
import { recompressInPlace } from '../../../../src/training/data/recompress';
import { augmentationSection, type Augmentation } from '../../../../src/training/recipe/augmentation-section';
import { noChange } from './augmentations';

const size = 24;
const length = size * size * 3;
const plain = { mean: 0, deviation: 1 };
const noise = noisePixels();

function noisePixels(): Uint8Array {
  const random = new SeededRandom(1, 'pixels');
  return Uint8Array.from({ length }, () => random.below(256));
}

const randomOf = (picture: number): SeededRandom => new SeededRandom(1, 'augment', 0, picture, 0);

async function augmented(changes: Partial<Augmentation>, picture = 0, pixels = noise): Promise<Float32Array> {
  const target = new Float32Array(length);
  await augmentInto(target, 0, pixels, 0, size, plain, { ...noChange, ...changes }, randomOf(picture));
  return target;
}

const changeOf = (changes: Partial<Change>): Change => ({
  matrix: [1, 0, 0, 0, 1, 0], gain: 1, offset: 0, grey: false, erased: undefined, saturation: 1, hueRadians: 0, blurPixels: 0, jpegQuality: undefined, ...changes,
});

function coloured([red, green, blue]: readonly [number, number, number], changes: Partial<Change>): [number, number, number] {
  const pixel = Float32Array.of(red, green, blue);
  colourMap(changeOf(changes), plain)(pixel, 0);
  return [pixel[0] ?? NaN, pixel[1] ?? NaN, pixel[2] ?? NaN];
}

const lumaOf = ([red, green, blue]: readonly [number, number, number]): number => 0.299 * red + 0.587 * green + 0.114 * blue;

function assertNear(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  actual.forEach((value, i) => assert.ok(Math.abs(value - (expected[i] ?? NaN)) <= tolerance, `${String(actual)}, not ${String(expected)}`));
}

/** Variance of the Laplacian of the first channel, inside. */
function sharpness(picture: Float32Array): number {
  const at = (row: number, column: number): number => picture[(row * size + column) * 3] ?? NaN;
  const values: number[] = [];
  for (let row = 1; row < size - 1; row++) {
    for (let column = 1; column < size - 1; column++) {
      values.push(at(row - 1, column) + at(row + 1, column) + at(row, column - 1) + at(row, column + 1) - 4 * at(row, column));
    }
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}

const meanDifference = (a: Float32Array, b: ArrayLike<number>): number => a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? NaN)), 0) / a.length;

const everything: Partial<Augmentation> = { saturation: 0.5, hueDegrees: 30, blur: 0.5, blurPixels: 2, jpeg: 0.5, jpegQuality: [20, 60], crop: 0.6 };

describe('augmentation', () => {
  test('the pictures of recipes without the later settings are those that the first version made', async () => {
    const target = new Float32Array(8 * length);
    const first = augmentationSection.parse({ grey: 0.3, erase: 0.4 });
    for (let picture = 0; picture < 8; picture++) await augmentInto(target, picture * length, noise, 0, size, { mean: 127.5, deviation: 128 }, first, randomOf(picture));
    // In steps of 1/4096: sine and cosine differ in the last bit between machines. Computed with the first version.
    const hash = createHash('sha256').update(Int32Array.from(target, (value) => Math.round(value * 4096))).digest('hex');
    assert.equal(hash, '30d6be1b05702445a33ff63b07a0b31d3cf6c3f7237d2c4560574dca3688f478');
  });

  test('off is off: the pixels stay', async () => {
    for (let picture = 0; picture < 5; picture++) assert.deepEqual(await augmented({}, picture), Float32Array.from(noise));
  });

  test('the same sample gives the same picture, another one another', async () => {
    const first = await augmented(everything, 3);
    assert.deepEqual(await augmented(everything, 3), first);
    assert.notDeepEqual(await augmented(everything, 4), first);
  });

  test('a setting does not move the draws of another', () => {
    const change = drawChange({ ...noChange, ...everything }, size, randomOf(2));
    const { saturation, hueRadians } = drawChange({ ...noChange, saturation: 0.5, hueDegrees: 30, flip: true, shift: 0.2 }, size, randomOf(2));
    assert.deepEqual([saturation, hueRadians], [change.saturation, change.hueRadians]);
  });

  test('draws stay within their settings, and shares are kept', () => {
    const changes = Array.from({ length: 2000 }, (_, i) => drawChange({ ...noChange, ...everything, blur: 0.25, jpeg: 0.75, jpegQuality: [20, 23] }, size, randomOf(i)));
    const blurred = changes.filter((change) => change.blurPixels > 0);
    const compressed = changes.flatMap(({ jpegQuality }) => (jpegQuality === undefined ? [] : [jpegQuality]));
    assertNear([blurred.length / 2000, compressed.length / 2000], [0.25, 0.75], 0.04);
    assert.deepEqual([...new Set(compressed)].sort(), [20, 21, 22, 23]);
    for (const { saturation, hueRadians, blurPixels, matrix: [a, , c, , e, f] } of changes) {
      assert.ok(saturation >= 0.5 && saturation <= 1.5 && Math.abs(hueRadians) <= Math.PI / 6 && blurPixels <= 2);
      assert.ok(a >= 0.6 && a <= 1 && a === e, `side ${a}`);
      // The part lies within the picture.
      assert.ok(Math.max(Math.abs(c), Math.abs(f)) <= ((1 - a) / 2) * size + 1e-9);
    }
  });

  test('the crop of a ramp is a flatter ramp', async () => {
    const ramp = Uint8Array.from({ length }, (_, i) => 10 * (Math.floor(i / 3) % size));
    const picture = await augmented({ crop: 0.5 }, 1, ramp);
    const { matrix } = drawChange({ ...noChange, crop: 0.5 }, size, randomOf(1));
    const middle = (size / 2) * size * 3;
    const slope = ((picture[middle + 15 * 3] ?? NaN) - (picture[middle + 8 * 3] ?? NaN)) / 7;
    assertNear([slope], [10 * matrix[0]], 1e-3);
    assert.ok(slope < 9.9);
  });

  test('without saturation a pixel is its luma, twice the saturation doubles its distance from grey', () => {
    const pixel = [200, 120, 40] as const;
    const luma = lumaOf(pixel);
    assertNear(coloured(pixel, { saturation: 0 }), [luma, luma, luma], 1e-3);
    assertNear(coloured(pixel, { saturation: 2 }), pixel.map((value) => 2 * value - luma), 1e-3);
    assertNear(coloured(pixel, { saturation: 1 }), [...pixel], 0);
  });

  test('a turn of the hue keeps luma and grey, and comes back after the whole circle', () => {
    const pixel = [200, 120, 40] as const;
    const turned = coloured(pixel, { hueRadians: Math.PI / 2 });
    assertNear([lumaOf(turned)], [lumaOf(pixel)], 1e-3);
    assert.ok(turned[0] < 190, String(turned));
    assertNear(coloured(pixel, { hueRadians: 2 * Math.PI }), [...pixel], 1e-3);
    assertNear(coloured([90, 90, 90], { hueRadians: 1 }), [90, 90, 90], 1e-3);
    assertNear(coloured(pixel, { hueRadians: Math.PI }), coloured(pixel, { saturation: -1 }), 1e-3);
  });

  test('blur spreads a point as a Gaussian does, keeps flat pictures and lowers the sharpness', async () => {
    const point = new Float32Array(length);
    const middle = (12 * size + 12) * 3 + 1;
    point[middle] = 1000;
    blurInPlace(point, size, 1.2);
    const ratio = (point[middle + 3] ?? NaN) / (point[middle] ?? NaN);
    assertNear([ratio, (point[middle + size * 3] ?? NaN) / (point[middle] ?? NaN)], [Math.exp(-1 / (2 * 1.44)), ratio], 1e-5);
    assertNear([point.reduce((sum, value) => sum + value, 0)], [1000], 1e-2);
    assert.equal(point[middle - 1], 0);
    const flat = new Float32Array(length).fill(77);
    blurInPlace(flat, size, 3);
    assertNear([...flat], [...new Float32Array(length).fill(77)], 1e-4);
    const blurred = await augmented({ blur: 1, blurPixels: 3 }, 2);
    assert.ok(sharpness(blurred) < 0.2 * sharpness(Float32Array.from(noise)));
  });

  test('a JPEG changes pixels, the lower the quality the more, and nearly nothing of a flat picture', async () => {
    const recompressed = async (quality: number, from: Float32Array): Promise<Float32Array> => {
      const picture = Float32Array.from(from, (value) => (value - 127.5) / 128);
      await recompressInPlace(picture, size, { mean: 127.5, deviation: 128 }, quality);
      return picture.map((value) => value * 128 + 127.5);
    };
    const from = Float32Array.from(noise);
    const [low, high] = [await recompressed(10, from), await recompressed(90, from)];
    assert.equal(low.length, length);
    assert.ok(meanDifference(high, from) > 0.5 && meanDifference(low, from) > meanDifference(high, from));
    assert.ok(meanDifference(await recompressed(90, new Float32Array(length).fill(100)), new Float32Array(length).fill(100)) < 1);
    assert.ok(meanDifference(await augmented({ jpeg: 1 }), noise) > 1);
  });

  test('colours beyond the range are cut off by the JPEG, and the erased rectangle stays plain', async () => {
    const bright = new Float32Array(length).fill(900);
    await recompressInPlace(bright, size, plain, 90);
    assert.ok(bright.every((value) => value >= 250 && value <= 255));
    const plainZeros = (await augmented({ erase: 1 }, 5)).filter((value) => value === 0).length;
    const { erased } = drawChange({ ...noChange, erase: 1 }, size, randomOf(5));
    const picture = await augmented({ erase: 1, blur: 1, jpeg: 1 }, 5, new Uint8Array(length).fill(200));
    const zeros = picture.filter((value) => value === 0).length;
    assert.ok(erased && zeros > 0 && zeros <= plainZeros);
    assert.ok(picture.every((value) => value === 0 || Math.abs(value - 200) < 3));
  });

  test('qualities in the wrong order are refused', () => {
    assert.throws(() => augmentationSection.parse({ jpegQuality: [90, 40] }), /lowest quality comes first/);
  });
});
