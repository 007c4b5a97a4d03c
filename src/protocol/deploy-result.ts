/** What `deploy --json`, `board ask --json` and `board check --json` answer on the last line of stdout, as far as others use it. */
import * as z from 'zod';

/** How a deploy went, to be copied into a question to somebody who was not there. */
export const boardReportSchema = z.object({
  version: z.string(), platform: z.string(), state: z.string(), port: z.string(), usb: z.string().optional(), chip: z.string().optional(), profile: z.string().optional(),
  baudRate: z.number(), stub: z.string().optional(), stubStarts: z.number().optional(), flash: z.string().optional(), debugLines: z.array(z.string()),
  receivedBytes: z.number(), lastBytesHex: z.string(), lastBytesText: z.string(),
});
export type BoardReportData = z.infer<typeof boardReportSchema>;

const flashResultSchema = z.object({
  target: z.literal('flash'), kind: z.string(), verified: z.boolean(), verification: z.enum(['crc', 'read-back', 'none']),
  writtenBytes: z.number(), skippedBytes: z.number(), uploadSeconds: z.number(), seconds: z.number(),
  regions: z.array(z.object({ address: z.number(), name: z.string(), bytes: z.number() })),
  boot: z.object({ kind: z.enum(['ready', 'failed', 'prompt', 'silent']), loadMs: z.number().optional(), said: z.string() }).optional(),
  report: boardReportSchema,
});

const fileResultSchema = z.object({
  kind: z.literal('file'), target: z.string(), verified: z.literal(true), bytes: z.number(), crc32: z.number(), seconds: z.number(), baudRate: z.number(),
  unchanged: z.boolean(), resumedAtBytes: z.number(), retries: z.number(), restarts: z.number(),
  main: z.object({ path: z.string(), backUp: z.string().optional() }).optional(),
  loads: z.union([z.object({ kind: z.literal('untested') }), z.object({ kind: z.literal('loaded'), ms: z.number() })]),
});

export const deployResultSchema = z.union([flashResultSchema, fileResultSchema]);
export type DeployResult = z.infer<typeof deployResultSchema>;

/** Details of a deploy that failed. */
export const deployFailureSchema = z.object({
  code: z.string().optional(), sentence: z.string(), action: z.string(), report: boardReportSchema.optional(),
});
export type DeployFailureData = z.infer<typeof deployFailureSchema>;

/** Answer of a deploy that was stopped: `error` says what the board has now. */
export const deployStopSchema = z.object({ code: z.literal('K2-CANCELLED'), error: z.string() });
export type DeployStopData = z.infer<typeof deployStopSchema>;

export const boardIdentitySchema = z.object({
  port: z.string(), profile: z.string().optional(), flashBytes: z.number(), flashId: z.string(), firmwareEnd: z.number().optional(),
  modelVersion: z.number().optional(), firmware: z.string().optional(),
});
export type BoardIdentityData = z.infer<typeof boardIdentitySchema>;

const comparisonSchema = z.object({ cosine: z.number(), largestDifference: z.number(), identical: z.boolean() });

/** One photo in three places. */
export const photoCheckSchema = z.object({
  boardMs: z.number(),
  /** Board against simulator. */
  simulator: comparisonSchema,
  /** Board against the float model, and the simulator against it; absent where that model is gone. */
  original: comparisonSchema.optional(),
  simulatorToOriginal: comparisonSchema.optional(),
});
export type PhotoCheckData = z.infer<typeof photoCheckSchema>;
