/** Messages between the host and the page that compares runs. All it shows can be sent again. */
import * as z from 'zod';
import type { Fact } from './flat-facts';
import type { JobLine, PhotoView, Verdict } from './photo-verdict';
import type { ShownState } from './run-health';
import type { ScoreProfile } from './score-profile';

/** What was measured of a model, from its stored report. */
export interface RowEvaluation {
  /** Of the data: figures of evaluations with the same one can be compared. */
  readonly fingerprint: string;
  readonly people: number | null;
  readonly samePairs: number;
  readonly differentPairs: number;
  /** Recommended cosine threshold. */
  readonly threshold: number;
  /** Threshold at which both kinds of errors are equally frequent. */
  readonly equalErrorThreshold: number;
  /** From the smallest false accept rate that enough pairs decide on to 1, ascending. */
  readonly curve: readonly (readonly [far: number, tar: number])[];
  /** The true accept rates that enough pairs decide. */
  readonly tarAtFar: readonly { readonly far: number; readonly tar: number }[];
  /** Absent when the scores were not stored with the report. */
  readonly profile?: ScoreProfile;
  /** The model was trained on since. */
  readonly isStale: boolean;
}

/** A run's model, or a .kmodel that was made from it. */
export interface CompareRow {
  /** Path of the model; never shown, only handed back. */
  readonly id: string;
  /** Folder of the run. */
  readonly run: string;
  readonly name: string;
  readonly form: 'float' | 'kmodel';
  readonly state: ShownState;
  readonly isStarred: boolean;
  /** Whether there is a model yet. */
  readonly hasModel: boolean;
  /** Recipe and figures by the name of their column. */
  readonly facts: Readonly<Record<string, Fact>>;
  readonly evaluation?: RowEvaluation;
}

export type CompareMessage =
  /** `runs`: the folders that were chosen, none for all of the workspace. `rate`: of false accepts, at which the column `tar` stands. */
  | { readonly kind: 'rows'; readonly runs: readonly string[]; readonly rows: readonly CompareRow[]; readonly rate?: number; readonly locked?: string }
  /** Evaluations that are under way, by row. */
  | { readonly kind: 'jobs'; readonly jobs: Readonly<Record<string, JobLine>> }
  | { readonly kind: 'photos'; readonly photos: readonly [PhotoView | null, PhotoView | null]; readonly verdict: Verdict | null };

const path = z.string().max(4096);
const drawing = z.string().max(4_000_000);

/** What the page may ask for. */
export const compareRequestSchema = z.discriminatedUnion('name', [
  z.object({ name: z.literal('openRun'), params: z.object({ run: path }) }),
  z.object({ name: z.literal('openReport'), params: z.object({ row: path }) }),
  z.object({ name: z.literal('evaluate'), params: z.object({ row: path }) }),
  z.object({ name: z.literal('cancel'), params: z.object({ row: path }) }),
  z.object({ name: z.literal('convert'), params: z.object({ row: path }) }),
  z.object({ name: z.literal('export'), params: z.object({
    columns: z.array(z.string().max(400)).max(500), rows: z.array(path).max(500), shown: z.array(path).max(500), curves: drawing, scores: drawing,
  }) }),
  z.object({ name: z.literal('pickPhotos'), params: z.object({ slot: z.literal([0, 1]) }) }),
  z.object({ name: z.literal('dropPhoto'), params: z.object({ slot: z.literal([0, 1]), fileName: z.string().max(255), base64: z.string().max(48_000_000) }) }),
  z.object({ name: z.literal('judge'), params: z.object({ models: z.array(path).max(2) }) }),
  z.object({ name: z.literal('judgeOther') }),
  z.object({ name: z.literal('stopJudging') }),
]);
export type CompareRequest = z.infer<typeof compareRequestSchema>;

/** What the editor keeps for the page across a reload. */
const comparePageStateSchema = z.object({
  /** Folders of the compared runs; none means all of the workspace. */
  runs: z.array(z.string()),
  allColumns: z.boolean().optional(),
  sort: z.object({ column: z.string(), descending: z.boolean() }).optional(),
  /** Rows that were taken out of the charts, and whose choice was made by hand. */
  hidden: z.array(z.string()).optional(),
  focused: z.string().optional(),
  threshold: z.number().min(-1).max(1).optional(),
  curve: z.enum(['roc', 'det']).optional(),
});
export type ComparePageState = z.infer<typeof comparePageStateSchema>;

export function parseComparePageState(state: unknown): ComparePageState | undefined {
  return comparePageStateSchema.safeParse(state).data;
}
