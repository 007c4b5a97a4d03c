import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { identityShard, partOf, placePart, sharesIdentities } from '../../../../src/training/heads/identity-shard';

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

  test('have their part of a weight, whichever axis counts them, and all parts together are the whole', () => {
    const rows = { shape: [5, 2], data: Float32Array.from({ length: 10 }, (_, i) => i) };
    assert.deepEqual(partOf(rows, { axis: 0, each: 1, offset: 2, count: 3 }), { shape: [3, 2], data: Float32Array.of(4, 5, 6, 7, 8, 9) });
    const columns = { shape: [2, 6], data: Float32Array.from({ length: 12 }, (_, i) => i) };
    assert.deepEqual(partOf(columns, { axis: 1, each: 2, offset: 1, count: 2 }), { shape: [2, 4], data: Float32Array.of(2, 3, 4, 5, 8, 9, 10, 11) });
    fc.assert(fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 5, max: 20 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 }), fc.boolean(), (ranks, identities, each, length, first) => {
      const axis = first ? 0 : 1;
      const shape = first ? [identities * each, length] : [length, identities * each];
      const whole = { shape, data: Float32Array.from({ length: length * identities * each }, (_, i) => i) };
      const merged = { shape, data: new Float32Array(whole.data.length) };
      for (let rank = 0; rank < ranks; rank++) {
        const part = { axis, each, ...identityShard(identities, { ranks, rank }, { sampleRate: 1, batch: 1 }) };
        placePart(merged, part, Float32Array.of(...partOf(whole, part).data, NaN));
      }
      assert.deepEqual(merged, whole);
    }));
  });

  test('are shared out where they are sampled or very many', () => {
    assert.deepEqual([sharesIdentities(100, 2, 50), sharesIdentities(100, 2, undefined), sharesIdentities(68_000, 2, undefined), sharesIdentities(68_000, 1, 6800)], [true, false, true, false]);
  });
});
