import type { Job, Queue, QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import type { BatchEnd, BatchQueue, BatchState, ConnectedWorkers } from './batch-queue';
import { removeEmptyQueue } from './empty-queue';
import type { PhotoBatch } from './photo-batch';
import { keyPrefix, queueNameOf, workersInClientList } from './queue-names';
import { closeRedis, connectRedis, type ConnectOptions } from './redis-connection';
import type { RedisAddress } from './redis-address';
import { succeedsWithin } from './succeeds-within';

/** Failures that do not say what to do are tried so often. */
const attempts = 3;
const secondAttemptAfterMs = 1000;
/** Of a preparation that was killed and never continued. */
const forgetFailedAfterSeconds = 24 * 3600;
const closeLimitMs = 3000;
/** About a minute. */
const mostReconnects = 24;

/** Batches as jobs of BullMQ. */
export class BullMqBatchQueue implements BatchQueue {
  private constructor(
    private readonly client: Redis,
    private readonly queue: Queue<PhotoBatch>,
    private readonly events: QueueEvents,
    private readonly maker: string,
  ) {}

  /** @throws UserError when the server cannot be used; CancelledError */
  static async open(address: RedisAddress, maker: string, options: ConnectOptions): Promise<BullMqBatchQueue> {
    const client = await connectRedis(address, { mostAttempts: mostReconnects, ...options });
    const { Queue, QueueEvents } = await import('bullmq');
    const shared = { connection: client, prefix: keyPrefix, skipVersionCheck: true } as const;
    const queue = new Queue<PhotoBatch>(queueNameOf(maker), shared);
    const events = new QueueEvents(queueNameOf(maker), shared);
    // The client itself tells that the connection is lost.
    queue.on('error', () => undefined);
    events.on('error', () => undefined);
    await Promise.all([queue.waitUntilReady(), events.waitUntilReady()]);
    return new BullMqBatchQueue(client, queue, events, maker);
  }

  async add(batchId: string, batch: PhotoBatch): Promise<void> {
    const known = await this.queue.getJob(batchId);
    if (known && (await known.getState()) === 'failed') await this.queue.remove(batchId);
    await this.queue.add('batch', batch, {
      jobId: batchId, attempts, backoff: { type: 'fixed', delay: secondAttemptAfterMs }, removeOnComplete: true, removeOnFail: { age: forgetFailedAfterSeconds },
    });
  }

  states(batchIds: readonly string[]): Promise<BatchState[]> {
    return Promise.all(batchIds.map(async (batchId): Promise<BatchState> => {
      const state = await this.queue.getJobState(batchId);
      if (state === 'unknown' || state === 'completed') return { kind: 'gone' };
      if (state !== 'failed') return { kind: 'there' };
      const job: Job<PhotoBatch> | undefined = await this.queue.getJob(batchId);
      return job ? { kind: 'failed', reason: job.failedReason } : { kind: 'gone' };
    }));
  }

  async remove(batchIds: readonly string[]): Promise<void> {
    await Promise.all(batchIds.map(async (batchId) => {
      // A locked job cannot be removed. Its worker finds it gone when it has finished, and takes the next.
      await this.client.del(this.queue.toKey(`${batchId}:lock`));
      await this.queue.remove(batchId);
    }));
  }

  async workers(): Promise<ConnectedWorkers> {
    const all = workersInClientList(String(await this.client.client('LIST')));
    return { fitting: all.filter(({ maker }) => maker === this.maker).length, others: all.filter(({ maker }) => maker !== this.maker) };
  }

  onEnded(listener: (batchId: string, end: BatchEnd) => void): void {
    this.events.on('completed', ({ jobId }) => listener(jobId, 'done'));
    this.events.on('failed', ({ jobId }) => listener(jobId, 'failed'));
  }

  async close(): Promise<void> {
    await succeedsWithin(closeLimitMs, this.closeParts());
    await closeRedis(this.client);
  }

  private async closeParts(): Promise<void> {
    await this.events.close();
    await removeEmptyQueue(this.client, (part) => this.queue.toKey(part));
    await this.queue.close();
  }
}
