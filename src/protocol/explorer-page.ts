/** Messages between the host and a dataset explorer. Everything that it shows comes anew with a snapshot. */
import * as z from 'zod';
import { explorerTabs, type ExplorerTab } from './explorer-tabs';

export interface ExplorerPerson {
  readonly name: string;
  /** File names in the person's folder. */
  readonly photos: readonly string[];
}

/** Photos as "person/file". */
export interface PhotoListsView {
  readonly leftOut: readonly string[];
  readonly checked: readonly string[];
  /** What the last change was, for "Undo"; absent when there is nothing to undo. */
  readonly undo?: string;
}

/** One rule of the policy. */
export interface PolicyBucketView {
  /** E.g. "31 to 90: four times". */
  readonly title: string;
  /** E.g. "× 4 crops per photo" or "left out". */
  readonly effect: string;
  readonly people: number;
}

/** What the policy makes of the photos that are not left out. */
export interface PolicyPlanView {
  readonly name: string;
  /** Why the chosen policy cannot be used; the plan is that of no policy then. */
  readonly problem?: string;
  /** Side of the crops in pixels. */
  readonly size: number;
  /** Rules from many photos to few. */
  readonly buckets: readonly PolicyBucketView[];
  /** For each person the rule, and the crops that it gives; -1 where all photos are left out. */
  readonly bucketOf: readonly number[];
  readonly cropsOf: readonly number[];
}

export interface CopyView {
  readonly photo: string;
  readonly person: string;
  readonly widthPixels: number;
  readonly heightPixels: number;
  readonly sizeBytes: number;
  readonly sharpness: number;
  /** Proposed to stay. */
  readonly keep: boolean;
  readonly likenessToPerson?: number;
  /** Why it is to be left out, for the list. */
  readonly reason: string;
}

export interface CopyGroupView {
  readonly kind: 'two-people' | 'exact' | 'near';
  readonly people: readonly string[];
  readonly photos: readonly CopyView[];
}

export interface OutlierView {
  readonly photo: string;
  readonly person: string;
  readonly likenessToPerson: number;
  readonly medianLikeness: number;
  readonly other?: { readonly person: string; readonly likeness: number };
  readonly reason: string;
}

/** A photo that gives no crop. */
export interface FacelessView {
  readonly photo: string;
  readonly kind: 'no-face' | 'several-faces' | 'too-small' | 'poor-quality' | 'unreadable' | 'blank';
  readonly detail?: string;
}

export interface AuditView {
  /** ISO 8601. */
  readonly createdAt: string;
  /** The model that judged people; absent when none did. */
  readonly judge?: string;
  readonly copies: readonly CopyGroupView[];
  readonly outliers: readonly OutlierView[];
  readonly samePerson: readonly { readonly people: readonly [string, string]; readonly likeness: number }[];
}

export interface SplitView {
  /** Names of the people who are held out of the prepared dataset, or will be by the list. */
  readonly heldOut: readonly string[];
  /** The list for the next preparation, by its name on disk; absent when none was made. */
  readonly file?: string;
}

export interface ExplorerSnapshot {
  readonly kind: 'snapshot';
  /** Path of the photo folder; only handed back. */
  readonly folder: string;
  readonly name: string;
  /** Address of the folder for the page. */
  readonly rootUri: string;
  /** "made": the photos are too large, or of a format that pages cannot show, so small pictures are asked for. */
  readonly thumbnails: 'direct' | 'made';
  readonly people: readonly ExplorerPerson[];
  readonly lists: PhotoListsView;
  readonly plan: PolicyPlanView;
  readonly faceless: readonly FacelessView[];
  readonly split: SplitView;
  readonly audit?: AuditView;
  /** Why nothing may be changed or started. */
  readonly locked?: string;
}

/** What the page is to show now. */
export interface ExplorerFocus {
  readonly tab?: ExplorerTab;
  readonly person?: string;
  readonly photo?: string;
}

export type ExplorerMessage =
  | ExplorerSnapshot
  | { readonly kind: 'lists'; readonly lists: PhotoListsView; readonly plan: PolicyPlanView }
  | { readonly kind: 'plan'; readonly plan: PolicyPlanView; readonly split: SplitView }
  /** The audit and what preparation told; `progress` while one runs. */
  | { readonly kind: 'findings'; readonly audit?: AuditView; readonly faceless: readonly FacelessView[] }
  | { readonly kind: 'progress'; readonly text: string; readonly share?: number }
  | { readonly kind: 'focus'; readonly focus: ExplorerFocus }
  /** A command of the palette that is about the chosen photos. */
  | { readonly kind: 'act'; readonly action: 'leaveOut' | 'markChecked' };

const photo = z.string().min(1).max(4096);
const entries = z.array(z.object({ photo, reason: z.string().max(1000) })).max(1_000_000);

/** What a page may ask for. */
export const explorerRequestSchema = z.discriminatedUnion('name', [
  z.object({ name: z.literal('look'), params: z.object({ photo }) }),
  /** @returns addresses by photo */
  z.object({ name: z.literal('thumbnails'), params: z.object({ photos: z.array(photo).max(1000) }) }),
  z.object({ name: z.literal('leaveOut'), params: z.object({ entries }) }),
  z.object({ name: z.literal('takeBack'), params: z.object({ photos: z.array(photo).max(1_000_000) }) }),
  z.object({ name: z.literal('markChecked'), params: z.object({ photos: z.array(photo).max(1_000_000), checked: z.boolean() }) }),
  z.object({ name: z.literal('undo') }),
  z.object({ name: z.literal('openPhoto'), params: z.object({ photo }) }),
  z.object({ name: z.literal('openLeaveOutList') }),
  z.object({ name: z.literal('audit') }),
  z.object({ name: z.literal('prepare') }),
  z.object({ name: z.literal('editPolicy') }),
  z.object({ name: z.literal('split'), params: z.object({ holdOut: z.string().max(20), seed: z.number().int().min(0).max(2 ** 31 - 1) }) }),
  z.object({ name: z.literal('makePairs'), params: z.object({ count: z.number().int().min(2).max(1_000_000), seed: z.number().int().min(0).max(2 ** 31 - 1) }) }),
]);
export type ExplorerRequest = z.infer<typeof explorerRequestSchema>;

/** Result of "look". Places are in pixels of the upright photo; pictures are data addresses. */
export interface LookView {
  readonly size?: { readonly width: number; readonly height: number };
  readonly faces?: number;
  /** Why there is no crop, in words. */
  readonly dropped?: string;
  readonly face?: {
    readonly landmarks: readonly (readonly [number, number])[];
    readonly box?: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
    readonly score?: number;
    readonly foundBy: string;
    readonly corners: readonly (readonly [number, number])[];
    readonly cropLandmarks: readonly (readonly [number, number])[];
    readonly eyeDistancePixels: number;
    readonly scale: number;
    readonly measures?: { readonly sharpness: number; readonly brightness: number; readonly contrast: number; readonly yawDegrees: number; readonly pitchDegrees: number; readonly rollDegrees: number };
    readonly crop: string;
  };
  readonly policy?: { readonly name: string; readonly copies: readonly { readonly operation: string; readonly isUsed: boolean; readonly picture: string }[] };
  readonly cropSide: number;
  readonly milliseconds: number;
}

const explorerStateSchema = z.object({
  folder: z.string(),
  tab: z.enum(explorerTabs).optional(),
  tileSide: z.number().min(40).max(240).optional(),
  photo: z.string().optional(),
  search: z.string().optional(),
});
/** What the editor keeps for a page across a reload. */
export type ExplorerState = z.infer<typeof explorerStateSchema>;

export function parseExplorerState(state: unknown): ExplorerState | undefined {
  return explorerStateSchema.safeParse(state).data;
}
