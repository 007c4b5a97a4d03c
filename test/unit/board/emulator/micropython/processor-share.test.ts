import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProcessorShare } from '../../../../../src/board/emulator/micropython/processor-share';

test('a thread that computes has had its share when its time is over', () => {
  const share = new ProcessorShare(300);
  share.count(100, 98);
  assert.deepEqual([share.isOwed, share.leftMs], [true, 200]);
  share.count(200, 190);
  assert.deepEqual([share.isOwed, share.leftMs], [false, 0]);
  share.grant(8);
  assert.deepEqual([share.isOwed, share.leftMs], [true, 8]);
  // The system counts a running thread's time in ticks: of 8 ms it may have seen one of 4 ms.
  share.count(8, 4);
  assert.equal(share.isOwed, false);
});

test('a thread that gets no processor is owed its share, however long that takes', () => {
  const share = new ProcessorShare(300);
  share.count(300, 10);
  for (let look = 0; look < 100; look++) {
    assert.deepEqual([share.isOwed, share.leftMs], [true, 0]);
    share.count(20, 1);
  }
  share.count(100, 60);
  assert.equal(share.isOwed, false);
});

test('what other threads compute at the same time does not shorten its time', () => {
  const share = new ProcessorShare(300);
  share.count(100, 400);
  assert.deepEqual([share.isOwed, share.leftMs], [true, 200]);
});

test('a thread that waits for something that does not come is given up after a minute', () => {
  const share = new ProcessorShare(300);
  share.count(59_900, 0);
  assert.equal(share.isOwed, true);
  share.count(200, 0);
  assert.equal(share.isOwed, false);
  share.grant(8);
  assert.equal(share.isOwed, false);
});
