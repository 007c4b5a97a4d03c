/**
 * Between launcher and rank, over the rank's standard streams, one JSON object a line: the launcher writes a RankAssignment, then perhaps a cancel; the rank
 * writes RankReports. A rank whose standard input ends has lost its launcher and ends too, wherever it runs.
 */
import * as z from 'zod';

const jobSchema = z.discriminatedUnion('kind', [
  /** Rank 0 trains a new run. */
  z.object({ kind: z.literal('new'), dataset: z.string(), out: z.string(), recipe: z.unknown(), recipeSource: z.string(), parent: z.string().optional() }),
  /** Rank 0 continues a run, or the one that followed it. */
  z.object({ kind: z.literal('resume'), dataset: z.string(), run: z.string() }),
  /** Any other rank does what rank 0 says. */
  z.object({ kind: z.literal('follow'), dataset: z.string() }),
]);
export type RankJob = z.infer<typeof jobSchema>;

export const rankAssignmentSchema = z.object({
  toolVersion: z.string(),
  rank: z.number().int().min(0),
  /** host:port of each rank. */
  addresses: z.array(z.string()).min(1),
  allowPublicAddresses: z.boolean(),
  timeoutSeconds: z.number(), startTimeoutSeconds: z.number(),
  checkEverySteps: z.number().int(),
  recordsOrder: z.boolean(),
  threads: z.number().int().optional(),
  job: jobSchema,
});
export type RankAssignment = z.infer<typeof rankAssignmentSchema>;

export const rankRequestSchema = z.object({ kind: z.literal('cancel') });
export type RankRequest = z.infer<typeof rankRequestSchema>;

export const rankReportSchema = z.discriminatedUnion('kind', [
  /** All ranks have met. */
  z.object({ kind: z.literal('ready') }),
  z.object({
    kind: z.literal('progress'),
    update: z.object({
      label: z.string(), done: z.number(), total: z.number().optional(), unit: z.string(), perSecond: z.number().optional(), detail: z.string().optional(),
    }),
  }),
  z.object({ kind: z.literal('notice'), sentence: z.string() }),
  /** All is done; of rank 0 with the result of the command. */
  z.object({ kind: z.literal('done'), result: z.record(z.string(), z.unknown()).optional(), text: z.string().optional() }),
  /** Another rank is gone or out of step. */
  z.object({ kind: z.literal('lost'), message: z.string() }),
  z.object({ kind: z.literal('failed'), message: z.string(), action: z.string(), cancelled: z.boolean() }),
]);
export type RankReport = z.infer<typeof rankReportSchema>;

/** Name of the command that a rank is. */
export const rankCommandName = 'train-rank';
