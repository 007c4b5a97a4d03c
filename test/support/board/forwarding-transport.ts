import type { DisposableLike } from '../../../src/base/disposable';
import type { ControlLines, PortLoss, Transport } from '../../../src/board/port/transport';

/** A transport that hands everything on, for those that change one thing. */
export class ForwardingTransport implements Transport {
  constructor(protected readonly inner: Transport) {}

  get path(): string {
    return this.inner.path;
  }

  get baudRate(): number {
    return this.inner.baudRate;
  }

  write(bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    return this.inner.write(bytes, signal);
  }

  onData(listener: (bytes: Uint8Array) => void): DisposableLike {
    return this.inner.onData(listener);
  }

  onLoss(listener: (loss: PortLoss) => void): DisposableLike {
    return this.inner.onLoss(listener);
  }

  setBaudRate(baudRate: number): Promise<void> {
    return this.inner.setBaudRate(baudRate);
  }

  setLines(lines: ControlLines): Promise<'set' | 'unsupported'> {
    return this.inner.setLines(lines);
  }

  discardInput(): Promise<void> {
    return this.inner.discardInput();
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

/** Tells of each request that goes to the board, before it is sent and when it is on its way. */
export class WatchedTransport extends ForwardingTransport {
  constructor(
    inner: Transport,
    private readonly onRequest: (op: number, moment: 'sending' | 'sent') => void,
  ) {
    super(inner);
  }

  override async write(bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    const op = bytes[0] === 0xc0 && bytes[1] !== 0xc0 ? bytes[1] : undefined;
    if (op !== undefined) this.onRequest(op, 'sending');
    await super.write(bytes, signal);
    if (op !== undefined) this.onRequest(op, 'sent');
  }
}
