/** What goes wrong with a board that runs MicroPython, beside what its files and its card do. */
export type MicroPythonFault =
  /** The firmware logs a line in the middle of every `every`-th acknowledgement ("OK"). */
  | { readonly kind: 'log-in-answer'; readonly every: number }
  /** Of what it hears, the board loses every `every`-th byte, `times` times. */
  | { readonly kind: 'lose-heard'; readonly every: number; readonly times: number }
  /** Of what it says, every `every`-th byte is lost, `times` times. */
  | { readonly kind: 'lose-said'; readonly every: number; readonly times: number }
  /** The board resets by itself after this many received bytes, `times` times. */
  | { readonly kind: 'reset-after'; readonly bytes: number; readonly times: number }
  /** The card is there this long after the start. */
  | { readonly kind: 'slow-mount'; readonly ms: number }
  /** Firmware without a way to change the rate of the prompt. */
  | { readonly kind: 'no-repl-uart' };

const logLine = '\r\n[W] sdcard: retry\r\n';

/** Counts one fault down. */
interface Countdown<T extends MicroPythonFault> {
  readonly fault: T;
  /** How often it has struck. */
  struck: number;
  /** Bytes or answers since it last did. */
  passed: number;
}

/** The faults of one board; how often each has struck outlives resets. */
export class MicroPythonFaults {
  private readonly answers;
  private readonly heardLosses;
  private readonly saidLosses;
  private readonly resets;

  constructor(private readonly faults: readonly MicroPythonFault[]) {
    this.answers = this.countdowns('log-in-answer');
    this.heardLosses = this.countdowns('lose-heard');
    this.saidLosses = this.countdowns('lose-said');
    this.resets = this.countdowns('reset-after');
  }

  has(kind: MicroPythonFault['kind']): boolean {
    return this.faults.some((fault) => fault.kind === kind);
  }

  /** When the card is there, from the start of the firmware. */
  get mountMs(): number {
    return this.faults.flatMap((fault) => (fault.kind === 'slow-mount' ? [fault.ms] : []))[0] ?? 0;
  }

  /** What of the board's words reaches the line. */
  said(bytes: Uint8Array): Uint8Array {
    return thinned(this.withLog(bytes), this.saidLosses);
  }

  /** What of the line's bytes reaches the board. */
  heard(bytes: Uint8Array): Uint8Array {
    return thinned(bytes, this.heardLosses);
  }

  /** Whether the board resets itself at this number of bytes since its start. */
  resetsAt(receivedBytes: number): boolean {
    const due = this.resets.find(({ fault, struck }) => receivedBytes >= fault.bytes && struck < fault.times);
    if (due) due.struck++;
    return due !== undefined;
  }

  private withLog(bytes: Uint8Array): Uint8Array {
    const at = Buffer.from(bytes).indexOf('OK');
    const [count] = this.answers;
    if (count === undefined || at < 0 || ++count.passed % count.fault.every !== 0) return bytes;
    return Buffer.concat([bytes.subarray(0, at + 1), Buffer.from(logLine), bytes.subarray(at + 1)]);
  }

  private countdowns<K extends MicroPythonFault['kind']>(kind: K): Countdown<Extract<MicroPythonFault, { kind: K }>>[] {
    const fitting = this.faults.filter((fault): fault is Extract<MicroPythonFault, { kind: K }> => fault.kind === kind);
    return fitting.map((fault) => ({ fault, struck: 0, passed: 0 }));
  }
}

function thinned(bytes: Uint8Array, losses: readonly Countdown<Extract<MicroPythonFault, { every: number; times: number }>>[]): Uint8Array {
  if (losses.length === 0) return bytes;
  return bytes.filter(() => {
    let passes = true;
    for (const loss of losses) {
      if (loss.struck >= loss.fault.times || ++loss.passed % loss.fault.every !== 0) continue;
      loss.struck++;
      passes = false;
    }
    return passes;
  });
}
