import * as z from 'zod';
import { closestName } from '../../base/closest-name';
import { UserError } from '../../base/user-error';

/** Where in a frame a disturbance falls: its first delimiter, the head without CRC, the CRC, the data behind it, its last delimiter. */
export const framePlaces = ['start', 'header', 'crc', 'payload', 'end'] as const;
export type FramePlace = (typeof framePlaces)[number];

/** `to-board` is what the host sends. */
export const wireDirections = ['to-board', 'to-host'] as const;
export type WireDirection = (typeof wireDirections)[number];

/** Request code in hexadecimal, as `D4`; every request when absent. */
const op = z.string().regex(/^[0-9a-f]{2}$/i, 'op is two hexadecimal digits, as D4').transform((text) => Number.parseInt(text, 16)).optional();
/** How often it happens before the line is good again. */
const times = z.coerce.number().int().min(1).default(1);
/** How many fitting frames pass unharmed before. */
const skip = z.coerce.number().int().min(0).default(0);
/** In the flash, as 0x300000 or decimal. */
const address = z.coerce.number().int().min(0).max(0xffffff);
const lineFault = { direction: z.enum(wireDirections).default('to-board'), place: z.enum(framePlaces).default('payload'), op, times, skip };

const faultSchemas = [
  z.strictObject({ kind: z.literal('drop-byte'), ...lineFault }),
  z.strictObject({ kind: z.literal('flip-bit'), ...lineFault }),
  z.strictObject({ kind: z.literal('duplicate-byte'), ...lineFault }),
  z.strictObject({ kind: z.literal('burst-loss'), ...lineFault, bytes: z.coerce.number().int().min(1).default(100) }),
  /** Replies that come late. */
  z.strictObject({ kind: z.literal('delay-reply'), op, times, skip, ms: z.coerce.number().min(0).default(300) }),
  /** The board did what it was asked to and its answer never arrives. */
  z.strictObject({ kind: z.literal('lose-reply'), op, times, skip }),
  z.strictObject({ kind: z.literal('error-reply'), op, times, skip, status: z.string().regex(/^e[1-7]$/i, 'status is E1 to E7').transform((text) => Number.parseInt(text, 16)) }),
  /** Debug frames before every reply. */
  z.strictObject({ kind: z.literal('debug-frames') }),
  /** Text of a boot log before and after each greeting's reply. */
  z.strictObject({ kind: z.literal('boot-log-noise') }),
  /** RESET works, IO16 is not wired and nobody presses BOOT. */
  z.strictObject({ kind: z.literal('never-isp') }),
  /** IO16 is not wired; a person holds BOOT and presses RESET after this time. */
  z.strictObject({ kind: z.literal('manual-boot'), ms: z.coerce.number().min(0).default(5000) }),
  /** The loaded stub never says anything. */
  z.strictObject({ kind: z.literal('stub-silent') }),
  /** Whatever was loaded, the board behaves as with a classic stub: no identification, no CRC. */
  z.strictObject({ kind: z.literal('old-stub') }),
  /** Above this rate the serial adapter passes garbage. */
  z.strictObject({ kind: z.literal('baud-limit'), baud: z.coerce.number().int().min(1200) }),
  /** The cable is pulled at the start of the n-th such activity. */
  z.strictObject({ kind: z.literal('unplug'), during: z.enum(['load', 'erase', 'program', 'crc', 'read']), nth: z.coerce.number().int().min(1).default(1) }),
  z.strictObject({ kind: z.literal('port-busy') }),
  z.strictObject({ kind: z.literal('port-denied') }),
  z.strictObject({ kind: z.literal('port-missing') }),
  /** The port has no control lines, as a pseudo-terminal. */
  z.strictObject({ kind: z.literal('no-lines') }),
  z.strictObject({ kind: z.literal('write-protected') }),
  z.strictObject({ kind: z.literal('jedec-ff') }),
  /** A worn cell: the lowest bit of the byte at this address of the flash stays 0 whatever is done. */
  z.strictObject({ kind: z.literal('worn-cell'), address }),
  /** The lowest bit of the byte at this address turns over while the n-th program runs: what was acknowledged is true no more. */
  z.strictObject({ kind: z.literal('bit-rot'), address, nth: z.coerce.number().int().min(1).default(2) }),
] as const;

const faultSchema = z.discriminatedUnion('kind', faultSchemas);

/** One thing that goes wrong with a virtual board. Absent fields have the defaults of the command line. */
export type Fault = z.output<typeof faultSchema>;
/** A fault as a test writes it: fields with defaults may be left out. */
export type FaultInput = z.input<typeof faultSchema>;
export type FaultKind = Fault['kind'];

export const faultKinds: readonly FaultKind[] = faultSchemas.map((schema) => schema.shape.kind.value);

/** Faults of opening a port, which a pseudo-terminal cannot show. */
export const portFaultKinds: readonly FaultKind[] = ['port-busy', 'port-denied', 'port-missing', 'no-lines'];

/** Fills in the defaults. */
export function fault(input: FaultInput): Fault {
  return faultSchema.parse(input);
}

/**
 * A fault in the words of the command line: its name, then settings, as `drop-byte:place=crc,op=D4,times=2`.
 * @throws UserError when the name or a setting is wrong
 */
export function parseFault(text: string): Fault {
  const [kind = '', settings = ''] = splitOnce(text, ':');
  if (!faultKinds.some((known) => known === kind)) {
    const near = closestName(kind, faultKinds);
    throw new UserError(`There is no fault "${kind}".`, `${near === undefined ? '' : `Did you mean ${near}? `}Known are ${faultKinds.join(', ')}.`);
  }
  const pairs = settings.split(',').filter((part) => part !== '').map((part) => splitOnce(part, '='));
  const parsed = faultSchema.safeParse({ kind, ...Object.fromEntries(pairs) });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue?.path.join('.') ?? '';
  throw new UserError(`The fault "${text}" cannot be: ${where === '' ? '' : `${where}: `}${issue?.message ?? 'a setting is wrong'}.`, `Give settings as ${kind}:NAME=VALUE,NAME=VALUE.`);
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
