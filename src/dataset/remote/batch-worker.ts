import { hostname } from 'node:os';
import type { Job } from 'bullmq';
import { CancelledError, errorText, UserError } from '../../base/user-error';
import { encodeFailure } from './batch-queue';
import { CropLane, type CropLaneOptions } from './crop-lane';
import { doBatch } from './do-batch';
import { photoBatchSchema } from './photo-batch';
import { removeEmptyQueue } from './empty-queue';
import { keyPrefix, queueNameOf } from './queue-names';
import { closeRedis, connectRedis } from './redis-connection';
import type { RedisAddress } from './redis-address';
import { succeedsWithin } from './succeeds-within';

export interface BatchWorkerOptions extends CropLaneOptions {
  readonly address: RedisAddress;
  /** See `cropMakerName`. */
  readonly maker: string;
  /** Batches at a time, each with a detector process. */
  readonly lanes: number;
  readonly signal: AbortSignal;
  readonly notice: (sentence: string) => void;
  /** Told when the worker is at the queue. */
  readonly onReady: () => void;
  /** Told after each batch how much this worker has done. */
  readonly onDone: (done: WorkerTally) => void;
}

export interface WorkerTally {
  readonly batches: number;
  readonly photos: number;
}

/** A batch whose worker does not renew its lock for so long is given to another. */
const lockMs = 8000;
const stalledCheckMs = 4000;
/** A batch that took so many workers with it fails. */
const mostStalls = 5;
const closeLimitMs = 5000;

/**
 * Does batches from the queue until `signal` is aborted; then those that are under way go back to the queue.
 * @throws UserError when the server cannot be used
 */
export async function runBatchWorker(options: BatchWorkerOptions): Promise<WorkerTally> {
  const { address, maker, signal, notice } = options;
  const client = await connectRedis(address, { signal, notice });
  const { UnrecoverableError, WaitingError, Worker } = await import('bullmq');
  const host = hostname();
  const lanes = Array.from({ length: options.lanes }, () => new CropLane(options));
  const idle = [...lanes];
  const tally = { batches: 0, photos: 0 };
  let lastFailure: string | undefined;
  const handle = async (job: Job, token?: string): Promise<void> => {
    const lane = idle.pop() ?? new CropLane(options);
    try {
      const batch = photoBatchSchema.parse(job.data);
      await doBatch(batch, host, lane, signal);
      lastFailure = undefined;
      tally.batches++;
      tally.photos += batch.photos.length;
      options.onDone(tally);
    } catch (error) {
      if (error instanceof CancelledError) {
        await job.moveToWait(token);
        throw new WaitingError();
      }
      const why = errorText(error);
      if (why !== lastFailure) notice(`A batch failed: ${why}`);
      lastFailure = why;
      throw error instanceof UserError ? new UnrecoverableError(encodeFailure(error, host)) : error;
    } finally {
      idle.push(lane);
    }
  };
  const worker = new Worker(queueNameOf(maker), handle, {
    connection: client, prefix: keyPrefix, name: host, concurrency: options.lanes, skipVersionCheck: true,
    lockDuration: lockMs, stalledInterval: stalledCheckMs, maxStalledCount: mostStalls,
  });
  // The client itself tells that the connection is lost; a batch that was taken back is nobody's loss.
  worker.on('error', () => undefined);
  try {
    await worker.waitUntilReady();
    options.onReady();
    await aborted(signal);
    return tally;
  } finally {
    await succeedsWithin(closeLimitMs, worker.close().then(() => removeEmptyQueue(client, (part) => worker.toKey(part))));
    await Promise.all(lanes.map((lane) => lane.close()));
    await closeRedis(client);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
