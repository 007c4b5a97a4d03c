import type { Clock } from '../clock';
import type { Transport } from '../port/transport';
import type { SerialInbox } from './serial-inbox';

/** Control characters of MicroPython's prompt (docs.micropython.org, "The MicroPython interactive interpreter mode"). */
export const keys = { rawMode: '\x01', normalMode: '\x02', interrupt: '\x03', execute: '\x04' } as const;

/** How a piece of code ended. */
export type RunOutcome =
  | { readonly kind: 'done'; readonly output: string }
  /** Python says what went wrong. */
  | { readonly kind: 'error'; readonly traceback: string }
  /** No complete answer within the limit. */
  | { readonly kind: 'silent' }
  /** The board started anew meanwhile. */
  | { readonly kind: 'restarted' };

const rawPrompt = /raw REPL; CTRL-B to exit\r\n>/;
/** Only a board that boots prints these. */
const bootSigns = /init end|soft reboot|MicroPython v\d/;
/** What was printed ends with the first of these, what went wrong with the second. */
const endOfPart = keys.execute;
const endOfAnswer = new RegExp(`${endOfPart}[^${endOfPart}]*${endOfPart}>|${bootSigns.source}`);
/** A driver may say "sent" before the last bit has left. */
const wireMargin = 1.3;
const bitsPerByte = 10;

/** Bytes that are written at once, and the pause after them, when a board loses bytes (k210-serial.md, section 3.3). */
const slowSliceBytes = 256;
const slowPauseMs = 5;

/**
 * MicroPython's raw mode: code goes in, what it prints comes out. Firmware for the K210 is older than raw-paste mode, so the only
 * flow control is to wait for each answer. Lines that the firmware logs may stand anywhere in between.
 */
export class RawRepl {
  /** Writes in small slices with pauses: for boards that lose bytes. */
  slow = false;

  constructor(
    readonly transport: Transport,
    readonly inbox: SerialInbox,
    readonly clock: Clock,
    readonly signal: AbortSignal | undefined,
  ) {}

  /** The same without the user's cancel, for what must not stop half-way. */
  uninterruptible(): RawRepl {
    const repl = new RawRepl(this.transport, this.inbox, this.clock, undefined);
    repl.slow = this.slow;
    return repl;
  }

  /**
   * Runs `code`, which must not be empty: an empty line would restart the interpreter.
   * @param limitMs for the board to answer, counted from when the last byte has left
   */
  async run(code: string, limitMs: number): Promise<RunOutcome> {
    if (code.trim() === '') throw new RangeError('There is no code to run');
    this.inbox.discard();
    await this.write(code + keys.execute);
    const answer = await this.inbox.readUntil(endOfAnswer, limitMs + this.wireMs(code.length), this.signal);
    if (answer === undefined) return { kind: 'silent' };
    const [output = '', traceback] = answer.split(endOfPart);
    if (traceback === undefined) return { kind: 'restarted' };
    return /Traceback|Error|Exception/.test(traceback) ? { kind: 'error', traceback: traceback.trim() } : { kind: 'done', output };
  }

  /** Ends whatever the board was doing with the last code and brings raw mode back. False when it does not answer. */
  async resync(limitMs = 1500): Promise<boolean> {
    this.inbox.discard();
    await this.write(keys.interrupt + keys.interrupt);
    await this.clock.sleep(50, this.signal);
    this.inbox.discard();
    await this.write(keys.rawMode);
    return (await this.inbox.readUntil(rawPrompt, limitMs, this.signal)) !== undefined;
  }

  /** Writes characters 0 to 255 as bytes. */
  async write(text: string, signal = this.signal): Promise<void> {
    const bytes = Buffer.from(text, 'latin1');
    if (!this.slow) return this.transport.write(bytes, signal);
    for (let start = 0; start < bytes.length; start += slowSliceBytes) {
      const slice = bytes.subarray(start, start + slowSliceBytes);
      await this.transport.write(slice, signal);
      await this.clock.sleep(this.wireMs(slice.length) + slowPauseMs, signal);
    }
  }

  private wireMs(bytes: number): number {
    return ((bytes * bitsPerByte * 1000) / this.transport.baudRate) * wireMargin;
  }
}
