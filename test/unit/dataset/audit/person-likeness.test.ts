import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../../src/base/random';
import { PersonLikeness } from '../../../../src/dataset/audit/person-likeness';

const length = 16;
const random = new SeededRandom('person-likeness');
const persons = [0, 0, 0, 1, 1, 1, 1, 2];
const vectors = Float32Array.from(persons.flatMap(() => {
  const vector = Array.from({ length }, () => random.normal());
  return vector.map((value) => value / Math.hypot(...vector));
}));
const rowsOf = (person: number): number[] => [...persons.keys()].filter((row) => persons[row] === person);
const cosine = (a: number, b: number): number => {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += (vectors[a * length + i] ?? 0) * (vectors[b * length + i] ?? 0);
  return sum;
};
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const isClose = (actual: number | undefined, expected: number): void => assert.ok(Math.abs((actual ?? Number.NaN) - expected) < 1e-5, `${actual} and ${expected}`);

const likeness = new PersonLikeness(4, length);
persons.forEach((person, row) => likeness.add(person, vectors, row));

test('likeness to the own person is the mean cosine with the other photos', () => {
  for (const row of rowsOf(1)) isClose(likeness.withOwn(1, vectors, row), mean(rowsOf(1).filter((other) => other !== row).map((other) => cosine(row, other))));
  assert.equal(likeness.withOwn(2, vectors, 7), undefined);
});

test('likeness of two people is the mean cosine of all their pairs', () => {
  isClose(likeness.between(0, 1), mean(rowsOf(0).flatMap((a) => rowsOf(1).map((b) => cosine(a, b)))));
  assert.equal(likeness.between(0, 3), undefined);
  isClose(likeness.within(1), mean(rowsOf(1).flatMap((a) => rowsOf(1).filter((b) => b !== a).map((b) => cosine(a, b)))));
  assert.equal(likeness.within(2), undefined);
});

test('the most like other person has two photos at least and is not the own one', () => {
  const other = likeness.mostLikeOther(0, 4, vectors, 0);
  assert.equal(other?.person, 1);
  isClose(other?.likeness, mean(rowsOf(1).map((row) => cosine(0, row))));
  assert.equal(likeness.mostLikeOther(0, 1, vectors, 0), undefined);
});
