import { CancelledError } from '../../base/user-error';
import type { Batch } from './batch-reader';

/** Enough to even out what pictures cost, and no burden beside the memory of a step. */
const mostBatches = 4;
const mostBytes = 64 * 2 ** 20;

export interface BatchQueueOptions {
  /** Reads the batch of samples from `position`; gives up with CancelledError when `signal` is aborted. */
  read(position: number, signal: AbortSignal): Promise<Batch>;
  /** Samples of a batch. */
  readonly batch: number;
  readonly batchBytes: number;
  /** The first sample of the first batch. */
  readonly position: number;
  /** The samples from here on are not read. */
  readonly end: number;
}

/** The batches of a run in their order, a few of them read ahead, one at a time. The first batch that is taken starts the reading. */
export class BatchQueue {
  /** Batches that can be ready at a time. */
  readonly capacity: number;
  /** Read, being read, or waiting for the one before it. */
  private ahead: Promise<Batch>[] = [];
  private last: Promise<unknown> = Promise.resolve();
  private cancellation = new AbortController();
  /** Of the batch to be taken next. */
  private position: number;

  constructor(private readonly options: BatchQueueOptions) {
    this.position = options.position;
    this.capacity = Math.max(1, Math.min(mostBatches, Math.floor(mostBytes / options.batchBytes)));
  }

  /** The next batch. @throws what its reading threw; the batches behind a failed one fail alike */
  async take(): Promise<Batch> {
    this.fill();
    const next = this.ahead.shift();
    if (!next) throw new Error(`The run has no batch at sample ${this.position}`);
    this.position += this.options.batch;
    this.fill();
    return next;
  }

  /** Gives up what is read and being read; the next `take` reads from where the last one ended. */
  async halt(): Promise<void> {
    this.cancellation.abort();
    this.cancellation = new AbortController();
    this.ahead = [];
    const { last } = this;
    this.last = Promise.resolve();
    await last.catch(() => undefined);
  }

  private fill(): void {
    const { batch, end } = this.options;
    const { signal } = this.cancellation;
    while (this.ahead.length < this.capacity) {
      const position = this.position + this.ahead.length * batch;
      if (position >= end) return;
      const read = this.readAfter(this.last, position, signal);
      // A failure is thrown where the batch is taken.
      read.catch(() => undefined);
      this.ahead.push(read);
      this.last = read;
    }
  }

  private async readAfter(before: Promise<unknown>, position: number, signal: AbortSignal): Promise<Batch> {
    await before;
    if (signal.aborted) throw new CancelledError('Reading ahead');
    return this.options.read(position, signal);
  }
}
