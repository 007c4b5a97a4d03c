import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atOnce, inTurns } from '../../../src/base/in-turns';
import { CancelledError } from '../../../src/base/user-error';

/** A computation of `count` steps that each take a few milliseconds, with their sum. */
function* steps(count: number, done: number[]): Generator<number, number> {
  for (let step = 1; step <= count; step++) {
    const end = performance.now() + 5;
    while (performance.now() < end);
    done.push(step);
    yield step;
  }
  return done.length;
}

test('both ways give the result of all steps', async () => {
  assert.equal(atOnce(steps(3, [])), 3);
  assert.equal(await inTurns(steps(3, [])), 3);
});

test('timers have their turn, and a signal that one of them aborts ends the work', async () => {
  const cancellation = new AbortController();
  setTimeout(() => cancellation.abort(), 1);
  const done: number[] = [];
  await assert.rejects(inTurns(steps(10_000, done), { signal: cancellation.signal, what: 'The sum' }), (error) => error instanceof CancelledError && error.message === 'The sum was cancelled.');
  assert.ok(done.length > 0 && done.length < 10_000);
});
