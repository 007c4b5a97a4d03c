import type { Clock } from '../clock';

/** `simulated`: bytes take the time of their bits. `none`: they arrive as soon as the receiver is not busy. */
export type SerialTiming = 'simulated' | 'none';

/** One end of a direction; `baudRate` is read whenever bytes pass. */
export interface WireEnd {
  readonly baudRate: number;
}

export interface WireOptions {
  readonly clock: Clock;
  readonly timing: SerialTiming;
  readonly sender: WireEnd;
  readonly receiver: WireEnd;
  deliver(bytes: Uint8Array): void;
  /** What a disturbed line makes of bytes as they are sent. */
  disturb?(bytes: Uint8Array): Uint8Array;
}

/** Bytes that pass as one: small against the receive ring of a firmware. */
const sliceBytes = 64;
/** A start bit, eight bits and a stop bit. */
const bitsPerByte = 10;
/** A receiver samples the ninth bit in its middle, so the clocks may differ by half a bit in nine and a half; less with noise. */
const rateTolerance = 0.04;

/** One direction of a serial line. */
export class SerialWire {
  private queue: Uint8Array[] = [];
  private running: Promise<void> | undefined;
  private closed = false;
  /** Grows with every discard: what was under way then arrives no more. */
  private discards = 0;
  private noise = 1;

  constructor(private readonly options: WireOptions) {}

  /** Resolves when these bytes, and those before them, have passed. */
  send(bytes: Uint8Array): Promise<void> {
    if (this.closed || bytes.length === 0) return this.drained();
    this.queue.push(this.options.disturb?.(bytes) ?? Uint8Array.from(bytes));
    this.running ??= this.run();
    return this.running;
  }

  drained(): Promise<void> {
    return this.running ?? Promise.resolve();
  }

  /** Forgets what has not passed yet. */
  discard(): void {
    this.discards++;
    this.queue = [];
  }

  /** Nothing passes any more. */
  close(): void {
    this.closed = true;
    this.discard();
  }

  private async run(): Promise<void> {
    const { clock, timing, sender, deliver } = this.options;
    let dueMs = clock.nowMs();
    for (let bytes = this.next(); bytes !== undefined; bytes = this.next()) {
      const { discards } = this;
      if (timing === 'simulated') dueMs += (bytes.length * bitsPerByte * 1000) / sender.baudRate;
      // A clock that overslept is caught up with, so that many short slices take no longer than one long one. Bytes that are all lost take
      // no time; they wait on the clock even so, for a virtual one jumps ahead when nobody does.
      if (timing === 'simulated') await clock.sleep(Math.max(0, dueMs - clock.nowMs()));
      else await new Promise((resolve) => setImmediate(resolve));
      if (this.discards === discards) deliver(this.ratesAgree() ? bytes : this.garble(bytes.length));
    }
    this.running = undefined;
  }

  private next(): Uint8Array | undefined {
    const first = this.queue[0];
    if (first === undefined) return undefined;
    if (this.options.timing === 'none' || first.length <= sliceBytes) return this.queue.shift();
    this.queue[0] = first.subarray(sliceBytes);
    return first.subarray(0, sliceBytes);
  }

  private ratesAgree(): boolean {
    const { sender, receiver } = this.options;
    return Math.abs(sender.baudRate - receiver.baudRate) <= rateTolerance * receiver.baudRate;
  }

  /** What a receiver at another rate sees: as many bytes as fit the time, with bits that mean nothing. */
  private garble(sentBytes: number): Uint8Array {
    const { sender, receiver } = this.options;
    const seen = new Uint8Array(Math.max(1, Math.min(4 * sentBytes, Math.round((sentBytes * receiver.baudRate) / sender.baudRate))));
    return seen.map(() => {
      this.noise = (Math.imul(this.noise, 1_103_515_245) + 12_345) >>> 0;
      return this.noise >>> 24;
    });
  }
}
