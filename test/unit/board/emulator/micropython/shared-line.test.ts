import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { interpreterState, SharedLine } from '../../../../../src/board/emulator/micropython/shared-line';

/** Notifies whoever waits for any word of the memory, later counts every word up as well; the last one says whether it has. */
const notifier = `
const { workerData } = require('node:worker_threads');
const words = new Int32Array(workerData);
const pause = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
const notifyAll = () => { for (let index = 0; index < 10; index++) Atomics.notify(words, index); };
for (let times = 0; times < 5; times++) { pause(20); notifyAll(); }
Atomics.store(words, words.length - 1, 1);
for (let index = 0; index < 10; index++) Atomics.add(words, index, 1);
notifyAll();
`;

test('who waits goes on when it is set going, not by a notification that comes late', () => {
  const line = new SharedLine();
  new Worker(notifier, { eval: true, workerData: line.memory });
  line.block(interpreterState.calls);
  assert.equal(new Int32Array(line.memory).at(-1), 1);
});
