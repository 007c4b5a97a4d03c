/** Messages between the host and the page that lets a run go on with an ArcFace head, in a new run. */
import * as z from 'zod';
import { resumeLimits } from './resume-plan';
import type { HeadKind } from './run';

/** `best`: the model of the best verification. `last`: the newest checkpoint. A number: the checkpoint of that step. */
export const resumePointSchema = z.union([z.enum(['best', 'last']), z.number().int().min(0)]);
export type ResumePoint = z.infer<typeof resumePointSchema>;

export interface ResumeCheckpoint {
  readonly point: ResumePoint;
  readonly step: number;
  /** Verification accuracy at that step, 0..1; absent when it was not verified there. */
  readonly accuracy?: number;
}

/** A dataset that the new run can be trained on. */
export interface ResumeDataset {
  /** Never shown, only handed back. */
  readonly folder: string;
  readonly name: string;
  /** People and crops that are trained on. */
  readonly people: number;
  readonly images: number;
  /** The dataset of the run that is forked. */
  readonly isOwn: boolean;
  /** It is that dataset, but not with the same content any more. */
  readonly hasChanged: boolean;
  /** People by name, against those that the run was trained on; absent when the run wrote down no names. */
  readonly difference?: { readonly added: readonly string[]; readonly gone: readonly string[] };
  /** Factor on the cosines that the original project computes from the number of people. */
  readonly adacosScale: number;
  /** Side of its crops in pixels. */
  readonly imageSize: number;
}

/** What is known about the run and what can be chosen. */
export interface ResumeOffer {
  /** Key under which the page is restored. */
  readonly key: string;
  readonly name: string;
  readonly newName: string;
  readonly network: string;
  readonly head: HeadKind;
  readonly imageSize: number;
  readonly identities: number;
  /** Numbers in the network; absent when the recipe is of another version. */
  readonly weights?: number;
  readonly embeddingLength: number;
  readonly batch: number;
  readonly seed: number;
  /** The best one first, then the newest, then the others, newest first. */
  readonly checkpoints: readonly ResumeCheckpoint[];
  /** All verifications of the run, also of steps that no checkpoint is left of. */
  readonly verifications: readonly { readonly step: number; readonly accuracy: number }[];
  readonly datasets: readonly ResumeDataset[];
  readonly defaults: ResumeChoice;
  /** Epochs of warm-up that the recipe recommends. */
  readonly recommendedWarmUp: number;
  /** Mean of the run's last steps; absent before there are any. */
  readonly imagesPerSecond?: number;
  readonly checkpointBytes?: number;
  /** Checkpoints that a run keeps. */
  readonly keptCheckpoints: number;
  /** Space left where the new run goes. */
  readonly freeBytes?: number;
  /** Runs at work. */
  readonly active: readonly string[];
  /** The start waits until these have ended. */
  readonly isWaiting: boolean;
  /** Why nothing can be started, e.g. in Restricted Mode. */
  readonly locked?: string;
}

function within([low, high]: readonly [number, number]): z.ZodNumber {
  return z.number().min(low).max(high);
}

export const resumeChoiceSchema = z.object({
  point: resumePointSchema,
  dataset: z.string().max(4096),
  epochs: within(resumeLimits.epochs).int(),
  /** After its warm-up. */
  learningRate: within(resumeLimits.learningRate),
  /** Radians. */
  margin: within(resumeLimits.margin),
  /** Epochs over which the margin grows from 0; 0 = at once. */
  warmUpEpochs: within(resumeLimits.warmUpEpochs),
  scale: z.union([z.literal('adacos'), within(resumeLimits.scale)]),
});
export type ResumeChoice = z.infer<typeof resumeChoiceSchema>;

export type ResumeMessage = { readonly kind: 'offer'; readonly offer: ResumeOffer };

export const resumeRequestSchema = z.discriminatedUnion('name', [
  /** `wait`: not before the runs at work have ended. */
  z.object({ name: z.literal('start'), params: z.object({ choice: resumeChoiceSchema, wait: z.boolean() }) }),
  z.object({ name: z.literal('stopWaiting') }),
  z.object({ name: z.literal('close') }),
]);
export type ResumeRequest = z.infer<typeof resumeRequestSchema>;

const pageStateSchema = z.object({ key: z.string() });

/** The key that a page has kept. */
export function parseResumeKey(state: unknown): string | undefined {
  return pageStateSchema.safeParse(state).data?.key;
}
