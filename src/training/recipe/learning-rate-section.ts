import { z } from 'zod';

/** How the learning rate moves over the run. Plateau: Keras's ReduceLROnPlateau on the mean training loss of an epoch. */
export const learningRateSection = z.discriminatedUnion('schedule', [
  z.strictObject({ schedule: z.literal('constant'), initial: z.number().positive(), warmUpEpochs: z.number().min(0).default(0) }),
  z.strictObject({ schedule: z.literal('cosine'), initial: z.number().positive(), final: z.number().min(0).default(0), warmUpEpochs: z.number().min(0).default(0) }),
  z.strictObject({
    schedule: z.literal('plateau'), initial: z.number().positive(), factor: z.number().gt(0).lt(1).default(0.2),
    patienceEpochs: z.number().int().positive().default(3), minimum: z.number().positive().default(1e-6), warmUpEpochs: z.number().min(0).default(0),
  }),
]);
export type LearningRateRecipe = z.infer<typeof learningRateSection>;
