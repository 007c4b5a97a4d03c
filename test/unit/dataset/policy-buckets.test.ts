import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Policy } from '../../../src/dataset/policy/policy';
import { policyBuckets } from '../../../src/dataset/policy/policy-buckets';
import { presetPolicy } from '../../../src/dataset/policy/presets';

test('people are sorted into the rules by their photos, those with most first', () => {
  const counts = [0, 30, 31, 90, 91, 200, 201, 350, 351, 351, 5];
  const buckets = policyBuckets(presetPolicy('original') as Policy, counts);
  assert.deepEqual(buckets.map(({ rule }) => rule.above), [350, 200, 90, 30, 0]);
  assert.deepEqual(buckets.map(({ people }) => people), [[8, 9], [7, 6], [5, 4], [3, 2], [1, 10]]);
  assert.deepEqual(buckets.map(({ images }) => images), [700, 551, 2 * 291, 4 * 121, 0]);
  assert.equal(buckets.reduce((sum, { photos }) => sum + photos, 0), counts.reduce((sum, count) => sum + count, 0));
});
