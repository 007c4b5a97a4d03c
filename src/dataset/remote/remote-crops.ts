import { stat } from 'node:fs/promises';
import { errorText, throwIfCancelled, UserError, CancelledError } from '../../base/user-error';
import type { CropRequest, CropService } from '../detection/crop-service';
import type { PhotoOutcome, PhotoTask } from '../detection/detector-messages';
import { BatchFolder } from './batch-folder';
import { decodeFailure, type BatchEnd, type BatchQueue, type ConnectedWorkers } from './batch-queue';
import type { BatchResult } from './batch-result';
import { describeMaker } from './crop-maker';
import { succeedsWithin } from './succeeds-within';
import { batchesOf, batchIdOf, batchSizeFor, nameBatch, type PhotoBatch } from './photo-batch';

/** How long is waited for what; all in ms. */
export interface RemoteTimes {
  /** Between two looks at the queue and its workers; what has ended is seen at once. */
  readonly pollMs: number;
  /** Without a worker for so long, that is said. */
  readonly noWorkerMs: number;
  /** So long may a result that is written be invisible on this machine (network storage remembers what is not there), before the batch is done again. */
  readonly resultMs: number;
  /** So long the server has for removing the batches of a preparation that ends early. */
  readonly cleanUpMs: number;
}

export interface RemoteCropsOptions {
  /** Opens the queue; its own failures are said by it. */
  readonly openQueue: (signal: AbortSignal | undefined) => Promise<BatchQueue>;
  /** The kind of workers that this preparation wants (`cropMakerName`). */
  readonly maker: string;
  /** How a worker is started, e.g. "mobilefacenet worker --redis redis://host:6379". */
  readonly workerCommand: string;
  /** Told what the user should know at once. */
  readonly notice: (sentence: string) => void;
  /** Says a failure of the queue's server. */
  readonly explain: (error: unknown) => unknown;
  readonly times?: Partial<RemoteTimes>;
}

const defaultTimes: RemoteTimes = { pollMs: 1000, noWorkerMs: 3000, resultMs: 20_000, cleanUpMs: 5000 };
/** Batches at the server at a time: enough for hundreds of workers, and its memory does not grow with the number of photos. */
const mostOutstanding = 512;
/** A batch that has vanished without a result is added anew so many times. */
const mostAdditions = 3;

/** Has the crops of a preparation made by workers on any machines: batches go through a queue, results through the shared work folder. */
export class RemoteCrops implements CropService {
  constructor(private readonly options: RemoteCropsOptions) {}

  async crop(tasks: Iterable<PhotoTask>, request: CropRequest, onOutcome: (task: PhotoTask, outcome: PhotoOutcome) => void): Promise<void> {
    throwIfCancelled(request.signal, 'Finding faces');
    const queue = await this.options.openQueue(request.signal);
    try {
      const folder = await BatchFolder.make(request.workFolder, request.fingerprint);
      const run = new RemoteRun(queue, folder, tasks, { ...this.options, request, times: { ...defaultTimes, ...this.options.times }, onOutcome });
      try {
        await run.finish();
      } finally {
        await run.cleanUp();
      }
    } finally {
      await queue.close();
    }
  }
}

interface Outstanding {
  readonly tasks: readonly PhotoTask[];
  readonly batch: PhotoBatch;
  additions: number;
  /** When it was first seen that the queue does not know it any more. */
  goneSinceMs?: number;
}

interface RunContext extends Omit<RemoteCropsOptions, 'openQueue' | 'times'> {
  readonly request: CropRequest;
  readonly times: RemoteTimes;
  readonly onOutcome: (task: PhotoTask, outcome: PhotoOutcome) => void;
}

class RemoteRun {
  private readonly batches: Iterator<PhotoTask[]>;
  private readonly outstanding = new Map<string, Outstanding>();
  /** Batches that have ended since they were last looked at, and how. */
  private readonly ended = new Map<string, BatchEnd>();
  private wake: () => void = () => undefined;
  private noWorkerSinceMs: number | undefined;
  private isNoWorkerSaid = false;

  constructor(
    private readonly queue: BatchQueue,
    private readonly folder: BatchFolder,
    tasks: Iterable<PhotoTask>,
    private readonly context: RunContext,
  ) {
    this.batches = batchesOf(tasks, batchSizeFor(context.request.photoCount));
    queue.onEnded((batchId, end) => {
      this.ended.set(batchId, end);
      this.wake();
    });
  }

  /** @throws UserError, CancelledError */
  async finish(): Promise<void> {
    const { times } = this.context;
    await this.refill();
    for (let nextPollMs = performance.now() + times.pollMs; this.outstanding.size > 0; ) {
      if (this.ended.size === 0) await this.pause(nextPollMs - performance.now());
      throwIfCancelled(this.context.request.signal, 'Finding faces');
      await this.takeEnded();
      if (this.outstanding.size > 0 && performance.now() >= nextPollMs) {
        await this.poll();
        nextPollMs = performance.now() + times.pollMs;
      }
      await this.refill();
    }
  }

  /** Takes back what is not done. */
  async cleanUp(): Promise<void> {
    if (this.outstanding.size > 0) {
      const isDone = await succeedsWithin(this.context.times.cleanUpMs, this.queue.remove([...this.outstanding.keys()]));
      if (!isDone) this.context.notice(`What was left of the photos could not be taken back from the queue (batches: ${this.outstanding.size}); workers will find that nobody wants it.`);
    }
    await this.folder.remove();
  }

  /** Waits until a batch has ended, the time is over, or the preparation is cancelled. */
  private async pause(ms: number): Promise<void> {
    const { signal } = this.context.request;
    if (ms <= 0 || signal?.aborted) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', go);
        this.wake = () => undefined;
        resolve();
      };
      const timer = setTimeout(go, ms);
      signal?.addEventListener('abort', go, { once: true });
      this.wake = go;
    });
  }

  /** Keeps the queue full. */
  private async refill(): Promise<void> {
    while (this.outstanding.size < mostOutstanding) {
      throwIfCancelled(this.context.request.signal, 'Finding faces');
      const next = this.batches.next();
      if (next.done === true) return;
      const { settings, fingerprint } = this.context.request;
      const batch: PhotoBatch = { folder: this.folder.folder, fingerprint, settings, photos: next.value };
      const batchId = batchIdOf(batch);
      this.outstanding.set(batchId, { tasks: next.value, batch, additions: 0 });
      // Workers go on after a preparation that was killed.
      if (await this.take(batchId)) await this.forget(batchId);
      else await this.add(batchId);
    }
  }

  private async add(batchId: string): Promise<void> {
    const entry = this.outstanding.get(batchId);
    if (!entry) return;
    entry.additions++;
    delete entry.goneSinceMs;
    await this.ask((queue) => queue.add(batchId, entry.batch));
  }

  private async takeEnded(): Promise<void> {
    const known = [...this.ended].filter(([batchId]) => this.outstanding.has(batchId));
    this.ended.clear();
    for (const [batchId, end] of known) {
      if (!(await this.take(batchId))) {
        await this.look(known.map(([other]) => other).filter((other) => this.outstanding.has(other)));
        return;
      }
      if (end === 'failed') await this.forget(batchId);
    }
  }

  /** Removes a batch from the queue, which may still have one whose result is there: its worker may have died behind it. */
  private forget(batchId: string): Promise<void> {
    return this.ask((queue) => queue.remove([batchId]));
  }

  /** Takes the result of a batch, if there is one. */
  private async take(batchId: string): Promise<boolean> {
    const entry = this.outstanding.get(batchId);
    const result = entry && (await this.folder.read(batchId));
    if (!result) return false;
    await this.requireSharedPhotos(entry, result);
    const outcomes = new Map(result.outcomes.map(({ id, outcome }) => [id, outcome]));
    if (entry.tasks.some(({ id }) => !outcomes.has(id))) return false;
    this.context.request.onWait?.(undefined);
    for (const task of entry.tasks) this.context.onOutcome(task, outcomes.get(task.id) as PhotoOutcome);
    this.outstanding.delete(batchId);
    await this.folder.drop(batchId);
    return true;
  }

  /** A photo that a worker has not, and this machine has, is not on shared storage; one that both have not was deleted meanwhile. */
  private async requireSharedPhotos({ tasks }: Outstanding, { missing, host }: BatchResult): Promise<void> {
    for (const { file } of tasks.filter(({ id }) => missing.includes(id))) {
      if (!(await stat(file).catch(() => undefined))) continue;
      throw new UserError(`The worker on ${host} does not see the photo ${file}.`, `Give ${host} the same storage at the same path, or stop its worker; then run the same command again.`);
    }
  }

  private async poll(): Promise<void> {
    await this.look([...this.outstanding.keys()]);
    this.sayWhetherWorkers(await this.ask((queue) => queue.workers()));
  }

  /** Looks what became of batches. */
  private async look(batchIds: readonly string[]): Promise<void> {
    const states = await this.ask((queue) => queue.states(batchIds));
    for (const [i, batchId] of batchIds.entries()) {
      const entry = this.outstanding.get(batchId);
      const state = states[i];
      if (!entry || !state) continue;
      if (state.kind === 'there') {
        delete entry.goneSinceMs;
        continue;
      }
      const isTaken = await this.take(batchId);
      if (state.kind === 'failed') {
        if (!isTaken) throw failureOf(entry.batch, state.reason);
        await this.forget(batchId);
      } else if (!isTaken) await this.missResult(batchId, entry);
    }
  }

  private async missResult(batchId: string, entry: Outstanding): Promise<void> {
    entry.goneSinceMs ??= performance.now();
    if (performance.now() - entry.goneSinceMs < this.context.times.resultMs) return;
    if (entry.additions < mostAdditions) return this.add(batchId);
    const { folder } = this.folder;
    throw new UserError(`The results of workers do not arrive in ${folder}.`, 'See to it that this folder is the same storage on all machines, and that the queue\'s server does not throw entries away (maxmemory-policy noeviction); then run the same command again.');
  }

  private sayWhetherWorkers(workers: ConnectedWorkers): void {
    if (workers.fitting > 0) {
      this.noWorkerSinceMs = undefined;
      this.isNoWorkerSaid = false;
      this.context.request.onWait?.(undefined);
      return;
    }
    this.noWorkerSinceMs ??= performance.now();
    if (performance.now() - this.noWorkerSinceMs < this.context.times.noWorkerMs) return;
    if (!this.isNoWorkerSaid) this.context.notice(noWorkerSentence(workers, this.context));
    this.isNoWorkerSaid = true;
    this.context.request.onWait?.(workers.others.length > 0 ? 'waiting: only other versions of workers are connected' : 'waiting: no worker is connected');
  }

  /** Asks the queue; a cancelled preparation does not wait for the answer. */
  private async ask<T>(question: (queue: BatchQueue) => Promise<T>): Promise<T> {
    const { request: { signal }, explain } = this.context;
    throwIfCancelled(signal, 'Finding faces');
    let stop: () => void = () => undefined;
    const cancelled = new Promise<never>((_resolve, reject) => {
      const cancel = (): void => reject(new CancelledError('Finding faces'));
      signal?.addEventListener('abort', cancel, { once: true });
      stop = () => signal?.removeEventListener('abort', cancel);
    });
    try {
      return await Promise.race([question(this.queue), cancelled]);
    } catch (error) {
      throw error instanceof CancelledError ? error : explain(error);
    } finally {
      stop();
    }
  }
}

function failureOf(batch: PhotoBatch, reason: string): UserError {
  const photos = batch.photos.map(({ file }) => file);
  const failure = decodeFailure(reason);
  if (failure) return new UserError(`${failure.message.replace(/\.$/u, '')} (worker on ${failure.host}).`, failure.action, { details: { photos } });
  return new UserError(`These photos failed with every worker that tried them: ${nameBatch(batch)} (${errorText(reason)}).`, 'Look at what the workers say; leave these photos out (--leave-out FILE) or mend the cause, and run the same command again.', { details: { photos } });
}

function noWorkerSentence({ others }: ConnectedWorkers, { maker, workerCommand }: RunContext): string {
  const [other] = others;
  const start = `Start \`${workerCommand}\` on a machine with the same storage; this preparation goes on by itself then (Ctrl+C ends it).`;
  if (!other) return `No worker is connected to the queue. ${start}`;
  return `No worker fits: the one on ${other.host} is ${describeMaker(other.maker)}, this is ${describeMaker(maker)}, and they may cut different crops. Install the same version and engine there. ${start}`;
}
