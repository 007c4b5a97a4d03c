import type { VerificationSummary } from '../protocol/run';
import type { EpochLosses } from './learning-rate';
import type { EarlyStoppingRecipe, SwitchHeadRecipe } from './recipe/ending-section';

/** The best epoch so far, by what early stopping monitors; part of a checkpoint. */
export interface BestEpoch {
  readonly best: number;
  readonly epoch: number;
  readonly step: number;
}

/** What is known at the end of an epoch. */
export interface EpochEnd extends EpochLosses {
  readonly epoch: number;
  readonly step: number;
  /** Absent when the epoch ended without a verification. */
  readonly verification: VerificationSummary | undefined;
}

/** The best epoch after this one, and whether patience is at its end (Keras: EarlyStopping). */
export function judgeEarlyStopping(recipe: EarlyStoppingRecipe, best: BestEpoch | null, end: EpochEnd): { best: BestEpoch | null; stop: boolean } {
  const { monitor } = recipe;
  const isLoss = monitor === 'loss' || monitor === 'validationLoss';
  const value = isLoss ? end[monitor] : end.verification?.[monitor];
  if (value === undefined || !Number.isFinite(value)) return { best, stop: false };
  const gain = best === null ? Infinity : isLoss ? best.best - value : value - best.best;
  if (best === null || gain > recipe.minDelta) return { best: { best: value, epoch: end.epoch, step: end.step }, stop: false };
  return { best, stop: end.epoch - best.epoch >= recipe.patienceEpochs };
}

/** Weight of an epoch's own loss in the smoothed loss: half of it, so that one lucky epoch does not decide. */
const smoothing = 0.5;

/** Smoothed losses with that of one more epoch: S = (S_before + L) / 2, from S = L of the first. Only as many as the rule looks back are kept. */
export function withEpochLoss(smoothed: readonly number[], loss: number, overEpochs: number): number[] {
  const before = smoothed.at(-1);
  const next = before === undefined ? loss : before + smoothing * (loss - before);
  return [...smoothed, next].slice(-(overEpochs + 1));
}

/** Whether the loss lingers after `epoch` epochs: the smoothed loss fell by less than the share `improvementBelow` over `overEpochs`. */
export function lossLingers(recipe: SwitchHeadRecipe, smoothed: readonly number[], epoch: number): boolean {
  const [before] = smoothed;
  const now = smoothed.at(-1);
  if (epoch < recipe.minimumEpochs || smoothed.length <= recipe.overEpochs || before === undefined || now === undefined) return false;
  return (before - now) / before < recipe.improvementBelow;
}
