import type { DisposableLike } from '../../base/disposable';
import { LineListeners } from '../port/line-listeners';
import type { ControlLines, PortLoss } from '../port/transport';

/** The host's side of one serial adapter of a virtual board. */
export class BoardPort {
  /** Rate that the host has chosen. */
  baudRate = 115_200;
  private current: ControlLines = { dtr: false, rts: false };
  private readonly listeners = new LineListeners();
  private loss: PortLoss | undefined;

  /**
   * @param transmit resolves when the bytes have passed to the board
   * @param onLines told about every change of the lines
   */
  constructor(
    private readonly transmit: (bytes: Uint8Array) => Promise<void>,
    private readonly onLines: (from: ControlLines, to: ControlLines) => void,
  ) {}

  get lines(): ControlLines {
    return this.current;
  }

  /** Undefined while the cable is in. */
  get lost(): PortLoss | undefined {
    return this.loss;
  }

  /** Resolves when the bytes have passed to the board. */
  send(bytes: Uint8Array): Promise<void> {
    return this.transmit(bytes);
  }

  setLines(lines: ControlLines): void {
    const from = this.current;
    this.current = lines;
    if (from.dtr !== lines.dtr || from.rts !== lines.rts) this.onLines(from, lines);
  }

  onData(listener: (bytes: Uint8Array) => void): DisposableLike {
    return this.listeners.onData(listener);
  }

  onLoss(listener: (loss: PortLoss) => void): DisposableLike {
    return this.listeners.onLoss(listener);
  }

  /** Called by the board with bytes for the host. */
  deliver(bytes: Uint8Array): void {
    this.listeners.data(bytes);
  }

  /** Called by the board when the cable is pulled. */
  lose(loss: PortLoss): void {
    this.loss = loss;
    this.listeners.loss(loss);
  }

  /** Called by the board when the cable is back. */
  restore(): void {
    this.loss = undefined;
    this.current = { dtr: false, rts: false };
  }
}
