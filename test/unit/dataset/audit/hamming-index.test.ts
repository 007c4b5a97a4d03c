import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SeededRandom } from '../../../../src/base/random';
import { DisjointSets } from '../../../../src/dataset/audit/disjoint-sets';
import { HammingIndex, mostBitsApart } from '../../../../src/dataset/audit/hamming-index';
import { bitsApart } from '../../../../src/dataset/audit/picture-hash';

/** Clusters of hashes, so that pairs of every distance occur. */
function clusteredHashes(seed: number, count: number): Uint32Array {
  const random = new SeededRandom('hashes', seed);
  const hashes = new Uint32Array(count * 2);
  for (let i = 0; i < count; i++) {
    const origin = i % 5 === 0 ? i : i - (i % 5);
    for (let word = 0; word < 2; word++) hashes[2 * i + word] = origin === i ? random.below(2 ** 31) * 2 + random.below(2) : (hashes[2 * origin + word] as number);
    if (origin !== i) for (let flips = random.below(17); flips > 0; flips--) hashes[2 * i + random.below(2)]! ^= 1 << random.below(32);
  }
  return hashes;
}

describe('the search by Hamming distance', () => {
  it('finds exactly what comparing all with all finds', () => {
    fc.assert(fc.property(fc.integer(), fc.integer({ min: 0, max: mostBitsApart }), (seed, radius) => {
      const count = 120;
      const hashes = clusteredHashes(seed, count);
      const index = new HammingIndex(hashes, radius);
      for (let i = 0; i < count; i++) {
        const found = new Set<number>();
        index.visitEarlierNeighbours(i, (j) => found.add(j));
        const expected = Array.from({ length: i }, (_, j) => j).filter((j) => bitsApart(hashes, 2, i, j) <= radius);
        assert.deepEqual([...found].sort((a, b) => a - b), expected);
      }
    }), { numRuns: 40 });
  });

  it('looks into few of many hashes', () => {
    const count = 20_000;
    const random = new SeededRandom('many');
    const hashes = Uint32Array.from({ length: 2 * count }, () => random.below(2 ** 31) * 2 + random.below(2));
    const index = new HammingIndex(hashes, 10);
    let found = 0;
    for (let i = 0; i < count; i++) index.visitEarlierNeighbours(i, () => found++);
    assert.ok(found < 10, 'random hashes are about 32 bits apart');
    assert.equal(index.count, count);
  });

  it('refuses a radius that it cannot search', () => {
    for (const radius of [-1, 1.5, mostBitsApart + 1]) assert.throws(() => new HammingIndex(new Uint32Array(2), radius), RangeError);
  });
});

describe('disjoint sets', () => {
  it('groups what is joined, in any order', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(29), fc.nat(29)), { maxLength: 40 }), (joins) => {
      const sets = new DisjointSets(30);
      const label = Array.from({ length: 30 }, (_, i) => i);
      for (const [a, b] of joins) {
        sets.join(a, b);
        const [from, to] = [label[a] as number, label[b] as number];
        label.forEach((value, i) => (label[i] = value === from ? to : value));
      }
      const expected = [...new Set(label)].map((name) => [...label.keys()].filter((i) => label[i] === name)).filter((group) => group.length > 1);
      assert.deepEqual(sets.groups(), expected.sort(([a = 0], [b = 0]) => a - b));
    }));
  });
});
