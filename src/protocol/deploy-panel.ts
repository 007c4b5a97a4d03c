/**
 * Messages between the host and a deploy page. The host sends the whole view, words included, whenever something changes; the page draws it
 * and keeps nothing but what is being typed.
 */
import * as z from 'zod';
import type { DeployStep } from './deploy-events';

export type Tone = 'good' | 'warn' | 'bad' | 'info' | '';

/** A short sign: a word with its icon. */
export interface SignView {
  readonly icon: 'pass' | 'warning' | 'error' | 'lock' | 'circle-filled' | 'circle-slash' | 'clock';
  readonly tone: Tone;
  readonly text: string;
}

export const deployActionNames = [
  'deploy', 'cancel', 'again', 'again-slower', 'change', 'look-again', 'other-port', 'virtual-board', 'copy-report', 'save-package',
  'choose-photo', 'clear-photo', 'check-photo', 'monitor',
] as const;
export type DeployActionName = (typeof deployActionNames)[number];

export interface ActionView {
  readonly name: DeployActionName;
  readonly label: string;
  readonly primary: boolean;
  readonly disabledBecause?: string;
}

export interface PortView {
  readonly path: string;
  readonly name: string;
  readonly details: string;
  readonly chosen: boolean;
  readonly sign?: SignView;
  readonly action?: { readonly name: 'ask' | 'copy-fix'; readonly label: string };
}

export interface StepView {
  readonly step: DeployStep;
  readonly title: string;
  readonly state: 'wait' | 'now' | 'done' | 'failed' | 'stopped' | 'skipped';
  readonly text: string;
  /** Time taken, or left. */
  readonly time: string;
  /** What the command line said meanwhile, e.g. a step down of the rate. */
  readonly notes: readonly string[];
  /** 0 to 1; null while it cannot be told. Absent: no bar. */
  readonly share?: number | null;
  /** What the user has to do with their hands, one after the other. */
  readonly hands?: readonly string[];
}

/** A stretch of the flash. */
export interface MapBlockView {
  readonly address: number;
  readonly end: number;
  readonly kind: 'firmware' | 'files' | 'new' | 'old' | 'free';
  readonly title: string;
  readonly note: string;
  /** It would overwrite something that must stay. */
  readonly bad?: boolean;
}

export interface VerdictView {
  readonly good: boolean;
  readonly text: string;
  readonly note?: string;
  readonly use?: { readonly label: string; readonly place: string };
}

export interface TargetView {
  readonly kind: 'flash' | 'file';
  /** As the user wrote it. */
  readonly place: string;
  /** A package brings its own places, and nothing changes while it is written. */
  readonly editable: boolean;
  readonly title: string;
  readonly flashBytes: number;
  /** Sorted by address. Empty for a file. */
  readonly blocks: readonly MapBlockView[];
  readonly mapLabel: string;
  /** Room for a file on the board, once it is known. */
  readonly room?: { readonly usedShare: number; readonly newShare: number; readonly text: string };
  /** Whether a program that loads the model goes along; absent where none can. */
  readonly withProgram?: boolean;
  readonly verdict?: VerdictView;
}

export interface ErrorView {
  /** Empty where nothing went wrong: the user stopped it. */
  readonly tone: 'bad' | '';
  readonly headline: string;
  readonly text: string;
  readonly code: string;
  readonly facts: string;
  /** Hexadecimal dump of the last bytes of the board. */
  readonly bytes?: string;
}

export interface PhotoView {
  readonly text: string;
  readonly chosen?: string;
  /** The face is found and aligned first. */
  readonly align: boolean;
  readonly sign?: SignView;
  readonly rows: readonly { readonly name: string; readonly cosine: string; readonly time: string }[];
  readonly actions: readonly ActionView[];
}

export interface DeployView {
  /** Path of what is deployed; handed back for the editor's memory, never shown. */
  readonly source: string;
  readonly title: string;
  readonly pill?: SignView;
  readonly fact: string;
  /** Address or path behind the fact. */
  readonly factPlace: string;
  readonly actions: readonly ActionView[];
  readonly locked?: string;
  readonly error?: ErrorView;
  readonly ports: readonly PortView[];
  /** Only the chosen port is listed. */
  readonly folded: boolean;
  readonly portActions: readonly ActionView[];
  readonly portHint?: string;
  readonly steps: readonly StepView[];
  readonly target: TargetView;
  readonly photo: PhotoView;
  /** One line for assistive technology. */
  readonly spoken: string;
}

export type DeployMessage =
  | { readonly kind: 'view'; readonly view: DeployView }
  | { readonly kind: 'photo'; readonly source: string | undefined };

const path = z.string().max(4096);

export const deployRequestSchema = z.discriminatedUnion('name', [
  z.object({ name: z.literal('action'), params: z.object({ name: z.enum(deployActionNames) }) }),
  z.object({ name: z.literal('port'), params: z.object({ path, do: z.enum(['choose', 'ask', 'copy-fix']) }) }),
  z.object({ name: z.literal('target'), params: z.object({ kind: z.enum(['flash', 'file']).optional(), place: z.string().max(300).optional(), withProgram: z.boolean().optional() }) }),
  z.object({ name: z.literal('align'), params: z.object({ align: z.boolean() }) }),
]);
export type DeployRequest = z.infer<typeof deployRequestSchema>;

const pageStateSchema = z.object({ source: z.string() });

/** What the editor keeps for a page across a reload. */
export function parseDeployPageState(state: unknown): { readonly source: string } | undefined {
  return pageStateSchema.safeParse(state).data;
}

