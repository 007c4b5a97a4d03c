import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../../../src/base/user-error';
import { splitRecords } from '../../../../src/dataset/sampling/record-split';
import { RecordSubset } from '../../../../src/dataset/sampling/record-subset';

const membersOf = (subset: RecordSubset): number[] => Array.from({ length: subset.count }, (_, i) => subset.at(i) ?? assert.fail());

describe('record subset', () => {
  it('lists exactly its members in order, for any pattern', () => {
    fc.assert(fc.property(fc.array(fc.boolean(), { maxLength: 2500, size: 'max' }), (pattern) => {
      const subset = new RecordSubset(pattern.length, (record) => pattern[record] === true);
      assert.deepEqual(membersOf(subset), pattern.flatMap((member, record) => (member ? [record] : [])));
      assert.equal(subset.at(subset.count), undefined);
    }), { numRuns: 60 });
  });

  it('finds members behind long gaps', () => {
    const wanted = new Set([0, 31, 32, 511, 512, 9_000, 99_999]);
    assert.deepEqual(membersOf(new RecordSubset(100_000, (record) => wanted.has(record))), [...wanted]);
  });

  it('answers wrong places with undefined', () => {
    const subset = new RecordSubset(10, () => true);
    for (const place of [-1, 10, 0.5, Number.NaN]) assert.equal(subset.at(place), undefined);
    assert.equal(new RecordSubset(0, () => true).at(0), undefined);
  });
});

describe('split by record', () => {
  it('is disjoint, complete, of the exact size and the same again', () => {
    fc.assert(fc.property(fc.integer({ min: 2, max: 3000 }), fc.double({ min: 0, max: 0.9, noNaN: true }), fc.integer(), (count, fraction, seed) => {
      const wanted = fraction === 0 ? 0 : Math.max(1, Math.round(fraction * count));
      fc.pre(wanted < count);
      const { training, validation } = splitRecords(count, fraction, seed);
      assert.equal(validation.count, wanted);
      assert.deepEqual([...membersOf(training), ...membersOf(validation)].sort((a, b) => a - b), Array.from({ length: count }, (_, i) => i));
      assert.deepEqual(membersOf(splitRecords(count, fraction, seed).validation), membersOf(validation));
    }), { numRuns: 60 });
  });

  it('is another for another seed, and gives every record the same chance', () => {
    assert.notDeepEqual(membersOf(splitRecords(1000, 0.1, 1).validation), membersOf(splitRecords(1000, 0.1, 2).validation));
    const hits = new Uint32Array(20);
    const rounds = 2000;
    for (let seed = 0; seed < rounds; seed++) for (const record of membersOf(splitRecords(20, 0.25, seed).validation)) hits[record] = (hits[record] ?? 0) + 1;
    // Expected 500 each, deviation 19.
    for (const hit of hits) assert.ok(Math.abs(hit - rounds / 4) < 95, `${hit}`);
  });

  it('refuses shares that make no sense', () => {
    for (const fraction of [-0.1, 1, Number.NaN, 0.99]) assert.throws(() => splitRecords(10, fraction, 0), UserError, `${fraction}`);
    assert.equal(splitRecords(10, 0, 0).training.count, 10);
  });
});
