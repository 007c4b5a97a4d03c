import * as z from 'zod';

/** `engine.json`: which engine this machine has, and what was tried to get it. */
export const engineRecordSchema = z.object({
  format: z.literal(1),
  kind: z.enum(['native', 'wasm']),
  /** Folder with libtensorflow, when native. */
  libraryPath: z.string().optional(),
  version: z.string(),
  devices: z.array(z.string()),
  /** The provisioning step that succeeded. */
  step: z.string(),
  createdAt: z.string(),
  tried: z.array(z.object({ step: z.string(), why: z.string(), seconds: z.number() })),
});
export type EngineRecord = z.infer<typeof engineRecordSchema>;
