import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CancelledError } from '../../../../src/base/user-error';
import { VirtualClock } from '../../../../src/board/emulator/virtual-clock';

test('hours pass at once, and everybody wakes in order at the right time', async () => {
  const clock = new VirtualClock();
  const woken: [string, number][] = [];
  const sleeper = async (name: string, durationMs: number): Promise<void> => {
    await clock.sleep(durationMs);
    woken.push([name, clock.nowMs()]);
  };
  await Promise.all([sleeper('late', 3_600_000), sleeper('early', 5), sleeper('early too', 5), sleeper('now', 0)]);
  assert.deepEqual(woken, [['now', 0], ['early', 5], ['early too', 5], ['late', 3_600_000]]);
});

test('who is woken may sleep again before time goes on', async () => {
  const clock = new VirtualClock();
  const times: number[] = [];
  const ticker = (async () => {
    for (let i = 0; i < 3; i++) {
      await clock.sleep(10);
      times.push(clock.nowMs());
    }
  })();
  await clock.sleep(25);
  times.push(clock.nowMs());
  await ticker;
  assert.deepEqual(times, [10, 20, 25, 30]);
});

test('an abort ends a sleep at once, and time does not jump to its end', async () => {
  const clock = new VirtualClock();
  const abort = new AbortController();
  const sleep = clock.sleep(1000, abort.signal);
  abort.abort();
  await assert.rejects(sleep, CancelledError);
  await assert.rejects(clock.sleep(1, abort.signal), CancelledError);
  await clock.sleep(1);
  assert.equal(clock.nowMs(), 1);
});

test('a manual clock stands still until it is moved', async () => {
  const clock = new VirtualClock('manual');
  const woken: number[] = [];
  for (const durationMs of [30, 10, 20]) void clock.sleep(durationMs).then(() => woken.push(clock.nowMs()));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([woken, clock.nowMs()], [[], 0]);
  await clock.advance(20);
  assert.deepEqual([woken, clock.nowMs()], [[10, 20], 20]);
  await clock.advance(100);
  assert.deepEqual([woken, clock.nowMs()], [[10, 20, 30], 120]);
});
