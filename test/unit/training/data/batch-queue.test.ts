import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { CancelledError, UserError } from '../../../../src/base/user-error';
import { BatchQueue, type BatchQueueOptions } from '../../../../src/training/data/batch-queue';
import type { Batch } from '../../../../src/training/data/batch-reader';

const batchOf = (position: number): Batch => ({ images: Float32Array.of(position), labels: Int32Array.of(position) });

/** A reader that notes what it reads, one turn of the event loop each. */
class Reader {
  readonly started: number[] = [];
  underWay = 0;
  mostUnderWay = 0;

  constructor(private readonly badPosition = -1) {}

  async read(position: number, signal: AbortSignal): Promise<Batch> {
    this.started.push(position);
    this.underWay++;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    try {
      await setImmediate();
      if (signal.aborted) throw new CancelledError('Reading');
      if (position === this.badPosition) throw new UserError(`Record ${position} is bad.`, 'Mend it.');
      return batchOf(position);
    } finally {
      this.underWay--;
    }
  }
}

function queueOf(reader: Reader, changes: Partial<BatchQueueOptions> = {}): BatchQueue {
  return new BatchQueue({ read: (position, signal) => reader.read(position, signal), batch: 8, batchBytes: 1000, position: 0, end: 1000, ...changes });
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await setImmediate();
}

const positionOf = async (batch: Promise<Batch>): Promise<number | undefined> => (await batch).labels[0];

describe('BatchQueue', () => {
  test('gives the batches in their order, reads one at a time, each once and none past the end', async () => {
    await fc.assert(fc.asyncProperty(fc.nat(50), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 12 }), fc.array(fc.nat(6)), async (start, batch, count, pauses) => {
      const reader = new Reader();
      const queue = queueOf(reader, { batch, position: start, end: start + count * batch });
      const expected = Array.from({ length: count }, (_, i) => start + i * batch);
      for (const [i, position] of expected.entries()) {
        await turns(pauses[i] ?? 0);
        assert.equal(await positionOf(queue.take()), position);
      }
      await turns(3);
      assert.deepEqual(reader.started, expected);
      assert.equal(reader.mostUnderWay, 1);
      await assert.rejects(queue.take(), /no batch at sample/);
    }), { numRuns: 30 });
  });

  test('keeps at most four batches ready, and at most 64 MiB, but always one', async () => {
    const mebibyte = 2 ** 20;
    for (const [batchBytes, capacity] of [[1, 4], [16 * mebibyte, 4], [17 * mebibyte, 3], [32 * mebibyte, 2], [200 * mebibyte, 1]] as const) {
      const reader = new Reader();
      const queue = queueOf(reader, { batchBytes });
      assert.equal(queue.capacity, capacity);
      assert.equal(await positionOf(queue.take()), 0);
      await turns(30);
      assert.deepEqual(reader.started, Array.from({ length: 1 + capacity }, (_, i) => i * 8));
    }
  });

  test('reads nothing before the first batch is taken', async () => {
    const reader = new Reader();
    queueOf(reader);
    await turns(3);
    assert.deepEqual(reader.started, []);
  });

  test('fails at the batch that cannot be read, not before it, and reads none behind it', async () => {
    const reader = new Reader(16);
    const queue = queueOf(reader);
    assert.equal(await positionOf(queue.take()), 0);
    // The failure waits in the queue; unhandled, it would end the process of this test.
    await turns(10);
    assert.equal(await positionOf(queue.take()), 8);
    await assert.rejects(queue.take(), /Record 16 is bad/);
    await assert.rejects(queue.take(), /Record 16 is bad/);
    assert.deepEqual(reader.started, [0, 8, 16]);
  });

  test('halted while reading, it leaves no read behind; the next batch is the one that was next', async () => {
    const reader = new Reader();
    const queue = queueOf(reader);
    assert.equal(await positionOf(queue.take()), 0);
    await turns(1);
    assert.equal(reader.underWay, 1);
    await queue.halt();
    assert.equal(reader.underWay, 0);
    const before = reader.started.length;
    await turns(10);
    assert.equal(reader.started.length, before);
    assert.equal(await positionOf(queue.take()), 8);
    assert.equal(await positionOf(queue.take()), 16);
    await queue.halt();
    await queue.halt();
  });

  test('a batch that is awaited when the queue is halted is cancelled', async () => {
    const queue = queueOf(new Reader());
    const awaited = assert.rejects(queue.take(), CancelledError);
    await queue.halt();
    await awaited;
  });
});
