import { encodeReply, ispStatus, romOp, stubOp } from '../isp/packet';
import { encodeSlip, slipByte } from '../isp/slip';
import type { Clock } from '../clock';
import type { Fault } from './faults';

type ReplyFault = Extract<Fault, { readonly kind: 'delay-reply' | 'lose-reply' | 'error-reply' }>;

/** Spoils whole replies of the ROM and of stubs. */
export class ReplyFaults {
  private readonly counted: { readonly fault: ReplyFault; left: number; toSkip: number }[];
  private readonly withDebugFrames: boolean;
  private readonly withBootLog: boolean;

  constructor(faults: readonly Fault[], private readonly clock: Clock) {
    this.counted = faults
      .filter((fault): fault is ReplyFault => fault.kind === 'delay-reply' || fault.kind === 'lose-reply' || fault.kind === 'error-reply')
      .map((fault) => ({ fault, left: fault.times, toSkip: fault.skip }));
    this.withDebugFrames = faults.some(({ kind }) => kind === 'debug-frames');
    this.withBootLog = faults.some(({ kind }) => kind === 'boot-log-noise');
  }

  /**
   * @param frame one whole frame as it goes onto the line
   * @param signal of the program that sends: what is late and outlives it is never sent
   */
  pass(frame: Uint8Array, signal: AbortSignal, send: (bytes: Uint8Array) => void): void {
    const op = frame[0] === slipByte.end ? (frame[1] ?? 0) : 0;
    const isGreeting = op === romOp.nop;
    if (this.withDebugFrames) send(encodeSlip(encodeReply({ op: stubOp.debug, status: ispStatus.ok, data: Buffer.from('virtual board: debug text') })));
    if (this.withBootLog && isGreeting) send(bootLogText);
    const fault = this.due(op);
    if (fault?.kind === 'delay-reply') void this.clock.sleep(fault.ms, signal).then(() => send(frame), () => undefined);
    else if (fault?.kind === 'error-reply') send(encodeSlip(encodeReply({ op, status: fault.status, data: new Uint8Array(0) })));
    else if (fault === undefined) send(frame);
    if (this.withBootLog && isGreeting) send(bootLogText);
  }

  private due(op: number): ReplyFault | undefined {
    for (const state of this.counted) {
      if (state.left === 0 || (state.fault.op !== undefined && state.fault.op !== op)) continue;
      if (state.toSkip > 0) {
        state.toSkip--;
        continue;
      }
      state.left--;
      return state.fault;
    }
    return undefined;
  }
}

const bootLogText = Buffer.from('\r\n[boot] clocks up, 26 MHz\r\n');
