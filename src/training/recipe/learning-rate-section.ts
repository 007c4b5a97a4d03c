import * as z from 'zod';

/** A linear warm-up from almost zero, in epochs or in steps. */
const warmUp = {
  warmUpEpochs: z.number().min(0).max(10_000).optional().describe('Epochs over which the rate grows linearly from almost zero.'),
  warmUpSteps: z.number().int().min(0).max(100_000_000).optional().describe('The same in steps; instead of warmUpEpochs.'),
};
const initial = z.number().positive().max(100).describe('Rate after the warm-up.');
const final = z.number().min(0).max(100).default(0).describe('Rate at the end of the run.');

/** How the learning rate moves over the run. */
export const learningRateSection = z.discriminatedUnion('schedule', [
  z.strictObject({ schedule: z.literal('constant'), initial, ...warmUp }),
  z.strictObject({ schedule: z.literal('cosine'), initial, final, ...warmUp }),
  z.strictObject({
    schedule: z.literal('polynomial'), initial, final,
    power: z.number().positive().max(10).default(1).describe('1 falls along a straight line, 2 along a parabola.'),
    ...warmUp,
  }),
  z.strictObject({
    schedule: z.literal('step'), initial,
    factor: z.number().gt(0).lt(1).default(0.1).describe('What the rate is multiplied with at each milestone.'),
    milestonesEpochs: z.array(z.number().positive()).min(1).optional().describe('Epochs after which the rate falls, ascending.'),
    milestonesSteps: z.array(z.number().int().positive()).min(1).optional().describe('Steps after which the rate falls, ascending; instead of milestonesEpochs.'),
    ...warmUp,
  }),
  z.strictObject({
    schedule: z.literal('plateau'), initial,
    monitor: z.enum(['loss', 'validationLoss']).default('loss').describe('Mean training loss of an epoch, or the loss on the validation images.'),
    factor: z.number().gt(0).lt(1).default(0.2).describe('What the rate is multiplied with when that loss no longer falls (Keras: ReduceLROnPlateau).'),
    patienceEpochs: z.number().int().positive().max(10_000).default(3),
    minimum: z.number().positive().max(100).default(1e-6),
    ...warmUp,
  }),
]);
export type LearningRateRecipe = z.infer<typeof learningRateSection>;
