import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../../src/base/user-error';
import { selectPairs } from '../../../src/evaluation/pair-selection';
import { makePairs, type PairList, type PhotosOfIdentity } from '../../../src/evaluation/pairs';

function identitiesOf(counts: readonly number[]): PhotosOfIdentity[] {
  return counts.map((count, index) => ({ name: `p${index}`, photos: Array.from({ length: count }, (_, photo) => `p${index}/${photo}.jpg`) }));
}

function personOf(photo: string): string {
  return photo.slice(0, photo.indexOf('/'));
}

function usage(list: PairList, same: boolean): Map<string, number> {
  const used = new Map<string, number>();
  for (const pair of list.pairs.filter((candidate) => candidate.same === same)) {
    for (const photo of [pair.a, pair.b]) used.set(personOf(photo), (used.get(personOf(photo)) ?? 0) + 1);
  }
  return used;
}

test('pairs are balanced, distinct, never of a photo with itself, and every fold has the same mix', () => {
  const counts = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 2, maxLength: 30 });
  fc.assert(
    fc.property(counts, fc.integer({ min: 4, max: 500 }), fc.nat(), fc.integer({ min: 2, max: 12 }), (photos, count, seed, folds) => {
      fc.pre(photos.filter((value) => value >= 2).length >= 2);
      const list = makePairs(identitiesOf(photos), { count, seed, folds });
      const same = list.pairs.filter((pair) => pair.same);
      assert.equal(same.length * 2, list.pairs.length);
      assert.ok(list.pairs.length <= count);
      assert.ok(list.folds <= folds && list.folds >= 2);
      for (const pair of list.pairs) {
        assert.notEqual(pair.a, pair.b);
        assert.equal(personOf(pair.a) === personOf(pair.b), pair.same);
      }
      assert.equal(new Set(list.pairs.map(({ a, b }) => [a, b].sort().join(' '))).size, list.pairs.length);
      for (let fold = 0; fold < list.folds; fold++) {
        const own = list.pairs.filter((pair) => pair.fold === fold);
        assert.equal(own.filter((pair) => pair.same).length * 2, own.length);
        assert.ok(Math.abs(own.length - list.pairs.length / list.folds) < 2);
      }
    }),
    { numRuns: 200 },
  );
});

test('the same seed gives the same pairs whatever the order of the input, another seed gives others', () => {
  const identities = identitiesOf([9, 4, 7, 12, 5]);
  const shuffled = [...identities].reverse().map(({ name, photos }) => ({ name, photos: [...photos].reverse() }));
  const first = makePairs(identities, { count: 100, seed: 3 });
  assert.deepEqual(makePairs(shuffled, { count: 100, seed: 3 }), first);
  assert.notDeepEqual(makePairs(identities, { count: 100, seed: 4 }), first);
});

test('all pairs are used when fewer exist than are asked for', () => {
  const list = makePairs(identitiesOf([4, 4, 4]), { count: 6000, seed: 1 });
  assert.equal(list.pairs.filter((pair) => pair.same).length, 18);
  assert.equal(list.folds, 10);
});

test('an identity with very many photos does not dominate', () => {
  const counts = [50, ...Array.from({ length: 11 }, () => 6)];
  const small = makePairs(identitiesOf(counts), { count: 120, seed: 1 });
  for (const used of usage(small, true).values()) assert.equal(used, 2 * 5);
  const all = makePairs(identitiesOf(counts), { count: 100_000, seed: 1 });
  const samePairs = all.pairs.length / 2;
  assert.ok(samePairs > 11 * 15, 'the pairs of the small identities are all used');
  assert.ok((usage(all, true).get('p0') ?? 0) / 2 <= 0.25 * samePairs);
  assert.ok((usage(all, false).get('p0') ?? 0) <= 0.3 * samePairs);
});

test('identities are evenly used in pairs of different people when there are many', () => {
  const list = makePairs(identitiesOf([200, ...Array.from({ length: 299 }, () => 3)]), { count: 1200, seed: 5 });
  const used = usage(list, false);
  assert.ok([...used.values()].every((times) => times >= 2 && times <= 14), JSON.stringify([...used.values()]));
  assert.ok((used.get('p0') ?? 0) <= 14);
});

test('many people: no two of them meet twice', () => {
  for (let seed = 0; seed < 20; seed++) {
    const list = makePairs(identitiesOf(Array.from({ length: 60 }, () => 2)), { count: 120, seed });
    const met = list.pairs.filter((pair) => !pair.same).map(({ a, b }) => [personOf(a), personOf(b)].sort().join(' '));
    assert.deepEqual([met.length, new Set(met).size], [60, 60]);
  }
});

test('every picture pair can come up, each about equally often', () => {
  const times = new Map<string, number>();
  for (let seed = 0; seed < 600; seed++) {
    const pairs = selectPairs([5, 5], { count: 8, seed });
    pairs.same.forEach((same, index) => {
      if (same === 0) return;
      const key = `${pairs.a[index]}-${pairs.b[index]}`;
      times.set(key, (times.get(key) ?? 0) + 1);
    });
  }
  assert.equal(times.size, 20);
  for (const count of times.values()) assert.ok(count > 70 && count < 170, `${count} instead of about 120`);
});

test('one person only, or one photo of each, is refused with a sentence', () => {
  assert.throws(() => makePairs(identitiesOf([20]), { count: 100, seed: 0 }), UserError);
  assert.throws(() => makePairs(identitiesOf([1, 1, 1, 1]), { count: 100, seed: 0 }), UserError);
  assert.throws(() => makePairs([], { count: 100, seed: 0 }), UserError);
  assert.throws(() => makePairs(identitiesOf([5, 5]), { count: 3, seed: 0 }), UserError);
});
