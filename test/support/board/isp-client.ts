import { encodeRequest, parseReply, type IspReply, type IspRequest } from '../../../src/board/isp/packet';
import { encodeSlip, SlipDecoder } from '../../../src/board/isp/slip';
import type { ControlLines, Transport } from '../../../src/board/port/transport';
import type { Clock } from '../../../src/board/clock';

const lines = (dtr: boolean, rts: boolean): ControlLines => ({ dtr, rts });
const stepMs = 100;

/** Levels of (DTR, RTS) by which hosts bring boards into ISP and back (k210-serial.md, section 1.5). */
export const lineSequences = {
  dan: { isp: [lines(false, false), lines(false, true), lines(true, false)], flash: [lines(false, false), lines(false, true), lines(false, false)] },
  kd233: { isp: [lines(false, false), lines(true, false), lines(false, true)], flash: [lines(false, false), lines(true, false), lines(false, false)] },
  goD: { isp: [lines(true, true), lines(true, false), lines(true, false)], flash: [lines(false, false), lines(true, false), lines(true, true)] },
} as const;

/** A host that asks one thing at a time and keeps everything that comes: as little of a client as a test of a board needs. */
export class TestHost {
  readonly received: number[] = [];

  constructor(readonly port: Transport, readonly clock: Clock) {
    port.onData((bytes) => this.received.push(...bytes));
  }

  async drive(sequence: readonly ControlLines[]): Promise<void> {
    for (const step of sequence) {
      await this.port.setLines(step);
      await this.clock.sleep(stepMs);
    }
  }

  /** Everything that comes within `waitMs` after the bytes were sent. */
  async exchange(bytes: Uint8Array, waitMs = 500): Promise<Uint8Array> {
    this.received.length = 0;
    await this.port.write(bytes);
    await this.clock.sleep(waitMs);
    return Uint8Array.from(this.received);
  }

  async ask(request: IspRequest, waitMs?: number): Promise<IspReply[]> {
    const bytes = await this.exchange(encodeSlip(encodeRequest(request)), waitMs);
    return new SlipDecoder().push(bytes).map((frame) => parseReply(frame)).filter((reply) => reply !== undefined);
  }

  /** Statuses of the replies. */
  async statuses(request: IspRequest, waitMs?: number): Promise<number[]> {
    return (await this.ask(request, waitMs)).map(({ status }) => status);
  }

  text(): string {
    return Buffer.from(this.received).toString('latin1');
  }
}
