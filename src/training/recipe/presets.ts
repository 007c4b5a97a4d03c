import type { HeadKind } from '../../protocol/run';
import { defaultHead } from '../heads/head-settings';
import type { RecipeInput } from './recipe';

/** The default recipe of a head. */
export function defaultRecipe(head: HeadKind): RecipeInput {
  return head === 'softmax' ? softmaxRecipe : { ...arcFaceRecipe, head: defaultHead(head) };
}

const softmaxRecipe: RecipeInput = {
  network: 'k210-s',
  head: { kind: 'softmax' },
  batch: 16,
  epochs: 40,
  optimizer: { kind: 'adam' },
  learningRate: { schedule: 'cosine', initial: 2e-3, final: 1e-5, warmUpEpochs: 1 },
};

const arcFaceRecipe: RecipeInput = {
  ...softmaxRecipe,
  head: { kind: 'arcface', margin: 0.5, scale: 'adacos', marginWarmUpEpochs: 4 },
  learningRate: { schedule: 'cosine', initial: 1e-3, final: 1e-5, warmUpEpochs: 1 },
};
