import type { BatchEnd, BatchQueue, BatchState, ConnectedWorkers } from '../../../../src/dataset/remote/batch-queue';
import type { PhotoBatch } from '../../../../src/dataset/remote/photo-batch';

/** What the fake worker makes of a batch: it is done, it fails, or it stays. */
export type FakeWork = (batchId: string, batch: PhotoBatch, addition: number) => Promise<BatchState>;

/** A queue without a server; a worker takes one batch after the other. */
export class FakeQueue implements BatchQueue {
  readonly additions: string[] = [];
  readonly removed: string[] = [];
  connected: ConnectedWorkers = { fitting: 1, others: [] };
  isClosed = false;
  private readonly known = new Map<string, BatchState>();
  private listener: (batchId: string, end: BatchEnd) => void = () => undefined;
  private last = Promise.resolve();

  /** @param tellsEnds false: events are lost, so that only looking helps */
  constructor(private readonly work: FakeWork, private readonly tellsEnds = true) {}

  add(batchId: string, batch: PhotoBatch): Promise<void> {
    this.additions.push(batchId);
    if (this.known.get(batchId)?.kind === 'there') return Promise.resolve();
    this.known.set(batchId, { kind: 'there' });
    const addition = this.additions.filter((other) => other === batchId).length;
    this.last = this.last.then(async () => {
      if (!this.known.has(batchId)) return;
      const state = await this.work(batchId, batch, addition);
      if (!this.known.has(batchId)) return;
      this.known.set(batchId, state);
      if (this.tellsEnds && state.kind !== 'there') this.listener(batchId, state.kind === 'failed' ? 'failed' : 'done');
    });
    return Promise.resolve();
  }

  states(batchIds: readonly string[]): Promise<BatchState[]> {
    return Promise.resolve(batchIds.map((batchId) => this.known.get(batchId) ?? { kind: 'gone' }));
  }

  remove(batchIds: readonly string[]): Promise<void> {
    this.removed.push(...batchIds);
    for (const batchId of batchIds) this.known.delete(batchId);
    return Promise.resolve();
  }

  workers(): Promise<ConnectedWorkers> {
    return Promise.resolve(this.connected);
  }

  onEnded(listener: (batchId: string, end: BatchEnd) => void): void {
    this.listener = listener;
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}
