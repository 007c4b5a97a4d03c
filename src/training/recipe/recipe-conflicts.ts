import { defaultActivations } from '../../network/mobilefacenet';
import { effectiveBatch, totalSteps, type Recipe } from './recipe';
import { groupConflict } from './sampling-section';

/** What is wrong between settings that are each right by themselves, as the end of a sentence; undefined when nothing is. */
export function recipeConflict(recipe: Recipe): string | undefined {
  const { epochs, steps, head, switchHead, clipping, learningRate } = recipe;
  if (epochs === undefined && steps === undefined) return 'neither epochs nor steps is given; one of them must say how long the run is';
  if (epochs !== undefined && steps !== undefined) return `epochs (${epochs}) and steps (${steps}) are both given; only one of them can say how long the run is`;
  const activation = recipe.activation ?? defaultActivations[recipe.network];
  if (recipe.negativeSlope !== undefined && activation !== 'leakyRelu') {
    return `negativeSlope is ${recipe.negativeSlope}, but the activation is ${activation}; it belongs to activation "leakyRelu"`;
  }
  if (clipping && Object.values(clipping).filter((limit) => limit !== undefined).length !== 1) {
    return `clipping has ${listed(Object.keys(clipping))}; it must have exactly one of globalClipnorm, clipnorm and clipvalue`;
  }
  if (recipe.optimizer.kind === 'sgd' && recipe.optimizer.nesterov && recipe.optimizer.momentum === 0) {
    return 'optimizer.nesterov needs a momentum, and optimizer.momentum is 0; it must be above 0 and below 1';
  }
  const monitor = validationMonitor(recipe);
  if (monitor !== undefined && recipe.validationShare === 0) return `${monitor} is "validationLoss", but validationShare is 0; it must be above 0 and up to 0.5`;
  const { to } = switchHead ?? {};
  if (to?.epochs !== undefined && to.steps !== undefined) return 'switchHead.to.epochs and switchHead.to.steps are both given; only one of them can be';
  if (switchHead && (to?.head?.kind ?? 'arcface') === head.kind) {
    return `switchHead.to.head.kind is ${JSON.stringify(head.kind)}, which the run has already; it must be another one than head.kind`;
  }
  if (switchHead && epochs !== undefined && switchHead.minimumEpochs > epochs) {
    return `switchHead.minimumEpochs is ${switchHead.minimumEpochs}, which is after the end of the run; it must be at most epochs, ${epochs}`;
  }
  if (recipe.accumulate > 1 && head.sampleRate < 1) {
    return `accumulate is ${recipe.accumulate} with head.sampleRate ${head.sampleRate}; each batch would compare with other identities, so accumulate must be 1 or head.sampleRate 1`;
  }
  return groupConflict(recipe.sampling, recipe.batch) ?? rateConflict(learningRate, recipe, undefined);
}

/** The setting that watches the loss on validation images. */
function validationMonitor({ earlyStopping, learningRate }: Recipe): string | undefined {
  if (earlyStopping?.monitor === 'validationLoss') return 'earlyStopping.monitor';
  return learningRate.schedule === 'plateau' && learningRate.monitor === 'validationLoss' ? 'learningRate.monitor' : undefined;
}

/** Conflicts that show only when it is known how many images an epoch has. */
export function recipeConflictWithData(recipe: Recipe, images: number): string | undefined {
  const { batch, accumulate } = recipe;
  if (accumulate > 1 && effectiveBatch(recipe) > images) {
    return `accumulate ${accumulate} x batch ${batch} is ${effectiveBatch(recipe)} images, more than the ${images} of the dataset; accumulate must be at most ${Math.max(1, Math.floor(images / batch))}`;
  }
  return rateConflict(recipe.learningRate, recipe, images / Math.min(images, effectiveBatch(recipe)));
}

/** @param stepsPerEpoch undefined while unknown: then only like units are compared */
function rateConflict(rate: Recipe['learningRate'], recipe: Pick<Recipe, 'epochs' | 'steps'>, stepsPerEpoch: number | undefined): string | undefined {
  const { warmUpEpochs, warmUpSteps } = rate;
  if (warmUpEpochs !== undefined && warmUpSteps !== undefined) return 'learningRate.warmUpEpochs and learningRate.warmUpSteps are both given; only one of them can be';
  const epochsLimit = recipe.epochs ?? (stepsPerEpoch === undefined ? undefined : totalSteps(recipe, stepsPerEpoch) / stepsPerEpoch);
  const stepsLimit = recipe.steps ?? (stepsPerEpoch === undefined ? undefined : totalSteps(recipe, stepsPerEpoch));
  const tooLate = (key: string, value: number, limit: number | undefined): string | undefined =>
    limit !== undefined && value >= limit ? `learningRate.${key} is ${value}, but the run ends after ${Number(limit.toPrecision(6))}; it must be below that` : undefined;
  const tooLong = (key: string, value: number | undefined, limit: number | undefined): string | undefined =>
    value !== undefined && limit !== undefined && value > limit ? `learningRate.${key} is ${value}, longer than the run; it must be at most ${Number(limit.toPrecision(6))}` : undefined;
  const warmUp = tooLong('warmUpEpochs', warmUpEpochs, epochsLimit) ?? tooLong('warmUpSteps', warmUpSteps, stepsLimit);
  if (warmUp !== undefined) return warmUp;
  if ('final' in rate && rate.final > rate.initial) return `learningRate.final is ${rate.final}, more than learningRate.initial; it must be from 0 to ${rate.initial}`;
  if (rate.schedule === 'plateau' && rate.minimum > rate.initial) return `learningRate.minimum is ${rate.minimum}, more than learningRate.initial; it must be above 0 and up to ${rate.initial}`;
  if (rate.schedule !== 'step') return undefined;
  return milestoneConflict(rate, tooLate, epochsLimit, stepsLimit);
}

function milestoneConflict(
  { milestonesEpochs, milestonesSteps }: Extract<Recipe['learningRate'], { schedule: 'step' }>,
  tooLate: (key: string, value: number, limit: number | undefined) => string | undefined, epochsLimit: number | undefined, stepsLimit: number | undefined,
): string | undefined {
  if ((milestonesEpochs === undefined) === (milestonesSteps === undefined)) {
    return 'learningRate must have exactly one of milestonesEpochs and milestonesSteps, as a list of ascending numbers before the end of the run';
  }
  const [key, milestones] = milestonesSteps ? ['milestonesSteps', milestonesSteps] : ['milestonesEpochs', milestonesEpochs ?? []];
  const unsorted = milestones.findIndex((value, i) => i > 0 && value <= (milestones[i - 1] ?? 0));
  if (unsorted > 0) return `learningRate.${key}[${unsorted}] is ${milestones[unsorted]}; it must be above the one before it, ${milestones[unsorted - 1]}`;
  return tooLate(`${key}[${milestones.length - 1}]`, milestones.at(-1) ?? 0, milestonesSteps ? stepsLimit : epochsLimit);
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(' and ');
}
