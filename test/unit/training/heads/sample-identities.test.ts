import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { sampleIdentities, sampleSize } from '../../../../src/training/heads/sample-identities';

describe('the identities of a step of Partial FC', () => {
  test('are as many as asked, each once, in order, and hold the batch; labels point at them', () => {
    fc.assert(fc.property(fc.integer({ min: 2, max: 500 }), fc.integer({ min: 0, max: 1000 }), fc.array(fc.nat(499), { minLength: 1, maxLength: 40 }), fc.nat(1000), (identities, extra, wanted, step) => {
      const labels = Int32Array.from(wanted, (label) => label % identities);
      const size = Math.min(identities, labels.length + extra);
      const sample = sampleIdentities(labels, identities, size, [3, step]);
      assert.equal(sample.identities.length, size);
      assert.ok(sample.identities.every((identity, i) => identity < identities && identity > (sample.identities[i - 1] ?? -1)));
      assert.deepEqual(sample.labels.map((position) => sample.identities[position] ?? -1), labels);
      assert.deepEqual(sampleIdentities(labels, identities, size, [3, step]), sample);
    }));
  });

  test('differ from step to step, and reach every identity in time', () => {
    const seen = new Set<number>();
    for (let step = 0; step < 80; step++) sampleIdentities(Int32Array.of(1), 100, 10, [1, step]).identities.forEach((identity) => seen.add(identity));
    assert.equal(seen.size, 100);
  });

  test('hold those of the batch that are this rank\'s; others have no position', () => {
    const { identities, labels } = sampleIdentities(Int32Array.of(-1, 4, 9, 4, -1), 20, 6, [1, 2]);
    assert.equal(identities.length, 6);
    assert.deepEqual(labels.map((position) => identities[position] ?? -1), Int32Array.of(-1, 4, 9, 4, -1));
    assert.deepEqual([...labels].filter((position) => position < 0), [-1, -1]);
  });

  test('are at least one for each picture, and all where that is fewer', () => {
    assert.equal(sampleSize(0.1, 68_000, 64), 6800);
    assert.equal(sampleSize(0.001, 1000, 64), 64);
    assert.equal(sampleSize(1, 1000, 64), undefined);
    assert.equal(sampleSize(0.5, 60, 64), undefined);
  });
});
