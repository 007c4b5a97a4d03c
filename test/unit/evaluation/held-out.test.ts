import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../src/base/random';
import { UserError } from '../../../src/base/user-error';
import { heldOutPairs, verifyHeldOut, type HeldOutSource } from '../../../src/evaluation/held-out';
import { meanColourEmbedder, plainCrop } from './embedders';

interface WatchedSource extends HeldOutSource {
  readonly loaded: number[];
}

/** People who differ by colour, with `noise` levels of variation between their pictures. */
function colourPeople(counts: readonly number[], noise: number): WatchedSource {
  const person = counts.flatMap((count, index) => Array.from({ length: count }, () => index));
  const loaded: number[] = [];
  return {
    identities: counts.map((images, index) => ({ name: `p${index}`, images })),
    loaded,
    loadCrop(picture) {
      loaded.push(picture);
      const own = new SeededRandom('person', person[picture] ?? -1);
      const random = new SeededRandom('picture', picture);
      const channel = (): number => Math.max(0, Math.min(255, own.between(40, 215) + noise * random.normal()));
      return Promise.resolve(plainCrop([channel(), channel(), channel()]));
    },
  };
}

test('held-out people are verified: nearly perfect for clear colours, worse for noisy ones', async () => {
  const clear = await verifyHeldOut(meanColourEmbedder(), colourPeople([8, 8, 8, 8, 8, 8], 2), { seed: 1 });
  const noisy = await verifyHeldOut(meanColourEmbedder(), colourPeople([8, 8, 8, 8, 8, 8], 60), { seed: 1 });
  assert.equal(clear.pairs, 2 * 6 * 28);
  assert.ok(clear.auc > 0.97, String(clear.auc));
  assert.ok(noisy.auc < clear.auc - 0.05 && noisy.auc > 0.5, String(noisy.auc));
  assert.equal(clear.folds.length, 10);
});

test('each needed picture is loaded once, others are not', async () => {
  const source = colourPeople([3, 200, 200, 0, 200], 1);
  const options = { pairs: 40, seed: 2 };
  const { auc } = await verifyHeldOut(meanColourEmbedder(), source, { ...options, batch: 8 });
  assert.ok(auc > 0.97, String(auc));
  const pairs = heldOutPairs(source.identities, options);
  assert.deepEqual([...source.loaded].sort((x, y) => x - y), [...new Set([...pairs.a, ...pairs.b])].sort((x, y) => x - y));
  assert.ok(source.loaded.length <= 80);
});

test('the same seed judges the same pairs', async () => {
  const run = (seed: number): Promise<unknown> => verifyHeldOut(meanColourEmbedder(), colourPeople([9, 9, 9, 9], 30), { pairs: 60, seed });
  assert.deepEqual(await run(5), await run(5));
  assert.notDeepEqual(await run(5), await run(6));
});

test('pairs point at pictures of the right people', () => {
  const counts = [3, 5, 2, 7];
  const person = counts.flatMap((count, index) => Array.from({ length: count }, () => index));
  const pairs = heldOutPairs(counts.map((images, index) => ({ name: String(index), images })), { seed: 3 });
  assert.equal(pairs.same.reduce((total, flag) => total + flag, 0) * 2, pairs.same.length);
  pairs.same.forEach((flag, index) => assert.equal(person[pairs.a[index] ?? -1] === person[pairs.b[index] ?? -1], flag === 1));
});

test('too few held-out people are refused', async () => {
  await assert.rejects(verifyHeldOut(meanColourEmbedder(), colourPeople([10], 1)), UserError);
  await assert.rejects(verifyHeldOut(meanColourEmbedder(), colourPeople([], 1)), UserError);
});
