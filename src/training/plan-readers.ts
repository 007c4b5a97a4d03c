import type { Engine } from '../engine/engine';
import { BatchReader } from './data/batch-reader';
import type { Sampler } from './data/training-data';
import { noAugmentation } from './recipe/augmentation-section';
import type { TrainingPlan } from './training-plan';

/** Readers of what this process trains on and measures. They take positions of its part of a batch. */
export interface PlanReaders {
  readonly training: BatchReader;
  /** In a fixed order, without changes; undefined when no images are kept for validation. */
  readonly validation: BatchReader | undefined;
}

/** @param seed of the run's augmentation */
export function openReaders({ parts, sampler, recipe, spec, part, shard }: TrainingPlan, engine: Engine, seed: number): PlanReaders {
  const common = {
    batch: part.count, seed, normalization: spec.normalization, decode: (pictures: readonly Uint8Array[], size: number) => engine.decodeJpegs(pictures, size),
    ...(shard ? { whole: { batch: recipe.batch, offset: part.offset } } : {}),
  };
  return {
    training: new BatchReader({ ...common, data: parts.training, sampler, augmentation: recipe.augmentation }),
    validation: parts.validation && new BatchReader({ ...common, data: parts.validation, sampler: inOrder(parts.validation.count), augmentation: noAugmentation }),
  };
}

/** Every image once an epoch, in the order of the dataset. */
function inOrder(count: number): Sampler {
  return { epochLength: count, repeats: false, order: () => Uint32Array.from({ length: count }, (_, i) => i) };
}
