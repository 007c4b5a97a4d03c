import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../../../src/base/user-error';
import { partOfBatch } from '../../../../src/training/cluster/batch-part';

test('the parts of all ranks cover a batch without overlap, in order, and differ by one at most', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 0, max: 900 }), (ranks, more) => {
    const batch = 2 * ranks + more;
    const parts = Array.from({ length: ranks }, (_, rank) => partOfBatch(batch, ranks, rank));
    const places = parts.flatMap(({ offset, count }) => Array.from({ length: count }, (_, i) => offset + i));
    assert.deepEqual(places, Array.from({ length: batch }, (_, i) => i));
    const counts = parts.map(({ count }) => count);
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 1);
  }));
});

test('an epoch is read exactly once by any number of ranks, also when their number changes within it', () => {
  fc.assert(fc.property(
    fc.integer({ min: 20, max: 200 }), fc.integer({ min: 8, max: 20 }), fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }),
    (images, batch, rankCounts) => {
      const reads = new Map<number, number>();
      const positions = Array.from({ length: Math.ceil((2 * images) / batch) }, (_, step) => step * batch);
      positions.forEach((position, step) => {
        const ranks = rankCounts[step % rankCounts.length] ?? 1;
        for (let rank = 0; rank < ranks; rank++) {
          const { offset, count } = partOfBatch(batch, ranks, rank);
          for (let i = 0; i < count; i++) reads.set(position + offset + i, (reads.get(position + offset + i) ?? 0) + 1);
        }
      });
      for (let sample = 0; sample < 2 * images; sample++) assert.equal(reads.get(sample), 1, `sample ${sample}`);
    },
  ));
});

test('a batch with fewer than two pictures for each rank is refused, and one rank takes any', () => {
  assert.throws(() => partOfBatch(7, 4, 0), (error) => error instanceof UserError && /--batch 8/.test(error.action));
  assert.deepEqual(partOfBatch(1, 1, 0), { offset: 0, count: 1 });
});
