import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import sharp from 'sharp';
import { Augmenter } from '../../../src/dataset/policy/augmenter';
import { FastRandom } from '../../../src/dataset/policy/fast-random';
import { GaussianNoise } from '../../../src/dataset/policy/gaussian-noise';
import { encodeJpegs } from '../../../src/dataset/policy/jpeg-batch';
import { JpegColours } from '../../../src/dataset/policy/jpeg-colours';
import { flip, median } from '../../../src/dataset/policy/neighbourhood';
import { Opening } from '../../../src/dataset/policy/opening';
import { policySchema, type Operation } from '../../../src/dataset/policy/policy';
import { addSaltAndPepper } from '../../../src/dataset/policy/salt-and-pepper';
import type { RgbImage } from '../../../src/dataset/photos/rgb-image';

function draw(width: number, height: number, value: (x: number, y: number, channel: number) => number): RgbImage {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => value(Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3));
  return { width, height, data };
}

/** Rough and smooth pictures that a few lines of any language can draw. */
const rough = (width: number, height: number) => draw(width, height, (x, y, c) => (x * x * 7 + y * y * 11 + x * y * 5 + c * 31 + ((x * 37 + y * 91 + c * 13) % 17) * 9) % 256);
const smooth = (width: number, height: number) => draw(width, height, (x, y, c) => 128 + ((Math.floor(x / 3) * 29 + Math.floor(y / 4) * 53 + c * 17) % 120) - ((x * y + c) % 7) * 6);

function digest({ data }: RgbImage): string {
  return createHash('sha256').update(data).digest('hex').slice(0, 16);
}

/** Least or greatest of the 5 x 5 pixels around each, as the definition says. */
function extremes({ width, height, data }: RgbImage, choose: (...values: number[]) => number): RgbImage {
  const near = [-2, -1, 0, 1, 2];
  return draw(width, height, (x, y, c) => {
    const values = near.flatMap((dy) => near.flatMap((dx) => (x + dx >= 0 && x + dx < width && y + dy >= 0 && y + dy < height ? [data[((y + dy) * width + x + dx) * 3 + c] as number] : [])));
    return choose(...values);
  });
}

describe('opening', () => {
  it('gives the pixels of OpenCV', () => {
    // SHA-256 of cv2.morphologyEx(image, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)) on the same pictures, OpenCV 5.0.0.
    const expected: [RgbImage, string][] = [
      [rough(112, 112), 'ae531fe4c5bc5303'],
      [rough(9, 6), '76bc0a2001ae8e07'],
      [rough(31, 2), 'b94532512efc567e'],
      [smooth(112, 112), '5cd09fcc6767cd45'],
      [smooth(9, 6), 'ad11e3c880c9c232'],
      [smooth(31, 2), '976cd846b59f2462'],
    ];
    const opening = new Opening();
    for (const [image, hash] of expected) assert.equal(digest(opening.apply(image)), hash, `${image.width} x ${image.height}`);
  });

  it('gives these pixels in the first row of a small picture', () => {
    const { data } = new Opening().apply(smooth(9, 6));
    const expected = [104, 115, 126, 104, 115, 126, 104, 115, 126, 121, 138, 155, 127, 138, 155, 127, 138, 161, 150, 167, 196, 150, 167, 196, 150, 167, 196];
    assert.deepEqual([...data.subarray(0, 27)], expected);
  });

  it('is erosion and then dilation for any size', () => {
    const opening = new Opening();
    fc.assert(fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), fc.nat(), (width, height, seed) => {
      const random = new FastRandom(seed);
      const image = draw(width, height, () => random.below(256));
      assert.deepEqual(opening.apply(image).data, extremes(extremes(image, Math.min), Math.max).data);
    }), { numRuns: 40 });
  });

  it('works on a large picture after a small one', () => {
    const opening = new Opening();
    opening.apply(rough(3, 3));
    const image = draw(512, 512, (x, y) => (x + y) & 255);
    const opened = opening.apply(image);
    assert.ok(opened.data.every((value, i) => value <= (image.data[i] as number)), 'opening never makes a pixel brighter');
  });
});

describe('Gaussian noise', () => {
  it('has the moments of a normal distribution', () => {
    const count = 4_000_000;
    const noisy = new GaussianNoise(0.01).apply(new Uint8Array(count).fill(128), new FastRandom('moments'));
    let sum = 0;
    let square = 0;
    let cube = 0;
    let fourth = 0;
    for (const value of noisy) {
      const z = (value - 128) / 25.5;
      sum += z;
      square += z * z;
      cube += z ** 3;
      fourth += z ** 4;
    }
    // Five standard errors of each estimate; rounding to whole grey levels adds 1/12 to the variance.
    assert.ok(Math.abs(sum / count) < 5 / Math.sqrt(count), `mean ${sum / count}`);
    const variance = square / count;
    assert.ok(Math.abs(variance - 1 - 1 / 12 / 25.5 ** 2) < 5 * Math.sqrt(2 / count), `variance ${variance}`);
    assert.ok(Math.abs(cube / count) < 5 * Math.sqrt(15 / count), `skewness ${cube / count}`);
    assert.ok(Math.abs(fourth / count / variance ** 2 - 3) < 5 * Math.sqrt(96 / count), `kurtosis ${fourth / count / variance ** 2}`);
  });

  it('does not correlate neighbouring values, and clips', () => {
    const noisy = new GaussianNoise(0.01).apply(new Uint8Array(1_000_000).fill(128), new FastRandom('neighbours'));
    for (const distance of [1, 2, 3, 336]) {
      let product = 0;
      for (let i = distance; i < noisy.length; i++) product += ((noisy[i] as number) - 128) * ((noisy[i - distance] as number) - 128);
      assert.ok(Math.abs(product / noisy.length / 650) < 5 / Math.sqrt(noisy.length), `distance ${distance}`);
    }
    const dark = new GaussianNoise(0.01).apply(new Uint8Array(100_000), new FastRandom('dark'));
    const black = dark.filter((value) => value === 0).length / dark.length;
    assert.ok(Math.abs(black - 0.5078) < 0.008, `half of the noise on black is clipped: ${black}`);
  });

  it('may be faint', () => {
    const noisy = new GaussianNoise(1e-8).apply(new Uint8Array(1000).fill(77), new FastRandom(1));
    assert.ok(noisy.every((value) => value === 77));
  });
});

describe('salt and pepper', () => {
  it('hits values independently and half of them with white', () => {
    const count = 2_000_000;
    const noisy = addSaltAndPepper(new Uint8Array(count).fill(128), 0.05, new FastRandom('hits'));
    let white = 0;
    let black = 0;
    let pairs = 0;
    noisy.forEach((value, i) => {
      if (value === 255) white++;
      if (value === 0) black++;
      if (i > 0 && value !== 128 && noisy[i - 1] !== 128) pairs++;
    });
    const error = Math.sqrt(count * 0.025 * 0.975);
    assert.ok(Math.abs(white - count * 0.025) < 5 * error, `white ${white}`);
    assert.ok(Math.abs(black - count * 0.025) < 5 * error, `black ${black}`);
    assert.ok(Math.abs(pairs - count * 0.0025) < 5 * Math.sqrt(count * 0.0025), `neighbours ${pairs}`);
  });

  it('hits everything with amount 1', () => {
    const noisy = addSaltAndPepper(new Uint8Array(999).fill(7), 1, new FastRandom(3));
    assert.ok(noisy.every((value) => value === 0 || value === 255));
  });
});

describe('copies', () => {
  const image = smooth(24, 20);
  const names = ['opening', 'gaussian-noise', 'salt-and-pepper', 'flip', 'blur', 'sharpen', 'noise', 'dropout', 'add', 'multiply', 'contrast'];
  const every: readonly Operation[] = policySchema.parse({ rules: [{ operations: names }] }).rules[0]?.operations ?? [];

  it('have the same pixels on every machine', () => {
    const augmenter = new Augmenter(5);
    const digests = Object.fromEntries(every.map((operation) => [operation.name, digest(augmenter.copy(image, 'ann/1.jpg', { operations: [operation], inRandomOrder: false }, 14))]));
    const mixed = digest(augmenter.copy(image, 'ann/1.jpg', { operations: every.slice(3), inRandomOrder: true }, 4));
    assert.deepEqual({ ...digests, mixed }, {
      'gaussian-noise': '0eb0d138d9c6138f',
      'salt-and-pepper': '934fbd175d5a4630',
      add: 'cd68a0aa6907b5b4',
      blur: '72699af1772b9512',
      contrast: 'e94c75a71162f0dc',
      dropout: '8c36a908c3971409',
      flip: '113f2b50c249d3c7',
      mixed: '0623dcf22b1ab71d',
      multiply: '3cb387001d5df437',
      noise: '652aeb8e3f272337',
      opening: '45d34b79e5dbb414',
      sharpen: '75fceedaeb6faf01',
    });
  });

  it('depend on seed, photo and turn, and on nothing that was done before', () => {
    const recipe = { operations: [{ name: 'gaussian-noise' as const, variance: 0.01 }], inRandomOrder: false };
    const first = digest(new Augmenter(1).copy(image, 'a/1.jpg', recipe));
    const busy = new Augmenter(1);
    busy.copy(rough(50, 50), 'b/1.jpg', { operations: [{ name: 'opening' }, { name: 'gaussian-noise', variance: 0.05 }], inRandomOrder: true });
    assert.equal(digest(busy.copy(image, 'a/1.jpg', recipe)), first);
    const others = [new Augmenter(2).copy(image, 'a/1.jpg', recipe), busy.copy(image, 'a/2.jpg', recipe), busy.copy(image, 'a/1.jpg', recipe, 1)].map(digest);
    assert.equal(new Set([first, ...others]).size, 4);
  });

  it('leave the original as it was and keep its size', () => {
    const before = digest(image);
    // What sharp gives is a Buffer, whose slices share memory.
    const shared = { ...image, data: Buffer.from(image.data) };
    for (const operation of every) {
      for (let turn = 0; turn < 12; turn++) {
        const copy = new Augmenter(turn).copy(image, 'x', { operations: [operation], inRandomOrder: false }, turn);
        new Augmenter(turn).copy(shared, 'x', { operations: [operation], inRandomOrder: false }, turn);
        assert.deepEqual([copy.width, copy.height, copy.data.length], [24, 20, 24 * 20 * 3]);
      }
    }
    assert.deepEqual([digest(image), digest(shared)], [before, before]);
  });

  it('are flipped and smoothed as these words mean', () => {
    assert.deepEqual([...flip(draw(2, 1, (x, _y, c) => x * 10 + c)).data], [10, 11, 12, 0, 1, 2]);
    const spot = draw(5, 5, (x, y) => (x === 2 && y === 2 ? 255 : 9));
    assert.ok(median(spot, 3).data.every((value) => value === 9));
  });
});

describe('JPEGs made together', () => {
  it('have the channels of JFIF, rounded from fixed point, for any number of pixels', () => {
    const colours = new JpegColours();
    const random = new FastRandom('colours');
    for (const pixels of [1, 2, 3, 5, 64, 113 * 97]) {
      const rgb = Uint8Array.from({ length: pixels * 3 }, (_, i) => (i < 24 ? [0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 255][i % 12] as number : random.below(256)));
      const converted = new Uint8Array(rgb.length);
      colours.convertInto(converted, rgb);
      for (let i = 0; i < rgb.length; i += 3) {
        const [red = 0, green = 0, blue = 0] = rgb.subarray(i, i + 3);
        const luma = 0.299 * red + 0.587 * green + 0.114 * blue;
        const exact = [luma, 128 + (blue - luma) / 1.772, 128 + (red - luma) / 1.402];
        // The fixed point is rounded, too; 255.5 does not fit into a byte.
        exact.forEach((value, channel) => assert.ok(Math.abs((converted[i + channel] as number) - Math.min(255, value)) <= 0.51, `${red},${green},${blue}: channel ${channel} is ${converted[i + channel]}, not ${value}`));
      }
    }
  });

  it('are as close to the pixels as those made alone, for any size', async () => {
    for (const [width, height] of [[112, 112], [112, 100], [17, 17], [64, 30]] as const) {
      const images = [smooth(width, height), draw(width, height, (x, y, c) => (x * 2 + y + c * 60) & 255), draw(width, height, (_x, _y, c) => [250, 40, 10][c] ?? 0)];
      const jpegs = await encodeJpegs(images, new JpegColours());
      assert.equal(jpegs.length, images.length);
      for (const [i, jpeg] of jpegs.entries()) {
        const original = images[i] as RgbImage;
        const { data, info } = await sharp(jpeg, { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true });
        assert.deepEqual([info.width, info.height, info.channels], [width, height, 3]);
        const raw = { width, height, channels: 3 } as const;
        const alone = await sharp(await sharp(original.data, { raw }).jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer()).raw().toBuffer();
        assert.ok(squareError(data, original.data) <= squareError(alone, original.data) + 0.6, `${width} x ${height}, picture ${i}`);
      }
    }
    assert.deepEqual(await encodeJpegs([], new JpegColours()), []);
  });
});

function squareError(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, i) => sum + (value - (b[i] as number)) ** 2, 0) / a.length;
}
