import type { HeadKind } from '../../protocol/run';
import { defaultHead } from '../heads/head-settings';
import { noAugmentation } from './augmentation-section';
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

/** The original project's `train.py`, with a batch that fits a desktop's memory (there: 256). It neither decays weights nor augments. */
const originalRecipe: RecipeInput = {
  network: 'k210-s',
  head: { kind: 'softmax' },
  batch: 64,
  epochs: 30,
  optimizer: { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  learningRate: { schedule: 'plateau', initial: 1e-3, factor: 0.2, patienceEpochs: 3, minimum: 1e-6 },
  earlyStopping: { monitor: 'loss', patienceEpochs: 6 },
  weightDecay: 0,
  headWeightDecay: 0,
  augmentation: noAugmentation,
  evaluateEveryEpochs: 1,
};

const originalArcFace = { kind: 'arcface', margin: 0.5, scale: 'adacos' } as const;

export interface Preset {
  /** One line for lists and help. */
  readonly title: string;
  readonly recipe: RecipeInput;
}

/** Recipes that are known by name. */
export const presets = {
  softmax: { title: 'the default for a new run: Adam, cosine, augmentation', recipe: softmaxRecipe },
  arcface: { title: 'the default after a softmax run: ArcFace with a margin warm-up', recipe: arcFaceRecipe },
  'two-stage': {
    title: 'softmax, then ArcFace by itself when the loss lingers',
    recipe: { ...softmaxRecipe, switchHead: { overEpochs: 3, improvementBelow: 0.02, minimumEpochs: 8 } },
  },
  train: { title: "the original project's first stage: softmax, Adam 1e-3, plateau", recipe: originalRecipe },
  retrain: { title: "the original project's second stage: ArcFace, Adam 1e-3, plateau", recipe: { ...originalRecipe, head: originalArcFace } },
  tune: {
    title: "the original project's last stage: ArcFace, Adam 1e-4, plateau",
    recipe: { ...originalRecipe, head: originalArcFace, learningRate: { ...originalRecipe.learningRate, initial: 1e-4 } },
  },
  paper: {
    title: 'MobileFaceNets, Chen et al. 2018: SGD, batch 512, steps, ArcFace s = 64 m = 0.5',
    recipe: {
      network: 'paper',
      head: { kind: 'arcface', margin: 0.5, scale: 64 },
      batch: 64,
      accumulate: 8,
      steps: 60_000,
      optimizer: { kind: 'sgd', momentum: 0.9 },
      learningRate: { schedule: 'step', initial: 0.1, factor: 0.1, milestonesSteps: [36_000, 52_000, 58_000] },
      weightDecay: 4e-5,
      headWeightDecay: 4e-4,
      augmentation: { ...noAugmentation, flip: true },
    },
  },
} as const satisfies Readonly<Record<string, Preset>>;
export type PresetName = keyof typeof presets;

export const presetNames = Object.keys(presets) as [PresetName, ...PresetName[]];

export function isPresetName(text: string): text is PresetName {
  return Object.hasOwn(presets, text);
}
