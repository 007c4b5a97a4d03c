import { z } from 'zod';

/** Names and meanings as in Keras. */
export const optimizerSection = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('sgd'), momentum: z.number().min(0).lt(1).default(0.9) }),
  z.strictObject({
    kind: z.literal('adam'), beta1: z.number().min(0).lt(1).default(0.9), beta2: z.number().min(0).lt(1).default(0.999), epsilon: z.number().positive().default(1e-8),
  }),
]);
export type OptimizerRecipe = z.infer<typeof optimizerSection>;
