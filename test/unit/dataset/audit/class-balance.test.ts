import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classBalance } from '../../../../src/dataset/audit/class-balance';

function balanceOf(...counts: number[]): ReturnType<typeof classBalance> {
  return classBalance(counts.map((photos, i) => ({ person: `p${i}`, photos })));
}

test('equal counts are balanced', () => {
  const { gini, evenness, median, mean, fewest, most, single } = balanceOf(5, 5, 5, 5);
  assert.deepEqual({ gini, evenness: evenness.toFixed(9), median, mean, fewest, most, single }, { gini: 0, evenness: '1.000000000', median: 5, mean: 5, fewest: 5, most: 5, single: 0 });
});

test('unequal counts have the Gini coefficient and the entropy of their definitions', () => {
  // Mean absolute difference of all ordered pairs over twice the mean: (2 * (1 + 2 + 6 + 1 + 5 + 4)) / 16 / (2 * 3.25).
  const counts = [2, 1, 7, 3];
  const { gini, evenness, median, smallest, largest, single } = balanceOf(...counts);
  const differences = counts.flatMap((a) => counts.map((b) => Math.abs(a - b))).reduce((sum, value) => sum + value, 0);
  assert.ok(Math.abs(gini - differences / 16 / (2 * 3.25)) < 1e-12);
  const entropy = counts.reduce((sum, count) => sum - (count / 13) * Math.log2(count / 13), 0);
  assert.ok(Math.abs(evenness - entropy / 2) < 1e-12);
  assert.equal(median, 2.5);
  assert.equal(single, 1);
  assert.deepEqual(smallest.map(({ photos }) => photos), [1, 2, 3, 7]);
  assert.deepEqual(largest.map(({ person }) => person), ['p2', 'p3', 'p0', 'p1']);
});

test('one person, and people without photos, have a balance', () => {
  assert.deepEqual([balanceOf(4).gini, balanceOf(4).evenness, balanceOf(0, 0).gini], [0, 1, 0]);
  assert.equal(balanceOf(0, 8).gini, 0.5);
  assert.equal(classBalance(Array.from({ length: 30 }, (_, i) => ({ person: `${i}`, photos: i }))).largest.length, 10);
});
