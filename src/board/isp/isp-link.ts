import type { DisposableLike } from '../../base/disposable';
import { throwIfCancelled } from '../../base/user-error';
import { Arrival } from '../arrival';
import type { Clock } from '../clock';
import { portLost } from '../port/port-errors';
import type { ControlLines, Transport } from '../port/transport';
import { ByteLog } from './byte-log';
import { encodeRequest, parseReply, stubOp, type IspReply, type IspRequest } from './packet';
import { SlipDecoder, encodeSlip, slipByte } from './slip';

/** Bytes of a large request that are written at a time: progress and cancel are looked at in between. */
const pieceBytes = 4096;
/** A USB adapter says that bytes are sent while they are still in its buffer. */
const wireTimeFactor = 1.2;
const bitsPerByteOnWire = 10;
/** Frames that wait to be read; a board that floods the line loses the oldest. */
const frameQueueLimit = 64;
const debugLineLimit = 50;
/** Last bytes from the board that a report shows. */
const reportBytes = 256;

export interface ExchangeOptions {
  /** Time for the reply, counted from the moment at which the request is on the wire. */
  readonly timeoutMs: number;
  /** Bytes of the request that are written, as they go. */
  readonly onSent?: (bytes: number) => void;
}

/** Packets over a transport: one request, one reply, with a limit to every wait. Owns what listens, not the transport. */
export class IspLink implements DisposableLike {
  /** Everything that came in: the last bytes for a report. */
  readonly received = new ByteLog(reportBytes);
  /** What was no packet: usually the boot log of a board that started its firmware. */
  readonly garbage = new ByteLog();
  /** What the board reported unasked, newest last. */
  readonly debugLines: string[] = [];
  private readonly decoder = new SlipDecoder(this.garbage);
  private readonly frames: Uint8Array[] = [];
  private readonly subscriptions: readonly DisposableLike[];
  private lossReason: string | undefined;
  private readonly arrival: Arrival;

  constructor(
    readonly transport: Transport,
    readonly clock: Clock,
    private signal?: AbortSignal,
  ) {
    this.arrival = new Arrival(clock);
    this.subscriptions = [
      transport.onData((bytes) => this.take(bytes)),
      transport.onLoss((loss) => {
        this.lossReason = loss.kind === 'unplugged' ? loss.reason : 'it was closed';
        this.arrival.happened();
      }),
    ];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** The user's cancel is not looked at during `work`: it brings the board back. */
  async withoutCancel<T>(work: () => Promise<T>): Promise<T> {
    const { signal } = this;
    this.signal = undefined;
    try {
      return await work();
    } finally {
      this.signal = signal;
    }
  }

  /** @throws CancelledError; BoardError K2-PORT-LOST */
  throwIfOver(): void {
    throwIfCancelled(this.signal, 'The upload');
    if (this.lossReason !== undefined) throw portLost(this.transport.path, this.lossReason);
  }

  /** Lets time pass. @throws CancelledError */
  pause(durationMs: number): Promise<void> {
    return this.clock.sleep(durationMs, this.signal);
  }

  get baudRate(): number {
    return this.transport.baudRate;
  }

  /** Sends a request and waits for the reply to its op; undefined when none came in time. */
  async exchange(request: IspRequest, options: ExchangeOptions): Promise<IspReply | undefined> {
    return this.exchangePacket(encodeRequest(request), request.op, options);
  }

  /** `exchange` with the packet as it stands. */
  async exchangePacket(packet: Uint8Array, op: number, { timeoutMs, onSent }: ExchangeOptions): Promise<IspReply | undefined> {
    this.dropFrames();
    const frame = encodeSlip(packet);
    const startMs = this.clock.nowMs();
    await this.send(frame, onSent);
    const wireMs = ((frame.length * bitsPerByteOnWire * 1000) / this.baudRate) * wireTimeFactor;
    const stillOnWireMs = Math.max(0, startMs + wireMs - this.clock.nowMs());
    return this.waitForReply(op, stillOnWireMs + timeoutMs);
  }

  /** Sends a request that is not answered. */
  async post(request: IspRequest): Promise<void> {
    await this.send(encodeSlip(encodeRequest(request)));
  }

  /** The next reply to `op`; undefined when none came in time. Replies to other requests are late ones and are passed over. */
  async waitForReply(op: number, timeoutMs: number): Promise<IspReply | undefined> {
    const deadlineMs = this.clock.nowMs() + timeoutMs;
    for (;;) {
      for (let frame = this.frames.shift(); frame !== undefined; frame = this.frames.shift()) {
        const reply = parseReply(frame);
        if (reply?.op === op) return reply;
        this.garbage.add(frame);
      }
      const leftMs = deadlineMs - this.clock.nowMs();
      if (leftMs <= 0) return undefined;
      await this.waitForFrame(leftMs);
    }
  }

  /** Ends a half frame on the board's side and forgets what is under way to here. */
  async resynchronize(): Promise<void> {
    await this.discardInput();
    await this.send(Uint8Array.of(slipByte.end, slipByte.end));
  }

  async discardInput(): Promise<void> {
    this.throwIfOver();
    await this.transport.discardInput();
    this.decoder.reset();
    this.dropFrames();
  }

  async setBaudRate(baudRate: number): Promise<void> {
    this.throwIfOver();
    await this.transport.setBaudRate(baudRate);
  }

  async setLines(lines: ControlLines): Promise<'set' | 'unsupported'> {
    this.throwIfOver();
    return this.transport.setLines(lines);
  }

  private async send(bytes: Uint8Array, onSent?: (bytes: number) => void): Promise<void> {
    for (let from = 0; from < bytes.length; from += pieceBytes) {
      this.throwIfOver();
      const piece = bytes.subarray(from, from + pieceBytes);
      await this.transport.write(piece, this.signal);
      onSent?.(piece.length);
    }
  }

  private take(bytes: Uint8Array): void {
    this.received.add(bytes);
    for (const frame of this.decoder.push(bytes)) {
      if (frame[0] === stubOp.debug) this.keepDebugLine(frame);
      else this.frames.push(frame);
    }
    if (this.frames.length > frameQueueLimit) this.frames.splice(0, this.frames.length - frameQueueLimit);
    if (this.frames.length > 0) this.arrival.happened();
  }

  private dropFrames(): void {
    for (const frame of this.frames.splice(0)) this.garbage.add(frame);
  }

  private keepDebugLine(frame: Uint8Array): void {
    this.debugLines.push(new TextDecoder().decode(frame.subarray(2, 2 + reportBytes)).trim());
    if (this.debugLines.length > debugLineLimit) this.debugLines.shift();
  }

  /** Resolves when a frame is there or the time is over. */
  private async waitForFrame(timeoutMs: number): Promise<void> {
    this.throwIfOver();
    await this.arrival.within(timeoutMs, this.signal);
    this.throwIfOver();
  }
}
