import { availableParallelism } from 'node:os';
import { bundlePath } from '../../base/product';
import { CancelledError, UserError } from '../../base/user-error';
import type { CropSettings, PhotoOutcome, PhotoTask, WorkerAnswer } from './detector-messages';
import { WorkerProcess } from './worker-process';

export interface DetectorPoolOptions {
  /** Number of worker processes; default: one per core. */
  readonly workers?: number;
  readonly settings: CropSettings;
  /** Bundle of the worker. */
  readonly workerFile?: string;
  /** Time that one photo may take, including the start of the engine at the first one. */
  readonly photoLimitMs?: number;
  readonly signal?: AbortSignal;
}

/** Photos that lie ready at a worker, so that it never waits for the channel. */
const photosAhead = 2;
const defaultPhotoLimitMs = 180_000;
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
  /** Unanswered photos, oldest first. */
  readonly pending: PhotoTask[];
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

  constructor(
    tasks: Iterable<PhotoTask>,
    private readonly options: DetectorPoolOptions,
    private readonly onOutcome: (task: PhotoTask, outcome: PhotoOutcome) => void,
  ) {
    this.tasks = tasks[Symbol.iterator]();
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
    const { signal, workers = defaultWorkerCount() } = this.options;
    const cancel = (): void => this.settle(new CancelledError('Finding faces'));
    if (signal?.aborted) throw new CancelledError('Finding faces');
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      for (let i = 0; i < workers; i++) this.startWorker();
      await this.settled;
    } finally {
      signal?.removeEventListener('abort', cancel);
      await Promise.all([...this.slots].map((slot) => slot.process.stop()));
    }
  }

  private startWorker(): void {
    const { settings, workerFile = bundlePath('detector-worker.js'), photoLimitMs = defaultPhotoLimitMs } = this.options;
    const process = new WorkerProcess(workerFile, settings, photoLimitMs, {
      onAnswer: (answer) => this.guard(() => this.receive(slot, answer)),
      onEnd: (why) => this.guard(() => this.replace(slot, why)),
    });
    const slot: Slot = { process, pending: [], suspect: false };
    this.slots.add(slot);
    this.feed(slot);
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

  private feed(slot: Slot): void {
    if (slot.pending.length === 0) slot.suspect = false;
    while (!slot.suspect && slot.pending.length < photosAhead) {
      const suspect = slot.pending.length === 0 ? this.suspects.shift() : undefined;
      const task = suspect ?? this.nextTask();
      if (!task) break;
      slot.suspect = suspect !== undefined;
      slot.pending.push(task);
      slot.process.ask(task);
    }
    if (slot.pending.length === 0) slot.process.rest();
    this.finishWhenIdle();
  }

  private nextTask(): PhotoTask | undefined {
    if (this.noMoreTasks) return undefined;
    const next = this.tasks.next();
    if (next.done !== true) return next.value;
    this.noMoreTasks = true;
    return undefined;
  }

  private finishWhenIdle(): void {
    const isIdle = this.noMoreTasks && this.suspects.length === 0 && [...this.slots].every((slot) => slot.pending.length === 0);
    if (isIdle) this.settle();
  }

  private receive(slot: Slot, answer: WorkerAnswer): void {
    if (answer.kind === 'failed') {
      throw new UserError(`Faces cannot be detected: ${answer.message}`, answer.action ?? 'Run `mobilefacenet doctor` to see what is missing.');
    }
    const task = slot.pending.shift();
    if (task?.id !== answer.id) throw new Error(`a detector worker answered photo ${answer.id} out of turn`);
    this.answered++;
    this.onOutcome(task, answer.outcome);
    this.feed(slot);
  }

  private replace(slot: Slot, why: string): void {
    this.slots.delete(slot);
    this.crashes++;
    if (this.answered === 0 && this.crashes >= crashesBeforeGivingUp) {
      throw new UserError(`The face detector cannot work: ${why}. ${slot.process.lastWords}`, 'Run `mobilefacenet doctor` to see what is missing.');
    }
    const [photo] = slot.pending;
    if (photo && slot.suspect) {
      this.onOutcome(photo, { kind: 'dropped', reason: 'unreadable', detail: `the detector process failed on it twice: ${why}` });
    } else {
      this.suspects.push(...slot.pending);
    }
    this.startWorker();
    for (const idle of [...this.slots].filter((other) => other.pending.length === 0)) this.feed(idle);
  }
}
