import * as z from 'zod';

const deploymentSchema = z.object({
  /** Name of the file, without its folder. */
  model: z.string(),
  /** Flash address or path on the board. */
  place: z.union([z.number(), z.string()]),
  bytes: z.number(),
  at: z.string(),
  verified: z.boolean(),
  /** A program on the board has loaded it. */
  loaded: z.boolean(),
});
export type LastDeployment = z.infer<typeof deploymentSchema>;

const recordSchema = z.object({
  identity: z.object({
    flashBytes: z.number(), firmwareEnd: z.number().optional(), firmware: z.string().optional(), modelVersion: z.number().optional(),
  }).optional(),
  last: deploymentSchema.optional(),
});
export type BoardRecord = z.infer<typeof recordSchema>;

/** Records by serial number or port, as the workspace keeps them. */
export const recordsSchema = z.record(z.string(), recordSchema);
