import * as z from 'zod';
import { UserError } from '../../../base/user-error';

const every = z.coerce.number().int().min(1);
const times = z.coerce.number().int().min(1).default(1);

const faultSchemas = [
  /** The firmware logs a line in the middle of every `every`-th acknowledgement ("OK"). */
  z.strictObject({ kind: z.literal('log-in-answer'), every: every.default(3) }),
  /** Of what it hears, the board loses every `every`-th byte, `times` times. */
  z.strictObject({ kind: z.literal('lose-heard'), every: every.default(1000), times }),
  /** Of what it says, every `every`-th byte is lost, `times` times. */
  z.strictObject({ kind: z.literal('lose-said'), every: every.default(1000), times }),
  /** The board resets by itself after this many received bytes, `times` times. */
  z.strictObject({ kind: z.literal('reset-after'), bytes: z.coerce.number().int().min(1).default(20_000), times }),
  /** The card is there this long after the start. */
  z.strictObject({ kind: z.literal('slow-mount'), ms: z.coerce.number().min(0).default(2500) }),
  /** Firmware without a way to change the rate of the prompt. */
  z.strictObject({ kind: z.literal('no-repl-uart') }),
  /** The board starts in MaixPy IDE's mode the first time. */
  z.strictObject({ kind: z.literal('ide-mode') }),
] as const;
const faultSchema = z.discriminatedUnion('kind', faultSchemas);

/** What goes wrong with a board that runs MicroPython, beside what its files and its card do. */
export type MicroPythonFault = z.output<typeof faultSchema>;

export const microPythonFaultKinds: readonly string[] = faultSchemas.map((schema) => schema.shape.kind.value);

/**
 * A fault in the words of the command line, as `reset-after:bytes=30000,times=2`.
 * @throws UserError when a setting is wrong
 */
export function parseMicroPythonFault(text: string): MicroPythonFault {
  const [kind = '', settings = ''] = text.split(/:(.*)/s);
  const pairs = settings.split(',').filter((part) => part !== '').map((part) => part.split(/=(.*)/s).slice(0, 2));
  const parsed = faultSchema.safeParse({ kind, ...Object.fromEntries(pairs) });
  if (parsed.success) return parsed.data;
  throw new UserError(`The fault "${text}" cannot be: ${parsed.error.issues[0]?.message ?? 'a setting is wrong'}.`, `Give settings as ${kind}:NAME=VALUE,NAME=VALUE.`);
}

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
