import * as z from 'zod';
import type { HeadKind } from '../../protocol/run';

/** Share of the identities that a step compares with: Partial FC (An et al. 2022, "Killing Two Birds with One Stone"). */
const sampleRate = z.number().gt(0).max(1).default(1);

const marginHead = {
  /** Factor s on the cosines, or "adacos" for sqrt(2) * ln(identities - 1) as the original project computes it. */
  scale: z.union([z.literal('adacos'), z.number().positive().max(256)]).default('adacos'),
  /** Epochs over which the margin grows from 0, so that a new head does not destroy a trained backbone. */
  marginWarmUpEpochs: z.number().min(0).default(0),
  sampleRate,
};

/** Below pi / 2, so that an angle with its margin stays below 2 pi. */
const radians = z.number().min(0).max(1.5);
/** Largest factor on the angle, for the same reason. */
const angleFactor = z.number().min(1).max(1.5);
const cosineMargin = z.number().min(0).max(1);

/** What the embedding is trained with. Names of the margins as in InsightFace; each head's file names its paper. */
export const headSettings = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('softmax'), sampleRate }),
  z.strictObject({
    kind: z.literal('arcface'),
    /** Radians (Deng et al. 2019: 0.5). */
    margin: radians.default(0.5),
    /** No margin beyond 90 degrees, in place of the hard rule beyond pi - margin. */
    easyMargin: z.boolean().default(false),
    ...marginHead,
  }),
  z.strictObject({
    kind: z.literal('cosface'),
    /** Of the cosine (Wang et al. 2018: 0.35). */
    margin: cosineMargin.default(0.35),
    ...marginHead,
  }),
  z.strictObject({
    kind: z.literal('combined'),
    /** Factor on the angle, radians added to it, and what is taken from its cosine (Deng et al. 2019: 1, 0.3, 0.2). */
    m1: angleFactor.default(1),
    m2: radians.default(0.3),
    m3: cosineMargin.default(0.2),
    ...marginHead,
  }),
  z.strictObject({
    kind: z.literal('adaface'),
    /** Kim et al. 2022: 0.4. */
    margin: radians.default(0.4),
    /** How much of the batch's spread of norms becomes margin (h, 0.333), and how fast its statistics move (t_alpha, 0.01). */
    h: z.number().positive().max(1).default(0.333),
    tAlpha: z.number().positive().max(1).default(0.01),
    ...marginHead,
  }),
  z.strictObject({
    kind: z.literal('subcenter-arcface'),
    margin: radians.default(0.5),
    easyMargin: z.boolean().default(false),
    /** Centres of each identity (K; Deng et al. 2020: 3). */
    subCenters: z.number().int().min(1).max(10).default(3),
    ...marginHead,
  }),
]);
export type HeadSettings = z.infer<typeof headSettings>;
export type HeadSettingsInput = z.input<typeof headSettings>;

/** Epochs of margin warm-up of a default head: it usually follows a softmax run. */
const defaultWarmUpEpochs = 4;

/** A head with the values of its paper, and a margin that is warmed up. */
export function defaultHead(kind: HeadKind): HeadSettingsInput {
  return kind === 'softmax' ? { kind } : { kind, marginWarmUpEpochs: defaultWarmUpEpochs };
}

/** The margin that is warmed up and reported: the first that is not neutral, of a combined head. */
export function marginOf(head: HeadSettings): { readonly margin: number; readonly marginWarmUpEpochs: number } {
  if (head.kind === 'softmax') return { margin: 0, marginWarmUpEpochs: 0 };
  const margin = head.kind === 'combined' ? head.m2 || head.m3 || head.m1 - 1 : head.margin;
  return { margin, marginWarmUpEpochs: head.marginWarmUpEpochs };
}
