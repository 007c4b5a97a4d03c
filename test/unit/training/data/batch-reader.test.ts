import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { SeededRandom } from '../../../../src/base/random';
import { CancelledError, UserError } from '../../../../src/base/user-error';
import { PictureError } from '../../../../src/engine/picture-error';
import { BatchReader, type BatchReaderOptions } from '../../../../src/training/data/batch-reader';
import type { Sampler, TrainingImages } from '../../../../src/training/data/training-data';
import type { Augmentation } from '../../../../src/training/recipe/augmentation-section';
import { noChange } from './augmentations';

const size = 4;

/** A data set whose "JPEG" is the image's index; decoding fills the picture with it. */
function fakeData(count: number): TrainingImages {
  return {
    imageSize: size, count,
    read: (index) => ({ jpeg: Uint8Array.of(index), label: index % 2 }),
    label: (index) => index % 2,
    place: (index) => `record ${index} of faces.tfrecord`,
  };
}

function shuffled(count: number, seed: number): Sampler {
  return {
    epochLength: count, repeats: false,
    order: (epoch) => new SeededRandom(seed, 'order', epoch).shuffle(Uint32Array.from({ length: count }, (_, i) => i)),
  };
}

function optionsOf(count: number, batch: number, augmentation: Augmentation = noChange, seed = 1, sampler = shuffled(count, seed)): BatchReaderOptions {
  return {
    data: fakeData(count), sampler, batch, seed, augmentation, normalization: { mean: 0, deviation: 1 },
    decode: (pictures) => Promise.resolve(Uint8Array.from(pictures.flatMap((picture) => Array.from({ length: size * size * 3 }, (_, i) => (picture[0] ?? 0) + (i % 7))))),
  };
}

function readerOf(...options: Parameters<typeof optionsOf>): BatchReader {
  return new BatchReader(optionsOf(...options));
}

async function imagesOf(reader: BatchReader, batch: number, samples: number): Promise<number[]> {
  const seen: number[] = [];
  for (let position = 0; position < samples; position += batch) {
    const { images, labels } = await reader.read(position);
    for (let i = 0; i < batch; i++) {
      const image = images[i * size * size * 3] ?? NaN;
      assert.equal(labels[i], image % 2);
      seen.push(image);
    }
  }
  return seen.slice(0, samples);
}

describe('BatchReader', () => {
  test('the labels of the whole batch come with a part of it', async () => {
    const whole = await readerOf(10, 7).read(14);
    const part = await new BatchReader({ ...optionsOf(10, 3), whole: { batch: 7, offset: 2 } }).read(16);
    assert.deepEqual(part.labels, whole.labels);
    assert.deepEqual(part.images, whole.images.subarray(2 * size * size * 3, 5 * size * size * 3));
  });

  test('each epoch contains each image exactly once, for any count and batch', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 40 }), fc.integer({ min: 2, max: 16 }), async (count, batch) => {
        const seen = await imagesOf(readerOf(count, batch), batch, count * 3);
        for (let epoch = 0; epoch < 3; epoch++) {
          const images = seen.slice(epoch * count, (epoch + 1) * count).sort((a, b) => a - b);
          assert.deepEqual(images, Array.from({ length: count }, (_, i) => i));
        }
      }),
      { numRuns: 40 },
    );
  });

  test('a batch depends on its position alone: reading again gives the same pictures', async () => {
    const strong: Augmentation = { ...noChange, flip: true, shift: 0.3, scale: 0.3, rotationDegrees: 30, brightness: 0.3, contrast: 0.3, grey: 0.5, erase: 0.5 };
    const first = readerOf(10, 4, strong);
    await first.read(0);
    await first.read(4);
    const expected = await first.read(8);
    assert.deepEqual(await readerOf(10, 4, strong).read(8), expected);
    assert.notDeepEqual((await readerOf(10, 4, strong, 2).read(8)).images, expected.images);
  });

  test('the changes of an image depend on seed, epoch and image, not on its place; an image that comes twice is changed twice', async () => {
    const strong: Augmentation = { ...noChange, brightness: 1 };
    const inOrder = (images: readonly number[]): Sampler => ({ epochLength: images.length, repeats: true, order: () => Uint32Array.from(images) });
    const firstPixels = async (images: readonly number[], position = 0, changes = strong): Promise<number[]> => {
      const batch = await readerOf(4, 4, changes, 1, inOrder(images)).read(position);
      return Array.from({ length: 4 }, (_, i) => batch.images[i * size * size * 3] ?? NaN);
    };
    const [a, b, c, d] = await firstPixels([0, 1, 2, 3]);
    assert.deepEqual(await firstPixels([3, 2, 1, 0]), [d, c, b, a]);
    assert.notDeepEqual(await firstPixels([0, 1, 2, 3], 4), [a, b, c, d]);
    const twice = await firstPixels([1, 1, 3, 1]);
    assert.deepEqual([twice[0], twice[2]], [b, d]);
    assert.equal(new Set(twice).size, 4);
    const later: Augmentation = { ...noChange, saturation: 1, hueDegrees: 90, blur: 0.5, jpeg: 0.5, crop: 0.5 };
    assert.deepEqual(await firstPixels([3, 2, 1, 0], 0, later), (await firstPixels([0, 1, 2, 3], 0, later)).reverse());
  });

  test('without changes the pixels only are normalised', async () => {
    const { images } = await readerOf(10, 2).read(0);
    assert.deepEqual(Array.from(images.subarray(0, 7)).map((value) => value - (images[0] ?? 0)), [0, 1, 2, 3, 4, 5, 6]);
  });

  test('mirroring swaps columns', async () => {
    const reader = readerOf(2, 2, { ...noChange, flip: true });
    const rows = new Set<string>();
    for (let position = 0; position < 40; position += 2) {
      const { images } = await reader.read(position);
      for (let i = 0; i < 2; i++) {
        const base = i * size * size * 3;
        const image = Math.min(...images.subarray(base, base + size * 3));
        rows.add(Array.from({ length: size }, (_, column) => (images[base + column * 3] ?? 0) - image).join());
      }
    }
    assert.deepEqual([...rows].sort(), ['0,3,6,2', '2,6,3,0']);
  });

  test('a picture that cannot be decoded is named by the place of its record', async () => {
    const images = [4, 2, 7];
    const sampler: Sampler = { epochLength: 3, repeats: false, order: () => Uint32Array.from(images) };
    const decode = (): Promise<never> => Promise.reject(new PictureError(2, 'has 5 x 4 pixels, not 4 x 4'));
    const reading = new BatchReader({ ...optionsOf(10, 3, noChange, 1, sampler), decode }).read(0);
    await assert.rejects(reading, (error) => error instanceof UserError && error.message === 'The picture in record 7 of faces.tfrecord has 5 x 4 pixels, not 4 x 4.');
  });

  test('a cancelled reading gives up, and between two pictures others get their turn', async () => {
    const controller = new AbortController();
    let turn = 0;
    let picturesDone = 0;
    const reading = readerOf(40, 40).read(0, controller.signal).finally(() => (picturesDone = turn));
    const count = (): void => {
      turn++;
      if (turn === 10) controller.abort();
      if (picturesDone === 0) setImmediate(count);
    };
    setImmediate(count);
    await assert.rejects(reading, CancelledError);
    assert.ok(turn >= 10 && turn < 40, `${turn} turns`);
  });
});
