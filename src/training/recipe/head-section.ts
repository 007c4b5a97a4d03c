import { z } from 'zod';

/** What the embedding is trained with. */
export const headSection = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('softmax') }),
  z.strictObject({
    kind: z.literal('arcface'),
    /** Radians (Deng et al. 2019: 0.5). */
    margin: z.number().min(0).max(1.5).default(0.5),
    /** Factor s on the cosines, or "adacos" for sqrt(2) * ln(identities - 1) as the original project computes it. */
    scale: z.union([z.literal('adacos'), z.number().positive().max(256)]).default('adacos'),
    /** Epochs over which the margin grows from 0, so that a new head does not destroy a trained backbone. */
    marginWarmUpEpochs: z.number().min(0).default(0),
  }),
]);
