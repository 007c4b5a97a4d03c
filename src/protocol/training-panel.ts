/** Messages between the host and a training page, which gets a snapshot and then deltas. All state can be made anew from a snapshot. */
import { z } from 'zod';
import { runActionNames, type RunAction } from './run-actions';
import type { RunEvent, RunRecord } from './run';
import type { RunHistoryData } from './run-history';
import type { RunHealth } from './run-health';

/** A run as a page shows it. */
export interface RunView {
  /** Path of the run's folder; never shown, only handed back in requests. */
  readonly id: string;
  readonly record: RunRecord;
  readonly health: RunHealth;
  /** Lines of events.jsonl that could not be read. */
  readonly badLines: number;
  /** Margin in radians that the recipe aims at. */
  readonly targetMargin?: number;
  /** Pictures in a step, from the recipe. */
  readonly batch?: number;
}

export interface FindingView {
  /** Same id = same finding, with newer numbers. */
  readonly id: string;
  readonly severity: 'info' | 'warning' | 'error';
  readonly text: string;
  readonly note?: string;
  readonly actions: readonly { readonly label: string; readonly name: RunAction['name'] }[];
}

/** What changes without new events: states, findings, buttons. */
export interface PanelStatus {
  /** The panel's own run first, then its parent, its parent's parent, and so on. */
  readonly runs: readonly RunView[];
  readonly findings: readonly FindingView[];
  readonly actions: readonly RunAction[];
  /** Why actions are not possible, e.g. in Restricted Mode. */
  readonly locked?: string;
}

export type HostMessage =
  | { readonly kind: 'snapshot'; readonly status: PanelStatus; readonly histories: readonly RunHistoryData[] }
  | { readonly kind: 'delta'; readonly changes: readonly { readonly run: number; readonly events: readonly RunEvent[] }[] }
  | { readonly kind: 'status'; readonly status: PanelStatus };

/** What a page may ask for. */
export const panelRequestSchema = z.discriminatedUnion('name', [
  z.object({ name: z.literal('action'), params: z.object({ name: z.enum(runActionNames) }) }),
  z.object({ name: z.literal('openRun'), params: z.object({ run: z.string().max(4096) }) }),
]);
export type PanelRequest = z.infer<typeof panelRequestSchema>;

/** What the editor keeps for a page across a reload. */
const pageStateSchema = z.object({
  run: z.string(),
  smoothing: z.number().min(0).max(0.999).optional(),
  logY: z.boolean().optional(),
  axis: z.enum(['step', 'time']).optional(),
  hidden: z.array(z.string()).optional(),
  zoomX: z.tuple([z.number(), z.number()]).optional(),
  zoomY: z.tuple([z.number(), z.number()]).optional(),
});
export type PageState = z.infer<typeof pageStateSchema>;

export function parsePageState(state: unknown): PageState | undefined {
  return pageStateSchema.safeParse(state).data;
}
