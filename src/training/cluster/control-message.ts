import * as z from 'zod';

/** What rank 0 tells the others. */
export const controlMessageSchema = z.discriminatedUnion('kind', [
  /** Nothing is to be done yet: rank 0 is verifying, writing, or paused. */
  z.object({ kind: z.literal('wait') }),
  /** A run begins or is resumed. The next message holds its weights and slots, in the form of a checkpoint. */
  z.object({
    kind: z.literal('start'),
    toolVersion: z.string(), engine: z.string(), datasetFingerprint: z.string(),
    recipe: z.unknown(), seed: z.number().int(),
    /** Next sample of the data order, and the one after the last. */
    position: z.number().int(), end: z.number().int(),
    /** Folder that the order is recorded in. */
    orderFolder: z.string().optional(),
  }),
  /** A batch of the global order is trained on, each rank with its part; `last` of the batches of an update. */
  z.object({
    kind: z.literal('batch'),
    step: z.number().int(), position: z.number().int(), first: z.boolean(), last: z.boolean(),
    learningRate: z.number(), margin: z.number(), update: z.number().int(), seed: z.tuple([z.number().int(), z.number().int()]).readonly(),
  }),
  /** A batch of validation images is measured, each rank with its part. */
  z.object({
    kind: z.literal('validate'), position: z.number().int(), margin: z.number(), seed: z.tuple([z.number().int(), z.number().int()]).readonly(),
  }),
  /** What the ranks share out is brought together on rank 0. */
  z.object({ kind: z.literal('collect') }),
  /** All take other weights and slots: those of the next message. */
  z.object({ kind: z.literal('assign') }),
  /** The weights of all ranks are compared. */
  z.object({ kind: z.literal('check') }),
  /** The run has ended; another may follow. */
  z.object({ kind: z.literal('end') }),
  /** All is done. */
  z.object({ kind: z.literal('leave') }),
  /** Rank 0 gave up or was cancelled; the others do too. */
  z.object({ kind: z.literal('fail'), message: z.string(), action: z.string(), cancelled: z.boolean() }),
]);
export type ControlMessage = z.infer<typeof controlMessageSchema>;
export type ControlMessageOf<K extends ControlMessage['kind']> = Extract<ControlMessage, { kind: K }>;

export function encodeMessage(message: ControlMessage): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(message));
}

/** @throws Error when it is no message: the ranks are out of step */
export function decodeMessage(bytes: Uint8Array): ControlMessage {
  return controlMessageSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
}
