import * as z from 'zod';
import { headSection } from './head-section';
import { learningRateSection } from './learning-rate-section';
import { optimizerSection } from './optimizer-section';

/** How long a run may be: one of the two. */
export const runLength = {
  epochs: z.number().positive().max(10_000).optional().describe('Passes over the training images.'),
  steps: z.number().int().positive().max(100_000_000).optional().describe('Updates of the weights; instead of epochs.'),
};

/** Keras's EarlyStopping. */
export const earlyStoppingSection = z.strictObject({
  monitor: z.enum(['loss', 'validationLoss', 'auc', 'accuracy']).default('loss').describe('Mean training loss of an epoch, the loss on the validation images, or the verification on held-out people.'),
  patienceEpochs: z.number().int().positive().max(10_000).default(6).describe('Epochs without a gain after which the run ends.'),
  minDelta: z.number().min(0).max(1).default(0).describe('Smallest change that counts as a gain.'),
  restoreBest: z.boolean().default(true).describe('End with the weights of the best epoch.'),
});
export type EarlyStoppingRecipe = z.infer<typeof earlyStoppingSection>;

/**
 * The original's advice to switch to ArcFace when the loss lingers, as a rule: the run ends, and a run with the other head starts
 * from it, once the smoothed epoch loss fell by less than the share `improvementBelow` over `overEpochs` epochs.
 */
export const switchHeadSection = z.strictObject({
  overEpochs: z.number().int().positive().max(1000).default(3),
  improvementBelow: z.number().gt(0).max(1).default(0.02).describe('Relative fall of the smoothed epoch loss below which it lingers.'),
  minimumEpochs: z.number().positive().max(10_000).default(5).describe('Epochs before which the head is not switched.'),
  to: z
    .strictObject({
      head: headSection.optional(),
      ...runLength,
      optimizer: optimizerSection.optional(),
      learningRate: learningRateSection.optional(),
    })
    .prefault({})
    .describe('What the second run changes; by default ArcFace with the default learning rate.'),
});
export type SwitchHeadRecipe = z.infer<typeof switchHeadSection>;
