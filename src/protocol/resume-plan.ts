/** Pure functions on choices, free of schemas: the page loads them. */
import type { ResumeCheckpoint, ResumeChoice, ResumeDataset, ResumeOffer } from './resume-panel';

/** Lowest and highest value of each number. */
export const resumeLimits = { epochs: [1, 10_000], learningRate: [1e-9, 10], margin: [0, 1.5], warmUpEpochs: [0, 10_000], scale: [1, 256] } as const;

/** What a choice comes to. All of it is computed before the job starts, so times and sizes are estimates. */
export interface ResumePlan {
  readonly checkpoint: ResumeCheckpoint;
  readonly dataset: ResumeDataset;
  readonly stepsPerEpoch: number;
  readonly steps: number;
  readonly lastStep: number;
  readonly warmUpSteps: number;
  readonly scale: number;
  /** Loss of a head that knows nobody yet: that of guessing. */
  readonly firstLoss: number;
  readonly durationMs?: number;
  readonly diskBytes?: number;
}

export type ChoiceProblem =
  | { readonly field: 'epochs' | 'learningRate' | 'warmUpEpochs' | 'scale'; readonly kind: 'range'; readonly from: number; readonly to: number }
  | { readonly field: 'warmUpEpochs'; readonly kind: 'too-long'; readonly epochs: number }
  | { readonly field: 'dataset'; readonly kind: 'size'; readonly size: number; readonly wanted: number };

/** The preset of the warm-up: the recipe's, but no more than half of a short run. */
export function warmUpPreset(recommended: number, epochs: number): number {
  return Math.max(1, Math.min(recommended, Math.floor(epochs / 2)));
}

/** @returns undefined when checkpoint or dataset of the choice are gone */
export function resumePlan(offer: ResumeOffer, choice: ResumeChoice): ResumePlan | undefined {
  const checkpoint = offer.checkpoints.find(({ point }) => point === choice.point);
  const dataset = offer.datasets.find(({ folder }) => folder === choice.dataset);
  if (checkpoint === undefined || dataset === undefined) return undefined;
  const stepsPerEpoch = Math.max(1, dataset.images / offer.batch);
  const steps = Math.ceil(choice.epochs * stepsPerEpoch);
  const { imagesPerSecond, checkpointBytes } = offer;
  return {
    checkpoint, dataset, stepsPerEpoch: Math.ceil(stepsPerEpoch), steps, lastStep: checkpoint.step + steps, warmUpSteps: Math.round(choice.warmUpEpochs * stepsPerEpoch),
    scale: choice.scale === 'adacos' ? dataset.adacosScale : choice.scale,
    firstLoss: Math.log(dataset.people),
    ...(imagesPerSecond === undefined ? {} : { durationMs: (choice.epochs * dataset.images * 1000) / imagesPerSecond }),
    ...(checkpointBytes === undefined ? {} : { diskBytes: checkpointBytes * offer.keptCheckpoints }),
  };
}

/** What is wrong with a choice, field by field. */
export function choiceProblems(offer: ResumeOffer, choice: ResumeChoice, plan: ResumePlan | undefined): ChoiceProblem[] {
  const ranged = (['epochs', 'learningRate', 'warmUpEpochs', 'scale'] as const).filter((field) => !isWithin(field, choice[field]));
  const problems: ChoiceProblem[] = ranged.map((field) => ({ field, kind: 'range', from: resumeLimits[field][0], to: resumeLimits[field][1] }));
  if (ranged.length === 0 && choice.warmUpEpochs > choice.epochs) problems.push({ field: 'warmUpEpochs', kind: 'too-long', epochs: choice.epochs });
  if (plan && plan.dataset.imageSize !== offer.imageSize) problems.push({ field: 'dataset', kind: 'size', size: plan.dataset.imageSize, wanted: offer.imageSize });
  return problems;
}

function isWithin(field: keyof typeof resumeLimits, value: unknown): boolean {
  const [from, to] = resumeLimits[field];
  if (field === 'scale' && value === 'adacos') return true;
  return typeof value === 'number' && value >= from && value <= to && (field !== 'epochs' || Number.isInteger(value));
}

/** What a page, perhaps one of another version, has kept, where it still fits the offer; else the offer's defaults. */
export function restoredChoice(offer: ResumeOffer, kept: unknown): ResumeChoice {
  const { defaults } = offer;
  const choice = { ...defaults, ...(typeof kept === 'object' && kept !== null ? kept : {}) } as Record<keyof ResumeChoice, unknown>;
  const numbers = Object.keys(resumeLimits) as (keyof typeof resumeLimits)[];
  const fitting = Object.fromEntries(numbers.filter((field) => isWithin(field, choice[field])).map((field) => [field, choice[field]]));
  return stillOffered(offer, { ...defaults, ...fitting, point: choice.point as ResumeChoice['point'], dataset: choice.dataset as string });
}

/** A choice whose checkpoint or dataset is gone gets those of the offer's defaults. */
export function stillOffered({ checkpoints, datasets, defaults }: ResumeOffer, choice: ResumeChoice): ResumeChoice {
  return {
    ...choice,
    point: checkpoints.find(({ point }) => point === choice.point)?.point ?? defaults.point,
    dataset: datasets.find(({ folder }) => folder === choice.dataset)?.folder ?? defaults.dataset,
  };
}
