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

/** Sends photos through a detector pool of their own; see `DetectorPool.crop`. No worker is left when it returns or throws. */
export async function cropPhotos(tasks: Iterable<PhotoTask>, options: DetectorPoolOptions, onOutcome: (task: PhotoTask, outcome: PhotoOutcome) => void): Promise<void> {
  const pool = new DetectorPool(options);
  try {
    await pool.crop(tasks, onOutcome, options.signal);
  } finally {
    await pool.close();
  }
}

interface Slot {
  readonly process: WorkerProcess;
  /** Unanswered photos by their ids, oldest first. */
  readonly pending: Map<number, PhotoTask>;
  /** Works on a photo that is suspected of a crash, alone. */
  suspect: boolean;
}

/** What `crop` was asked for, and how far it is. */
interface Run {
  readonly tasks: Iterator<PhotoTask>;
  readonly onOutcome: (task: PhotoTask, outcome: PhotoOutcome) => void;
  readonly settle: (error?: unknown) => void;
  /** Photos that a worker had when it crashed. */
  readonly suspects: PhotoTask[];
  noMoreTasks: boolean;
  answered: number;
  crashes: number;
}

/** Detector worker processes that stay from one lot of photos to the next, with their engines open. */
export class DetectorPool {
  private readonly slots = new Set<Slot>();
  private readonly workers: number;
  private readonly threads: number;
  /** Absent between lots. */
  private run: Run | undefined;

  constructor(private readonly options: Omit<DetectorPoolOptions, 'signal'>) {
    this.workers = options.workers ?? defaultWorkerCount();
    this.threads = options.threads ?? Math.max(1, Math.floor(availableParallelism() / this.workers));
  }

  /**
   * Sends photos through the workers and hands on each outcome as it arrives (not in order); one lot at a time.
   * A worker that crashes or hangs is replaced; the photos that it had are tried once more, each alone in a worker, and the one
   * that crashes again is dropped as unreadable. So one bad photo never ends a preparation.
   * @throws UserError when the workers cannot work at all; CancelledError when `signal` is aborted. No worker is left then.
   */
  async crop(tasks: Iterable<PhotoTask>, onOutcome: (task: PhotoTask, outcome: PhotoOutcome) => void, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw new CancelledError('Finding faces');
    let settle: (error?: unknown) => void = () => undefined;
    const settled = new Promise<void>((resolve, reject) => {
      settle = (error) => {
        this.run = undefined;
        if (error === undefined) resolve();
        else reject(error as Error);
      };
    });
    const cancel = (): void => settle(new CancelledError('Finding faces'));
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      this.run = { tasks: tasks[Symbol.iterator](), onOutcome, settle, suspects: [], noMoreTasks: false, answered: 0, crashes: 0 };
      while (this.slots.size < this.workers) this.startWorker();
      this.feed(this.run, ...this.slots);
      await settled;
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Ends the workers and waits until they are gone. */
  async close(): Promise<void> {
    this.run = undefined;
    const slots = [...this.slots];
    this.slots.clear();
    await Promise.all(slots.map((slot) => slot.process.stop()));
  }

  private startWorker(): void {
    const { settings, workerFile = bundlePath('detector-worker.js'), batchLimitMs = defaultBatchLimitMs } = this.options;
    const process = new WorkerProcess(workerFile, { settings, threads: this.threads }, batchLimitMs, {
      onAnswer: (answer) => this.guard((run) => this.receive(run, slot, answer)),
      onEnd: (why) => {
        this.slots.delete(slot);
        this.guard((run) => this.replace(run, slot, why));
      },
    });
    const slot: Slot = { process, pending: new Map(), suspect: false };
    this.slots.add(slot);
  }

  /** An error in a listener must end the run, not the process. */
  private guard(handle: (run: Run) => void): void {
    const { run } = this;
    if (!run) return;
    try {
      handle(run);
    } catch (error) {
      run.settle(error);
    }
  }

  /** Gives out batches in turn, so that a few photos are not all with the first worker. */
  private feed(run: Run, ...slots: Slot[]): void {
    for (let hungry = slots; hungry.length > 0; ) hungry = hungry.filter((slot) => this.feedOnce(run, slot));
    for (const slot of slots) if (slot.pending.size === 0) slot.process.rest();
    this.finishWhenIdle(run);
  }

  /** Gives a worker a batch, if it may have one and there is one. One batch lies ready beside those that it handles, so that it never waits for the channel. */
  private feedOnce(run: Run, slot: Slot): boolean {
    if (slot.pending.size === 0) slot.suspect = false;
    if (slot.suspect || slot.pending.size > batchesAtOnce(this.threads) * photosPerBatch) return false;
    const suspect = slot.pending.size === 0 ? run.suspects.shift() : undefined;
    const batch = suspect ? [suspect] : nextBatch(run);
    if (batch.length === 0) return false;
    slot.suspect = suspect !== undefined;
    for (const task of batch) slot.pending.set(task.id, task);
    slot.process.ask(batch);
    return true;
  }

  private finishWhenIdle(run: Run): void {
    const isIdle = run.noMoreTasks && run.suspects.length === 0 && [...this.slots].every((slot) => slot.pending.size === 0);
    if (isIdle) run.settle();
  }

  private receive(run: Run, slot: Slot, answer: WorkerAnswer): void {
    if (answer.kind === 'failed') {
      throw new UserError(`Faces cannot be detected: ${answer.message}`, answer.action ?? 'Run `mobilefacenet doctor` to see what is missing.');
    }
    for (const { id, outcome } of answer.outcomes) {
      const task = slot.pending.get(id);
      if (!task) throw new Error(`a detector worker answered photo ${id}, which it was not asked for`);
      slot.pending.delete(id);
      run.answered++;
      run.onOutcome(task, outcome);
    }
    this.feed(run, slot);
  }

  private replace(run: Run, slot: Slot, why: string): void {
    run.crashes++;
    if (run.answered === 0 && run.crashes >= crashesBeforeGivingUp) {
      throw new UserError(`The face detector cannot work: ${why}. ${slot.process.lastWords}`, 'Run `mobilefacenet doctor` to see what is missing.');
    }
    const [photo] = slot.pending.values();
    if (photo && slot.suspect) {
      run.onOutcome(photo, { kind: 'dropped', reason: 'unreadable', detail: `the detector process failed on it twice: ${why}` });
    } else {
      run.suspects.push(...slot.pending.values());
    }
    this.startWorker();
    this.feed(run, ...[...this.slots].filter((other) => other.pending.size === 0));
  }
}

function nextBatch(run: Run): PhotoTask[] {
  const batch: PhotoTask[] = [];
  while (batch.length < photosPerBatch) {
    const task = nextTask(run);
    if (!task) break;
    batch.push(task);
  }
  return batch;
}

function nextTask(run: Run): PhotoTask | undefined {
  if (run.noMoreTasks) return undefined;
  const next = run.tasks.next();
  if (next.done !== true) return next.value;
  run.noMoreTasks = true;
  return undefined;
}
