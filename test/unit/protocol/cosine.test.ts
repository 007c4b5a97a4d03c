import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cosineOf } from '../../../src/protocol/cosine';

const cosine = (chip: number[], float: number[]): number => cosineOf(Float32Array.from(chip), Float32Array.from(float));

test('the cosine between the embeddings of chip and floats', () => {
  assert.ok(Math.abs(cosine([1, 2, 2], [2, 1, 2]) - 8 / 9) < 1e-9);
  assert.equal(cosine([3, 0], [-1, 0]), -1);
});

test('a network without a signal has a cosine that can be written down', () => {
  assert.equal(cosine([0, 0], [1, 2]), 0);
  assert.equal(cosine([0, 0], [0, 0]), 0);
});
