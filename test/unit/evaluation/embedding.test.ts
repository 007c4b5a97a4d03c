import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CancelledError, UserError } from '../../../src/base/user-error';
import { cosineScores, embedAll, mirrored } from '../../../src/evaluation/embedding';
import { embedderOf, firstRowEmbedder, meanColourEmbedder, plainCrop } from './embedders';

/** A crop whose first row is a ramp that depends on `index`. */
function ramp(index: number): Uint8Array {
  return Uint8Array.from({ length: 48 }, (_, byte) => (byte % 3 === 0 ? 10 + ((byte / 3) % 4) * (index + 1) : 0));
}

function rowOf(vectors: Float32Array, length: number, row: number): number[] {
  return [...vectors.subarray(row * length, (row + 1) * length)];
}

test('pictures keep their rows whatever the batch and the order in which crops arrive', async () => {
  const embedder = firstRowEmbedder();
  const late = async (index: number): Promise<Uint8Array> => {
    await new Promise((resolve) => setTimeout(resolve, (index * 7) % 5));
    return ramp(index);
  };
  const small = await embedAll(embedder, late, 11, { batch: 4, concurrency: 3 });
  assert.deepEqual(embedder.calls, [4, 4, 3]);
  const large = await embedAll(firstRowEmbedder(), (index) => Promise.resolve(ramp(index)), 11);
  assert.deepEqual(small.vectors, large.vectors);
  const expected = [10, 17, 24, 31].map((value) => value / Math.hypot(10, 17, 24, 31));
  rowOf(small.vectors, 4, 6).forEach((value, index) => assert.ok(Math.abs(value - (expected[index] ?? 0)) < 1e-6));
});

test('crops are loaded for at most `concurrency` photos at a time in each batch', async () => {
  let open = 0;
  let most = 0;
  const load = async (): Promise<Uint8Array> => {
    most = Math.max(most, ++open);
    await new Promise((resolve) => setTimeout(resolve, 1));
    open--;
    return plainCrop([200, 10, 10]);
  };
  await embedAll(meanColourEmbedder(), load, 16, { batch: 16, concurrency: 3 });
  assert.equal(most, 3);
});

test('photos without a face are told and get zeros', async () => {
  const embedder = meanColourEmbedder();
  const { vectors, missing } = await embedAll(embedder, (index) => Promise.resolve(index % 3 === 1 ? undefined : plainCrop([200, 10, 10])), 7, { batch: 2 });
  assert.deepEqual(missing, [1, 4]);
  assert.deepEqual(rowOf(vectors, 3, 4), [0, 0, 0]);
  assert.ok(Math.abs(Math.hypot(...rowOf(vectors, 3, 5)) - 1) < 1e-6);
  const none = await embedAll(embedder, () => Promise.resolve(undefined), 3);
  assert.deepEqual(none.missing, [0, 1, 2]);
  assert.equal((await embedAll(embedder, () => Promise.resolve(undefined), 0)).vectors.length, 0);
});

test('the flip sum adds the mirrored embedding and is the same for a crop and its mirror image', async () => {
  const crops = [ramp(3), mirrored(ramp(3), 4)];
  const load = (index: number): Promise<Uint8Array | undefined> => Promise.resolve(crops[index]);
  const plain = await embedAll(firstRowEmbedder(), load, 2);
  assert.notDeepEqual(rowOf(plain.vectors, 4, 0), rowOf(plain.vectors, 4, 1));
  assert.deepEqual(rowOf(plain.vectors, 4, 0), rowOf(plain.vectors, 4, 1).reverse());
  const summed = await embedAll(firstRowEmbedder(), load, 2, { flipSum: true });
  assert.deepEqual(rowOf(summed.vectors, 4, 0), rowOf(summed.vectors, 4, 1));
  for (const value of rowOf(summed.vectors, 4, 0)) assert.ok(Math.abs(value - 0.5) < 1e-6);
});

test('mirroring twice gives the crop back', () => {
  const crops = Uint8Array.from({ length: 2 * 5 * 5 * 3 }, (_, index) => index);
  assert.deepEqual([...mirrored(crops, 5).subarray(0, 3)], [12, 13, 14]);
  assert.deepEqual(mirrored(mirrored(crops, 5), 5), crops);
});

test('cosines of pairs', () => {
  const vectors = Float32Array.of(1, 0, 0, 1, 0.6, 0.8);
  const expected = [1, 0, 0.6, 0.8];
  cosineScores(vectors, 2, [0, 0, 0, 1], [0, 1, 2, 2]).forEach((score, pair) => assert.ok(Math.abs(score - (expected[pair] ?? 0)) < 1e-6));
});

test('a model without usable numbers, a failing loader, a wrong crop and a cancel end it', async () => {
  const crop = (): Promise<Uint8Array> => Promise.resolve(plainCrop([1, 2, 3]));
  await assert.rejects(embedAll(embedderOf(4, 2, () => [NaN, 1]), crop, 3), (error) => error instanceof UserError && /picture 1 /u.test(error.message));
  await assert.rejects(embedAll(embedderOf(4, 2, () => [0, 0]), crop, 3), UserError);
  const failing = (index: number): Promise<Uint8Array> => (index === 9 ? Promise.reject(new UserError('x.jpg cannot be read.', 'Remove it.')) : crop());
  await assert.rejects(embedAll(meanColourEmbedder(), failing, 20, { batch: 4 }), /x\.jpg/u);
  await assert.rejects(embedAll(meanColourEmbedder(), () => Promise.resolve(new Uint8Array(5)), 1), RangeError);
  const abort = new AbortController();
  const cancelling = (index: number): Promise<Uint8Array> => {
    if (index === 5) abort.abort();
    return crop();
  };
  const embedder = meanColourEmbedder();
  await assert.rejects(embedAll(embedder, cancelling, 1000, { batch: 4, signal: abort.signal }), CancelledError);
  assert.ok(embedder.calls.length <= 2);
});
