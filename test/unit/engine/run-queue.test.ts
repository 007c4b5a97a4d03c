import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { RunQueue } from '../../../src/engine/run-queue';

test('runs take turns in order, also after a failure', async () => {
  const events: string[] = [];
  const queue = new RunQueue(() => events.push('free'));
  const run = (name: string, delayMs: number, fails = false): Promise<string> =>
    queue.add(async () => {
      events.push(`${name} starts`);
      await delay(delayMs);
      events.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  const results = await Promise.allSettled([run('a', 10), run('b', 5, true), run('c', 0)]);
  assert.deepEqual(results.map((result) => result.status), ['fulfilled', 'rejected', 'fulfilled']);
  assert.deepEqual(events, ['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends']);
});

test('closing frees once, after the last run', async () => {
  const events: string[] = [];
  const queue = new RunQueue(() => events.push('free'));
  const run = queue.add(async () => {
    await delay(5);
    events.push('run');
  });
  queue.close();
  queue.close();
  await assert.rejects(queue.add(() => Promise.resolve()), /closed/);
  await run;
  assert.deepEqual(events, ['run', 'free']);
});

test('closing an idle queue frees at once', () => {
  let freed = 0;
  new RunQueue(() => freed++).close();
  assert.equal(freed, 1);
});
