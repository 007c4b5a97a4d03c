/** Messages between the host and a training page, which gets a snapshot and then deltas. All state can be made anew from a snapshot. */
import * as z from 'zod';
import { advisedSettings, type AdvisedSetting } from './learning-findings';
import { runActionNames, type RunAction } from './run-actions';
import type { RunEvent, RunRecord } from './run';
import type { RunHistoryData } from './run-history';
import type { RunHealth } from './run-health';

/** `own`: the panel's run. `ancestor`: where it came from. `added`: the user wants to compare with it. */
export type RunRole = 'own' | 'ancestor' | 'added';

/** A run as a page shows it. */
export interface RunView {
  /** Path of the run's folder; never shown, only handed back in requests. */
  readonly id: string;
  readonly role: RunRole;
  /** Id of the run that it was forked from, whether that is shown or not. */
  readonly parentId?: string;
  readonly record: RunRecord;
  readonly health: RunHealth;
  /** Lines of events.jsonl that could not be read. */
  readonly badLines: number;
  /** Margin in radians that the recipe aims at. */
  readonly targetMargin?: number;
  /** Pictures in a step, from the recipe. */
  readonly batch?: number;
  /** How many of its newest checkpoints a run keeps, from the recipe. */
  readonly keptCheckpoints?: number;
}

export interface FindingView {
  /** Same id = same finding, with newer numbers. */
  readonly id: string;
  readonly severity: 'info' | 'warning' | 'error';
  readonly text: string;
  readonly note?: string;
  /** Setting of the recipe that `note` names: it opens there. */
  readonly setting?: AdvisedSetting;
  readonly actions: readonly { readonly label: string; readonly name: RunAction['name'] }[];
}

/** What changes without new events: states, findings, buttons. */
export interface PanelStatus {
  /** The panel's own run first, then its parent, its parent's parent, and so on, then those that were added. */
  readonly runs: readonly RunView[];
  readonly findings: readonly FindingView[];
  readonly actions: readonly RunAction[];
  /** Why actions are not possible, e.g. in Restricted Mode. */
  readonly locked?: string;
}

/** History of the run with this id. */
export interface IdentifiedHistory {
  readonly id: string;
  readonly history: RunHistoryData;
}

/** Result of `detail` is an `IdentifiedHistory` of each range, with `chartColumns` and some steps before it. */
const stepRangeSchema = z.object({ run: z.string().max(4096), fromStep: z.number(), toStep: z.number() });
export type StepRange = z.infer<typeof stepRangeSchema>;

/** Result of `lowestLoss`: the lowest point of the smoothed curve of all steps. */
export interface LowestLoss {
  readonly loss: number;
  readonly step: number;
}

export type HostMessage =
  | { readonly kind: 'snapshot'; readonly status: PanelStatus; readonly histories: readonly IdentifiedHistory[] }
  /** Runs were added or removed, or steps of theirs were taken back; others are not sent again. */
  | { readonly kind: 'runs'; readonly status: PanelStatus; readonly histories: readonly IdentifiedHistory[] }
  | { readonly kind: 'delta'; readonly changes: readonly { readonly id: string; readonly events: readonly RunEvent[] }[] }
  | { readonly kind: 'status'; readonly status: PanelStatus };

export const checkpointActions = ['evaluateBest', 'evaluateLast', 'fork', 'copyPath'] as const;
export type CheckpointAction = (typeof checkpointActions)[number];

const runId = z.string().max(4096);

/** What a page may ask for. */
export const panelRequestSchema = z.discriminatedUnion('name', [
  z.object({ name: z.literal('action'), params: z.object({ name: z.enum(runActionNames) }) }),
  /** Shows the recipe of the panel's own run at a setting. */
  z.object({ name: z.literal('openSetting'), params: z.object({ setting: z.enum(advisedSettings) }) }),
  z.object({ name: z.literal('openRun'), params: z.object({ run: runId }) }),
  /** Asks the user which runs to compare with. */
  z.object({ name: z.literal('chooseRuns') }),
  z.object({ name: z.literal('addRuns'), params: z.object({ runs: z.array(runId).max(100) }) }),
  z.object({ name: z.literal('removeRun'), params: z.object({ run: runId }) }),
  /** A part of long runs is looked at closely. */
  z.object({ name: z.literal('detail'), params: z.object({ ranges: z.array(stepRangeSchema).max(100) }) }),
  /** Of the panel's own run. */
  z.object({ name: z.literal('lowestLoss'), params: z.object({ smoothing: z.number().min(0).max(0.999) }) }),
  z.object({ name: z.literal('checkpoint'), params: z.object({ step: z.number().int(), action: z.enum(checkpointActions) }) }),
  /** A picture that the page has drawn. */
  z.object({ name: z.literal('saveSvg'), params: z.object({ svg: z.string().max(50_000_000) }) }),
  /** All points of these runs. */
  z.object({ name: z.literal('saveCsv'), params: z.object({ runs: z.array(runId).max(100) }) }),
]);
export type PanelRequest = z.infer<typeof panelRequestSchema>;

/** What the editor keeps for a page across a reload. */
const pageStateSchema = z.object({
  run: z.string(),
  smoothing: z.number().min(0).max(0.999).optional(),
  logY: z.boolean().optional(),
  axis: z.enum(['step', 'time']).optional(),
  hidden: z.array(z.string()).optional(),
  added: z.array(z.string()).optional(),
  details: z.boolean().optional(),
  zoomX: z.tuple([z.number(), z.number()]).optional(),
  zoomY: z.tuple([z.number(), z.number()]).optional(),
});
export type PageState = z.infer<typeof pageStateSchema>;

export function parsePageState(state: unknown): PageState | undefined {
  return pageStateSchema.safeParse(state).data;
}
