import { createNetwork } from '../network/mobilefacenet';
import type { NetworkSpec } from '../network/network-spec';
import { partOfBatch } from './cluster/batch-part';
import type { RunSeat } from './cluster/cluster-channel';
import type { ContiguousPart } from './cluster/contiguous-part';
import type { Sampler, TrainingData, TrainingPart } from './data/training-data';
import { buildTrainGraph, type TrainGraph } from './graph/train-graph';
import { createHead } from './heads/create-head';
import type { Head } from './heads/head';
import { identityShard, sharesIdentities, type IdentityShard } from './heads/identity-shard';
import { sampleSize } from './heads/sample-identities';
import type { Recipe } from './recipe/recipe';

/** What follows from recipe and data alone. */
export interface TrainingPlan {
  readonly recipe: Recipe;
  readonly spec: NetworkSpec;
  readonly head: Head;
  /** What this process trains on of a batch of the recipe: all of it, or its rank's part. */
  readonly part: ContiguousPart;
  /** The identities whose part of the head this rank holds, where the ranks share them out. */
  readonly shard: IdentityShard | undefined;
  /** Of the optimizer; 0 where it has none. */
  readonly betas: { readonly beta1: number; readonly beta2: number };
  readonly graph: TrainGraph;
  readonly identities: number;
  readonly parts: TrainingParts;
  readonly sampler: Sampler;
}

export interface TrainingParts {
  readonly training: TrainingPart;
  readonly validation: TrainingPart | undefined;
}

/** The images that are trained on, and those that are only measured. */
export function trainingParts({ validationShare, validationSeed, seed }: Recipe, data: TrainingData): TrainingParts {
  return validationShare === 0 ? { training: data, validation: undefined } : data.split(validationShare, validationSeed ?? seed);
}

/**
 * @param seat this process's place in a cluster; the batch of the recipe is that of all ranks together
 * @throws UserError when the recipe cannot be trained by so many ranks
 */
export function planTraining(recipe: Recipe, data: TrainingData, seat?: RunSeat): TrainingPlan {
  const spec = createNetwork(recipe.network, { ...recipe, imageSize: data.imageSize });
  const identities = data.identities.length;
  const parts = trainingParts(recipe, data);
  const sampler = parts.training.sampler(recipe.sampling, recipe.seed);
  const batch = Math.min(recipe.batch, sampler.epochLength);
  const part = partOfBatch(batch, seat?.ranks ?? 1, seat?.rank ?? 0);
  const sampledIdentities = sampleSize(recipe.head.sampleRate, identities, batch);
  const shard = seat && sharesIdentities(identities, seat.ranks, sampledIdentities) ? identityShard(identities, seat, { sampleRate: recipe.head.sampleRate, batch }) : undefined;
  const head = createHead(recipe.head, shard?.sampledOverRanks ?? sampledIdentities ?? identities);
  // A run that was started has no other.
  const precision = recipe.precision === 'bfloat16' ? 'bfloat16' : 'float32';
  const cluster = seat && { ...seat, part, batch };
  const graph = buildTrainGraph({
    ...recipe, spec, head, identities, sampledIdentities, shard, batch: part.count, cluster, precision, validates: parts.validation !== undefined,
  });
  const betas = recipe.optimizer.kind === 'sgd' ? { beta1: 0, beta2: 0 } : recipe.optimizer;
  return { recipe: { ...recipe, batch }, spec, head, part, shard, betas, graph, identities, parts, sampler };
}
