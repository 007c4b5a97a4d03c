import type { DisposableLike } from '../../base/disposable';
import { CancelledError, throwIfCancelled } from '../../base/user-error';
import { LineListeners } from '../port/line-listeners';
import { explainPortError, portLost } from '../port/port-errors';
import type { ControlLines, PortLoss, Transport } from '../port/transport';
import type { BoardPort } from './board-port';
import type { VirtualBoard } from './virtual-board';

/** What drivers say when a port cannot be opened, in the words of serialport on Linux. */
const openingErrors = [
  ['port-missing', 'No such file or directory, cannot open'],
  ['port-denied', 'Permission denied, cannot open'],
  ['port-busy', 'Resource temporarily unavailable Cannot lock port'],
] as const;

/**
 * Opens a port of a virtual board within this process. As on Linux, opening asserts both control lines.
 * @param index 0, or 1 for the second port of a board with two
 * @throws BoardError as a real port's, when the board has a fault of that kind
 */
export function openMemoryPort(board: VirtualBoard, index: number = board.model.consolePort): Promise<Transport> {
  const path = `virtual:${board.model.id}:${index}`;
  const failure = openingErrors.find(([kind]) => board.has(kind));
  const port = board.ports[index];
  if (failure !== undefined || port === undefined) return Promise.reject(explainPortError(new Error(failure?.[1] ?? openingErrors[0][1]), path) as Error);
  if (port.lost !== undefined) return Promise.reject(explainPortError(new Error(openingErrors[0][1]), path) as Error);
  return Promise.resolve(new MemoryTransport(path, port, !board.has('no-lines')));
}

class MemoryTransport implements Transport {
  private readonly listeners = new LineListeners();
  private readonly subscriptions: readonly DisposableLike[];
  private closed = false;

  constructor(
    readonly path: string,
    private readonly port: BoardPort,
    private readonly hasLines: boolean,
  ) {
    this.subscriptions = [
      port.onData((bytes) => this.listeners.data(bytes)),
      port.onLoss((loss) => this.listeners.loss(loss)),
    ];
    if (hasLines) port.setLines({ dtr: true, rts: true });
  }

  get baudRate(): number {
    return this.port.baudRate;
  }

  async write(bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    throwIfCancelled(signal, 'Sending');
    this.checkOpen();
    await untilAborted(this.port.send(bytes), signal);
    this.checkOpen();
  }

  onData(listener: (bytes: Uint8Array) => void): DisposableLike {
    return this.listeners.onData(listener);
  }

  onLoss(listener: (loss: PortLoss) => void): DisposableLike {
    return this.listeners.onLoss(listener);
  }

  setBaudRate(baudRate: number): Promise<void> {
    return this.whileOpen(() => {
      this.port.baudRate = baudRate;
    });
  }

  setLines(lines: ControlLines): Promise<'set' | 'unsupported'> {
    return this.whileOpen(() => {
      if (!this.hasLines) return 'unsupported';
      this.port.setLines(lines);
      return 'set';
    });
  }

  /** Bytes are handed over as they come; none wait here. */
  discardInput(): Promise<void> {
    return this.whileOpen(() => undefined);
  }

  close(): Promise<void> {
    if (!this.closed) {
      this.closed = true;
      for (const subscription of this.subscriptions) subscription.dispose();
      this.listeners.loss({ kind: 'closed' });
    }
    return Promise.resolve();
  }

  private async whileOpen<T>(body: () => T): Promise<T> {
    this.checkOpen();
    return body();
  }

  private checkOpen(): void {
    if (this.closed) throw portLost(this.path, 'it was closed');
    if (this.port.lost !== undefined) throw portLost(this.path, this.port.lost.kind === 'unplugged' ? this.port.lost.reason : 'closed');
  }
}

async function untilAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return work;
  let cancel = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    cancel = () => reject(new CancelledError('Sending'));
    signal.addEventListener('abort', cancel, { once: true });
  });
  await Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', cancel));
}
