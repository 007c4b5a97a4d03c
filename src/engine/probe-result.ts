import * as z from 'zod';

/** The one line that the probe process prints. */
export const probeResultSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), version: z.string(), devices: z.array(z.string()) }),
  z.object({ ok: z.literal(false), error: z.string() }),
]);
export type ProbeResult = z.infer<typeof probeResultSchema>;
