/**
 * What `deploy --events` tells while it works: one JSON object a line on stderr. Lines that are no JSON are for people.
 * `ms` counts from the start of the command.
 */
import * as z from 'zod';

/** Steps of a deploy, in the order of a good one. */
export const deploySteps = ['convert', 'check', 'upload', 'verify', 'reboot', 'proof'] as const;
export type DeployStep = (typeof deploySteps)[number];

const flashMapEntrySchema = z.object({
  address: z.number().int(),
  /** First address after it. */
  end: z.number().int(),
  what: z.string(),
  kind: z.enum(['firmware', 'files', 'new']),
});

const ms = z.number().nonnegative();

export const deployEventSchema = z.discriminatedUnion('event', [
  /** A step begins; `state` is the finer one that reports name. A step may come again when a line was started anew. */
  z.object({ event: z.literal('step'), ms, step: z.enum(deploySteps), state: z.string() }),
  z.object({ event: z.literal('progress'), ms, label: z.string(), done: z.number(), total: z.number().optional(), unit: z.string(), perSecond: z.number().optional() }),
  /** One sentence for the user. */
  z.object({ event: z.literal('notice'), ms, text: z.string() }),
  /** The file that goes to the board. */
  z.object({ event: z.literal('file'), ms, file: z.string(), bytes: z.number().int(), converted: z.boolean() }),
  /** What the flash holds and what is to come. */
  z.object({ event: z.literal('map'), ms, flashBytes: z.number().int(), entries: z.array(flashMapEntrySchema) }),
  /** Room in the file system that the file goes to. */
  z.object({ event: z.literal('room'), ms, volume: z.enum(['sd', 'flash']), freeBytes: z.number(), totalBytes: z.number(), neededBytes: z.number() }),
  /** Only the user's hands help: BOOT and RESET, or RESET alone. */
  z.object({ event: z.literal('buttons'), ms, buttons: z.enum(['boot-reset', 'reset']), limitMs: z.number() }),
]);
export type DeployEvent = z.infer<typeof deployEventSchema>;

/** A line of stderr as an event; undefined when it is none. */
export function parseDeployEvent(line: string): DeployEvent | undefined {
  if (!line.startsWith('{"event":')) return undefined;
  try {
    return deployEventSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
