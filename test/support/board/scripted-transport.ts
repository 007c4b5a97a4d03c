import type { DisposableLike } from '../../../src/base/disposable';
import { LineListeners } from '../../../src/board/port/line-listeners';
import type { ControlLines, PortLoss, Transport } from '../../../src/board/port/transport';

/** A line whose other end is the test. */
export class ScriptedTransport implements Transport {
  readonly path = 'scripted';
  baudRate = 115200;
  closed = false;
  readonly lines: ControlLines[] = [];
  private readonly listeners = new LineListeners();

  /** @param onWrite what the other end does with bytes */
  constructor(private readonly onWrite: (bytes: Uint8Array) => void = () => undefined) {}

  say(bytes: Uint8Array | string): void {
    const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    this.listeners.data(data);
  }

  lose(): void {
    this.listeners.loss({ kind: 'unplugged', reason: 'the test pulled it' });
  }

  write(bytes: Uint8Array): Promise<void> {
    this.onWrite(bytes);
    return Promise.resolve();
  }

  onData(listener: (bytes: Uint8Array) => void): DisposableLike {
    return this.listeners.onData(listener);
  }

  onLoss(listener: (loss: PortLoss) => void): DisposableLike {
    return this.listeners.onLoss(listener);
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
