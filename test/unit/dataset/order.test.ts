import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { epochOrder } from '../../../src/dataset/order';

describe('epoch order', () => {
  it('is a permutation for any seed, epoch and count', () => {
    fc.assert(fc.property(fc.integer(), fc.nat(1000), fc.nat(500), (seed, epoch, count) => {
      const sorted = epochOrder(seed, epoch, count).sort();
      assert.deepEqual(sorted, Uint32Array.from({ length: count }, (_, i) => i));
    }));
  });

  it('is the same for the same arguments and another for another seed or epoch', () => {
    const order = epochOrder(5, 2, 1000);
    assert.deepEqual(epochOrder(5, 2, 1000), order);
    assert.notDeepEqual(epochOrder(5, 3, 1000), order);
    assert.notDeepEqual(epochOrder(6, 2, 1000), order);
  });

  it('stays the same from release to release', () => {
    assert.deepEqual([...epochOrder(7, 0, 8)], [4, 2, 6, 3, 7, 1, 0, 5]);
  });

  it('puts every item at every place equally often', () => {
    const count = 4;
    const rounds = 4000;
    const hits = Array.from({ length: count * count }, () => 0);
    for (let epoch = 0; epoch < rounds; epoch++) {
      epochOrder(1, epoch, count).forEach((item, place) => {
        hits[place * count + item] = (hits[place * count + item] ?? 0) + 1;
      });
    }
    // Expected 1000 each, deviation 27; a biased shuffle (swap with any place) is off by more than 100.
    for (const hit of hits) assert.ok(Math.abs(hit - rounds / count) < 110, `${hit}`);
  });
});
