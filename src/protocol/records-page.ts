/** Messages between the host and the page of one TFRecord file. The page gets an overview, and asks for the records in sight. */
import * as z from 'zod';

/** A person of the file. */
export interface RecordLabel {
  /** -1: records without a label. */
  readonly label: number;
  readonly name?: string;
  readonly count: number;
}

export interface RecordsView {
  readonly name: string;
  readonly fileBytes: number;
  /** Records that are known by now. */
  readonly count: number;
  readonly labels: readonly RecordLabel[];
  readonly hasIndex: boolean;
  /** Share of the file that was scanned, 0..1; 1 when all is known. */
  readonly known: number;
  /** What was passed over: the first places, and how many there are. */
  readonly damage: readonly { readonly position: number; readonly why: string }[];
  readonly damages: number;
}

export type RecordsMessage =
  | { readonly kind: 'records'; readonly view: RecordsView }
  | { readonly kind: 'problem'; readonly name: string; readonly text: string };

/** A record in the grid. */
export interface RecordTile {
  readonly number: number;
  readonly label: number;
  readonly person?: string;
  /** As data address. */
  readonly picture?: string;
  /** Why its content cannot be trusted. */
  readonly problem?: string;
}

export interface RecordDetails extends RecordTile {
  readonly position: number;
  readonly bytes: number;
  readonly features: readonly { readonly name: string; readonly kind: string; readonly count: number; readonly value: string }[];
}

/** Most tiles that are asked for at once. */
export const tilesAtOnce = 200;

const labelSchema = z.number().int().min(-1).optional();
export const recordsRequestSchema = z.discriminatedUnion('name', [
  /** Tiles in the order of the file, only of one label when it is given. */
  z.object({ name: z.literal('tiles'), params: z.object({ label: labelSchema, first: z.number().int().min(0), count: z.number().int().min(1).max(tilesAtOnce) }) }),
  z.object({ name: z.literal('details'), params: z.object({ number: z.number().int().min(0) }) }),
  z.object({ name: z.literal('tryAgain') }),
]);
export type RecordsRequest = z.infer<typeof recordsRequestSchema>;
