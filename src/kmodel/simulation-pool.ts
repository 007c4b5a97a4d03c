import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { bundlePath } from '../base/product';
import { CancelledError, throwIfCancelled, UserError } from '../base/user-error';
import type { SimulatedModel, SimulationAnswer, SimulationTask } from './simulation-messages';

export interface SimulationPoolOptions {
  /** Threads; default: one per core. The results do not depend on it. */
  readonly workers?: number;
  /** Bundle of the worker. */
  readonly workerFile?: string;
}

/** A crop and the promise of its embedding. */
class Waiting {
  readonly embedding: Promise<Float32Array>;
  resolve: (embedding: Float32Array) => void = () => undefined;
  reject: (error: Error) => void = () => undefined;

  constructor(readonly task: SimulationTask) {
    this.embedding = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // It is awaited with its batch; when another one fails first, its own failure must not end the process.
    this.embedding.catch(() => undefined);
  }
}

interface Slot {
  readonly worker: Worker;
  running: Waiting | undefined;
}

const purpose = 'The simulation';

/** A compiled face model in the simulator, in several threads, which are started when there is work for them. */
export class SimulationPool {
  private readonly slots = new Set<Slot>();
  private readonly queue: Waiting[] = [];
  private readonly mostWorkers: number;
  private nextId = 0;
  private closed = false;

  constructor(private readonly model: SimulatedModel, private readonly options: SimulationPoolOptions = {}) {
    this.mostWorkers = options.workers ?? availableParallelism();
  }

  /**
   * @param crops RGB, [count, size, size, 3]
   * @returns L2-normalised embeddings, [count, embeddingLength]
   * @throws UserError when the model leaves its memory; CancelledError when `signal` is aborted or the pool was closed
   */
  async embed(crops: Uint8Array, count: number, signal?: AbortSignal): Promise<Float32Array> {
    throwIfCancelled(signal, purpose);
    const { embeddingLength } = this.model.facts;
    const cropBytes = crops.length / count;
    const own = Array.from({ length: count }, (_, i) => new Waiting({ id: this.nextId++, crop: new Uint8Array(crops.subarray(i * cropBytes, (i + 1) * cropBytes)) }));
    const cancel = (): void => this.drop(own, new CancelledError(purpose));
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      this.queue.push(...own);
      this.feed();
      const all = new Float32Array(count * embeddingLength);
      const embeddings = await Promise.all(own.map(({ embedding }) => embedding));
      embeddings.forEach((embedding, i) => all.set(embedding, i * embeddingLength));
      return all;
    } catch (error) {
      this.drop(own, error as Error);
      throw error;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Ends all threads; what still waits is rejected. */
  async close(): Promise<void> {
    this.closed = true;
    const slots = [...this.slots];
    this.drop([...this.queue, ...slots.flatMap(({ running }) => running ?? [])], new CancelledError(purpose));
    await Promise.all(slots.map(({ worker }) => worker.terminate()));
  }

  /** Takes work back that is no longer wanted. A thread finishes what it has begun; its answer then has no reader. */
  private drop(unwanted: readonly Waiting[], error: Error): void {
    const gone = new Set(unwanted);
    this.queue.splice(0, this.queue.length, ...this.queue.filter((waiting) => !gone.has(waiting)));
    for (const waiting of unwanted) waiting.reject(error);
  }

  private feed(): void {
    if (this.closed) return this.drop([...this.queue], new CancelledError(purpose));
    const idle = [...this.slots].filter(({ running }) => !running);
    while (idle.length < this.queue.length && this.slots.size < this.mostWorkers) idle.push(this.startWorker());
    for (const slot of idle) {
      const waiting = this.queue.shift();
      slot.running = waiting;
      // A pool without work does not keep the process alive.
      if (!waiting) slot.worker.unref();
      else {
        slot.worker.ref();
        slot.worker.postMessage(waiting.task, [waiting.task.crop.buffer as ArrayBuffer]);
      }
    }
  }

  private startWorker(): Slot {
    const worker = new Worker(this.options.workerFile ?? bundlePath('simulation-worker.js'), { workerData: this.model });
    const slot: Slot = { worker, running: undefined };
    this.slots.add(slot);
    worker.on('message', (answer: SimulationAnswer) => this.receive(slot, answer));
    worker.on('error', (error: Error) => this.fail(slot, error));
    worker.on('exit', (code) => this.fail(slot, new Error(`A thread of the simulator ended with code ${code}`)));
    return slot;
  }

  private receive(slot: Slot, answer: SimulationAnswer): void {
    const { running } = slot;
    slot.running = undefined;
    if (running && 'embedding' in answer) running.resolve(answer.embedding);
    else if (running && 'message' in answer) running.reject(answer.action === undefined ? new Error(answer.message) : new UserError(answer.message, answer.action));
    this.feed();
  }

  /** A thread that ends takes its task along; the model is at fault, or memory: another thread would fare the same. */
  private fail(slot: Slot, error: Error): void {
    this.slots.delete(slot);
    slot.running?.reject(error);
    this.drop([...this.queue], error);
  }
}
