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

  it('is uniform over all orders of few items', () => {
    const rounds = 24_000;
    const hits = new Map<string, number>();
    for (let epoch = 0; epoch < rounds; epoch++) {
      const order = epochOrder(3, epoch, 4).join('');
      hits.set(order, (hits.get(order) ?? 0) + 1);
    }
    assert.equal(hits.size, 24);
    // 23 degrees of freedom: chi-square passes 56 once in 7,000 cases. Exchanging with any place gives about 900 here.
    assert.ok(chiSquare([...hits.values()], rounds / 24) < 56);
  });

  it('spreads the records of every part of the files over the whole epoch', () => {
    const count = 400_000;
    const parts = 20;
    const order = epochOrder(11, 4, count);
    const hits = Array.from({ length: parts * parts }, () => 0);
    order.forEach((item, place) => {
      const cell = Math.floor((place * parts) / count) * parts + Math.floor((item * parts) / count);
      hits[cell] = (hits[cell] ?? 0) + 1;
    });
    // 361 degrees of freedom: mean 361, deviation 27.
    const value = chiSquare(hits, count / parts / parts);
    assert.ok(value > 361 - 5 * 27 && value < 361 + 5 * 27, `${value}`);
  });

  it('has no relation between neighbours', () => {
    const count = 200_000;
    const order = epochOrder(2, 1, count);
    let sum = 0;
    for (let i = 1; i < count; i++) sum += ((order[i - 1] as number) / count - 0.5) * ((order[i] as number) / count - 0.5);
    // Correlation of neighbours: deviation 1 / sqrt(count) = 0.0022.
    assert.ok(Math.abs((12 * sum) / count) < 0.011, `${(12 * sum) / count}`);
  });
});

function chiSquare(hits: readonly number[], expected: number): number {
  return hits.reduce((sum, hit) => sum + (hit - expected) ** 2 / expected, 0);
}
