import * as z from 'zod';
import type { UserError } from '../../base/user-error';
import type { PhotoBatch } from './photo-batch';

/** What the queue knows of a batch. `gone`: done, or lost with the server's memory. */
export type BatchState = { readonly kind: 'there' | 'gone' } | { readonly kind: 'failed'; readonly reason: string };

/** `failed`: with every attempt, or its workers were lost again and again. */
export type BatchEnd = 'done' | 'failed';

/** Workers that are connected to the server. */
export interface ConnectedWorkers {
  /** Of the same kind as this preparation. */
  readonly fitting: number;
  /** Kinds (`cropMakerName`) and machines of the others. */
  readonly others: readonly { readonly maker: string; readonly host: string }[];
}

/** The preparation's end of the queue. */
export interface BatchQueue {
  /** Adds a batch. One that is there already is not added twice; one that failed is tried again. */
  add(batchId: string, batch: PhotoBatch): Promise<void>;
  states(batchIds: readonly string[]): Promise<BatchState[]>;
  /** Removes batches, also those that are being worked on. */
  remove(batchIds: readonly string[]): Promise<void>;
  workers(): Promise<ConnectedWorkers>;
  /** Calls `listener` whenever a batch has ended; one that has failed stays in the queue. */
  onEnded(listener: (batchId: string, end: BatchEnd) => void): void;
  /** Leaves nothing of this preparation at the server; never waits long. */
  close(): Promise<void>;
}

const failureSchema = z.object({ message: z.string(), action: z.string(), host: z.string() });
export type WorkerFailure = z.infer<typeof failureSchema>;

/** A failure that no second attempt would change, as the text of a failed job. */
export function encodeFailure({ message, action }: UserError, host: string): string {
  const failure: WorkerFailure = { message, action, host };
  return JSON.stringify(failure);
}

/** @returns undefined when the text is not from `encodeFailure` */
export function decodeFailure(text: string): WorkerFailure | undefined {
  try {
    return failureSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
