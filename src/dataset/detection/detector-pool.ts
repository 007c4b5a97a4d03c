import { availableParallelism } from 'node:os';
import { bundlePath } from '../../base/product';
import { CancelledError, UserError } from '../../base/user-error';
import { batchesAtOnce, photosPerBatch } from './batch-size';
import type { CropSettings, PhotoOutcome, PhotoTask, WorkerAnswer } from './detector-messages';
import { WorkerProcess } from './worker-process';

export interface DetectorPoolOptions {
  /** Number of worker processes; default: one per core. */
  readonly workers?: number;
  /** Threads of each worker; default: the cores divided among the workers. */
  readonly threads?: number;
  readonly settings: CropSettings;
  /** Bundle of the worker. */
  readonly workerFile?: string;
  /** Time that one batch of photos may take, including the start of the engine at the first one. */
  readonly batchLimitMs?: number;
  readonly signal?: AbortSignal;
}

const defaultBatchLimitMs = 180_000;
/** So many crashes before the first outcome mean that the detector itself is broken, not a photo. */
const crashesBeforeGivingUp = 8;
/** Memory-wise each worker is a TensorFlow of its own: about 600 MB. */
const mostWorkers = 64;

/** How many workers are used when the user does not say. */
export function defaultWorkerCount(): number {
  return Math.min(availableParallelism(), mostWorkers);
}

/**
 * Sends photos through detector worker processes and hands on each outcome as it arrives (not in order).
 * A worker that crashes or hangs is replaced; the photos that it had are tried once more, each alone in a worker, and the one
 * that crashes again is dropped as unreadable. So one bad photo never ends a preparation.
 * @throws UserError when the workers cannot work at all; CancelledError when `signal` is aborted. No worker is left then.
 */
export async function cropPhotos(tasks: Iterable<PhotoTask>, options: DetectorPoolOptions, onOutcome: (task: PhotoTask, outcome: PhotoOutcome) => void): Promise<void> {
  const pool = new DetectorPool(tasks, options, onOutcome);
  await pool.run();
}

interface Slot {
  readonly process: WorkerProcess;
  /** Unanswered photos by their ids, oldest first. */
  readonly pending: Map<number, PhotoTask>;
  /** Works on a photo that is suspected of a crash, alone. */
  suspect: boolean;
}

class DetectorPool {
  private readonly tasks: Iterator<PhotoTask>;
  private readonly suspects: PhotoTask[] = [];
  private readonly slots = new Set<Slot>();
  private readonly settled: Promise<void>;
  private settle: (error?: unknown) => void = () => undefined;
  private isSettled = false;
  private noMoreTasks = false;
  private answered = 0;
  private crashes = 0;
  private readonly workers: number;
  private readonly threads: number;

  constructor(
    tasks: Iterable<PhotoTask>,
    private readonly options: DetectorPoolOptions,
    private readonly onOutcome: (task: PhotoTask, outcome: PhotoOutcome) => void,
  ) {
    this.tasks = tasks[Symbol.iterator]();
    this.workers = options.workers ?? defaultWorkerCount();
    this.threads = options.threads ?? Math.max(1, Math.floor(availableParallelism() / this.workers));
    this.settled = new Promise((resolve, reject) => {
      this.settle = (error) => {
        if (this.isSettled) return;
        this.isSettled = true;
        if (error === undefined) resolve();
        else reject(error as Error);
      };
    });
  }

  async run(): Promise<void> {
    const { signal } = this.options;
    const cancel = (): void => this.settle(new CancelledError('Finding faces'));
    if (signal?.aborted) throw new CancelledError('Finding faces');
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      for (let i = 0; i < this.workers; i++) this.startWorker();
      this.feed(...this.slots);
      await this.settled;
    } finally {
      signal?.removeEventListener('abort', cancel);
      await Promise.all([...this.slots].map((slot) => slot.process.stop()));
    }
  }

  private startWorker(): void {
    const { settings, workerFile = bundlePath('detector-worker.js'), batchLimitMs = defaultBatchLimitMs } = this.options;
    const process = new WorkerProcess(workerFile, { settings, threads: this.threads }, batchLimitMs, {
      onAnswer: (answer) => this.guard(() => this.receive(slot, answer)),
      onEnd: (why) => this.guard(() => this.replace(slot, why)),
    });
    const slot: Slot = { process, pending: new Map(), suspect: false };
    this.slots.add(slot);
  }

  /** An error in a listener must end the run, not the process. */
  private guard(handle: () => void): void {
    if (this.isSettled) return;
    try {
      handle();
    } catch (error) {
      this.settle(error);
    }
  }

  /** Gives out batches in turn, so that a few photos are not all with the first worker. */
  private feed(...slots: Slot[]): void {
    for (let hungry = slots; hungry.length > 0; ) hungry = hungry.filter((slot) => this.feedOnce(slot));
    for (const slot of slots) if (slot.pending.size === 0) slot.process.rest();
    this.finishWhenIdle();
  }

  /** Gives a worker a batch, if it may have one and there is one. One batch lies ready beside those that it handles, so that it never waits for the channel. */
  private feedOnce(slot: Slot): boolean {
    if (slot.pending.size === 0) slot.suspect = false;
    if (slot.suspect || slot.pending.size > batchesAtOnce(this.threads) * photosPerBatch) return false;
    const suspect = slot.pending.size === 0 ? this.suspects.shift() : undefined;
    const batch = suspect ? [suspect] : this.nextBatch();
    if (batch.length === 0) return false;
    slot.suspect = suspect !== undefined;
    for (const task of batch) slot.pending.set(task.id, task);
    slot.process.ask(batch);
    return true;
  }

  private nextBatch(): PhotoTask[] {
    const batch: PhotoTask[] = [];
    while (batch.length < photosPerBatch) {
      const task = this.nextTask();
      if (!task) break;
      batch.push(task);
    }
    return batch;
  }

  private nextTask(): PhotoTask | undefined {
    if (this.noMoreTasks) return undefined;
    const next = this.tasks.next();
    if (next.done !== true) return next.value;
    this.noMoreTasks = true;
    return undefined;
  }

  private finishWhenIdle(): void {
    const isIdle = this.noMoreTasks && this.suspects.length === 0 && [...this.slots].every((slot) => slot.pending.size === 0);
    if (isIdle) this.settle();
  }

  private receive(slot: Slot, answer: WorkerAnswer): void {
    if (answer.kind === 'failed') {
      throw new UserError(`Faces cannot be detected: ${answer.message}`, answer.action ?? 'Run `mobilefacenet doctor` to see what is missing.');
    }
    for (const { id, outcome } of answer.outcomes) {
      const task = slot.pending.get(id);
      if (!task) throw new Error(`a detector worker answered photo ${id}, which it was not asked for`);
      slot.pending.delete(id);
      this.answered++;
      this.onOutcome(task, outcome);
    }
    this.feed(slot);
  }

  private replace(slot: Slot, why: string): void {
    this.slots.delete(slot);
    this.crashes++;
    if (this.answered === 0 && this.crashes >= crashesBeforeGivingUp) {
      throw new UserError(`The face detector cannot work: ${why}. ${slot.process.lastWords}`, 'Run `mobilefacenet doctor` to see what is missing.');
    }
    const [photo] = slot.pending.values();
    if (photo && slot.suspect) {
      this.onOutcome(photo, { kind: 'dropped', reason: 'unreadable', detail: `the detector process failed on it twice: ${why}` });
    } else {
      this.suspects.push(...slot.pending.values());
    }
    this.startWorker();
    this.feed(...[...this.slots].filter((other) => other.pending.size === 0));
  }
}
