import * as z from 'zod';
import { photoLookSchema } from './photo-look';

/** A line on the stdin of `dataset look --requests`. */
const lookRequestSchema = z.discriminatedUnion('kind', [
  z.object({ id: z.number().int(), kind: z.literal('look'), photo: z.string(), size: z.number().int().min(16).max(512), policy: z.string() }),
  /** `out`: file to write; `side`: its longer side in pixels at most. */
  z.object({ id: z.number().int(), kind: z.literal('thumbnail'), photo: z.string(), side: z.number().int().min(16).max(1024), out: z.string() }),
]);
export type LookRequest = z.infer<typeof lookRequestSchema>;

/** A line on its stdout, in the order in which they are done. */
const lookAnswerSchema = z.object({ id: z.number().int(), look: photoLookSchema.optional(), error: z.object({ message: z.string(), action: z.string() }).optional() });
export type LookAnswer = z.infer<typeof lookAnswerSchema>;

/** Undefined when the line is none. */
export function parseLookRequest(line: string): LookRequest | undefined {
  return parse(lookRequestSchema, line);
}

export function parseLookAnswer(line: string): LookAnswer | undefined {
  return parse(lookAnswerSchema, line);
}

function parse<T>(schema: z.ZodType<T>, line: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
