import * as z from 'zod';
import { precisionSection } from '../precision-section';
import { augmentationSection } from './augmentation-section';
import { earlyStoppingSection, runLength, switchHeadSection } from './ending-section';
import { headSection } from './head-section';
import { learningRateSection } from './learning-rate-section';
import { networkSettings } from './network-section';
import { clippingSection, emaSection, optimizerSection } from './optimizer-section';
import { samplingSection } from './sampling-section';

/** Version of the form of recipes; raised when an old recipe would mean something else. */
export const recipeVersion = 1;

/** Everything that decides a training besides data and seed of the weights; stored with the run. */
export const recipeSchema = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(recipeVersion).default(recipeVersion).describe('Version of the form of this file.'),
  ...networkSettings,
  head: headSection,
  labelSmoothing: z.number().min(0).lt(1).default(0).describe('Share of the target that is spread over all identities (Szegedy et al. 2016).'),
  batch: z.number().int().min(2).max(1024).describe('Images in memory at a time.'),
  accumulate: z.number().int().min(1).max(1024).default(1).describe('Batches whose gradients are averaged into one update; batch normalisation sees each batch alone.'),
  ...runLength,
  precision: precisionSection.default('float32').describe('What images are computed in; auto measures. A started run keeps what was chosen.'),
  optimizer: optimizerSection,
  learningRate: learningRateSection,
  weightDecay: z.number().min(0).max(1).default(4e-5).describe('On the kernels of convolutions and dense layers.'),
  headWeightDecay: z.number().min(0).max(1).default(4e-4).describe('On the kernels after the last spatial layer and of the head.'),
  clipping: clippingSection.optional(),
  ema: emaSection.optional(),
  validationShare: z.number().min(0).max(0.5).default(0).describe('Share of the images that are never trained on; loss and accuracy on them are computed after each epoch.'),
  validationSeed: z.number().int().min(0).max(2 ** 31 - 1).optional().describe('Decides which images these are; by default the seed. A fork keeps its parent\'s.'),
  sampling: samplingSection.prefault({ kind: 'shuffle' }),
  augmentation: augmentationSection.prefault({}),
  earlyStopping: earlyStoppingSection.optional(),
  switchHead: switchHeadSection.optional(),
  evaluateEveryEpochs: z.number().int().positive().max(10_000).optional().describe('Epochs between two verifications; by default about twelve in a run.'),
  checkpointEveryEpochs: z.number().int().positive().max(10_000).default(1),
  checkpointEverySteps: z.number().int().positive().max(100_000_000).optional().describe('Further checkpoints within the epochs.'),
  keepCheckpoints: z.number().int().positive().max(10_000).default(3),
  seed: z.number().int().min(0).max(2 ** 31 - 1).default(1),
});
export type Recipe = z.infer<typeof recipeSchema>;
export type RecipeInput = z.input<typeof recipeSchema>;

/** Images of one update. */
export function effectiveBatch({ batch, accumulate }: Pick<Recipe, 'batch' | 'accumulate'>): number {
  return batch * accumulate;
}

/** Updates of a whole run. @param stepsPerEpoch with fraction */
export function totalSteps({ epochs, steps }: Pick<Recipe, 'epochs' | 'steps'>, stepsPerEpoch: number): number {
  return steps ?? Math.ceil((epochs ?? 0) * stepsPerEpoch);
}

/** Epochs between two verifications on the held-out people. @param epochs length of the run */
export function evaluationInterval({ evaluateEveryEpochs }: Pick<Recipe, 'evaluateEveryEpochs'>, epochs: number): number {
  return evaluateEveryEpochs ?? Math.max(1, Math.round(epochs / 12));
}
