import { z } from 'zod';
import { networkNames } from '../../network/mobilefacenet';
import { precisionSection } from '../precision-section';
import { augmentationSection } from './augmentation-section';
import { headSection } from './head-section';
import { learningRateSection } from './learning-rate-section';
import { optimizerSection } from './optimizer-section';

/** Everything that decides a training besides data and seed of the weights; stored with the run. */
export const recipeSchema = z.strictObject({
  $schema: z.string().optional(),
  network: z.enum(networkNames),
  /** Width multiplier. */
  alpha: z.number().min(0.25).max(2).default(1),
  embeddingLength: z.number().int().min(16).max(1024).default(128),
  head: headSection,
  batch: z.number().int().min(2).max(1024),
  epochs: z.number().positive().max(10_000),
  /** What images are computed in; `auto` measures. A started run keeps what was chosen. */
  precision: precisionSection.default('float32'),
  optimizer: optimizerSection,
  learningRate: learningRateSection,
  weightDecay: z.number().min(0).default(4e-5),
  headWeightDecay: z.number().min(0).default(4e-4),
  augmentation: augmentationSection.prefault({}),
  /** By default about twelve times in a run. */
  evaluateEveryEpochs: z.number().int().positive().optional(),
  checkpointEveryEpochs: z.number().int().positive().default(1),
  keepCheckpoints: z.number().int().positive().default(3),
  seed: z.number().int().default(1),
});
export type Recipe = z.infer<typeof recipeSchema>;
export type RecipeInput = z.input<typeof recipeSchema>;

/** Epochs between two verifications on the held-out people. */
export function evaluationInterval(recipe: Recipe): number {
  return recipe.evaluateEveryEpochs ?? Math.max(1, Math.round(recipe.epochs / 12));
}
