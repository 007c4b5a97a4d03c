import type { DisposableLike } from '../../../src/base/disposable';
import type { ControlLines, PortLoss, Transport } from '../../../src/board/port/transport';

/** A line whose other end is the test. */
export class ScriptedTransport implements Transport {
  readonly path = 'scripted';
  baudRate = 115200;
  closed = false;
  readonly lines: ControlLines[] = [];
  private readonly listeners = new Set<(bytes: Uint8Array) => void>();
  private readonly lossListeners = new Set<(loss: PortLoss) => void>();

  /** @param onWrite what the other end does with bytes */
  constructor(private readonly onWrite: (bytes: Uint8Array) => void = () => undefined) {}

  say(bytes: Uint8Array | string): void {
    const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    for (const listener of [...this.listeners]) listener(data);
  }

  lose(): void {
    for (const listener of [...this.lossListeners]) listener({ kind: 'unplugged', reason: 'the test pulled it' });
  }

  write(bytes: Uint8Array): Promise<void> {
    this.onWrite(bytes);
    return Promise.resolve();
  }

  onData(listener: (bytes: Uint8Array) => void): DisposableLike {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  onLoss(listener: (loss: PortLoss) => void): DisposableLike {
    this.lossListeners.add(listener);
    return { dispose: () => this.lossListeners.delete(listener) };
  }

  setBaudRate(baudRate: number): Promise<void> {
    this.baudRate = baudRate;
    return Promise.resolve();
  }

  setLines(lines: ControlLines): Promise<'set' | 'unsupported'> {
    this.lines.push(lines);
    return Promise.resolve('set');
  }

  discardInput(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}
