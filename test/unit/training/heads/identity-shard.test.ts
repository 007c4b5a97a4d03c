import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { identityShard, rowsOf } from '../../../../src/training/heads/identity-shard';

describe('the identities of a rank', () => {
  test('follow one another over the ranks, and all ranks know how many are compared', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 64, max: 100_000 }), fc.integer({ min: 1, max: 999 }), fc.integer({ min: 1, max: 512 }), (ranks, identities, perMille, batch) => {
      const shards = Array.from({ length: ranks }, (_, rank) => identityShard(identities, { ranks, rank }, { sampleRate: perMille / 1000, batch }));
      let next = 0;
      for (const { offset, count, sampled, sampledOverRanks } of shards) {
        assert.equal(offset, next);
        next += count;
        assert.ok(sampled <= count && sampled >= Math.min(count, batch) && sampled >= Math.floor((count * perMille) / 1000));
        assert.equal(sampledOverRanks, shards.reduce((sum, shard) => sum + shard.sampled, 0));
      }
      assert.equal(next, identities);
      assert.ok(Math.max(...shards.map(({ count }) => count)) - Math.min(...shards.map(({ count }) => count)) <= 1);
    }));
  });

  test('have their rows of a table', () => {
    const table = { shape: [5, 2], data: Float32Array.from({ length: 10 }, (_, i) => i) };
    assert.deepEqual(rowsOf(table, { offset: 2, count: 3 }), { shape: [3, 2], data: Float32Array.of(4, 5, 6, 7, 8, 9) });
  });
});
