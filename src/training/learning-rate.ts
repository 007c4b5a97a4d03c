import type { LearningRateRecipe } from './recipe/learning-rate-section';

/** What a plateau schedule remembers; part of a checkpoint. */
export interface PlateauState {
  /** Factor on the initial rate so far. */
  readonly reduction: number;
  readonly bestLoss: number | null;
  readonly epochsWithoutGain: number;
}

export const initialPlateau: PlateauState = { reduction: 1, bestLoss: null, epochsWithoutGain: 0 };

/** Improvement of the loss below which Keras's ReduceLROnPlateau sees none (`min_delta`). */
const smallestGain = 1e-4;

/** Where in its run a step is. */
export interface StepPosition {
  /** Steps of this run that are done. */
  readonly step: number;
  readonly totalSteps: number;
  /** With fraction. */
  readonly stepsPerEpoch: number;
}

/** Learning rate of the step after `at.step` others. */
export function learningRateAt(recipe: LearningRateRecipe, at: StepPosition, plateau: PlateauState): number {
  const warmUpSteps = recipe.warmUpSteps ?? (recipe.warmUpEpochs ?? 0) * at.stepsPerEpoch;
  // The first step trains at once: its rate is one part of the way, not zero.
  const warmUp = warmUpSteps > 0 ? Math.min(1, (at.step + 1) / warmUpSteps) : 1;
  return warmUp * scheduledRate(recipe, at, warmUpSteps, plateau);
}

function scheduledRate(recipe: LearningRateRecipe, at: StepPosition, warmUpSteps: number, plateau: PlateauState): number {
  const share = Math.min(1, Math.max(0, (at.step - warmUpSteps) / Math.max(1e-9, at.totalSteps - warmUpSteps)));
  switch (recipe.schedule) {
    case 'constant':
      return recipe.initial;
    case 'cosine':
      return recipe.final + (recipe.initial - recipe.final) * 0.5 * (1 + Math.cos(Math.PI * share));
    case 'polynomial':
      return recipe.final + (recipe.initial - recipe.final) * (1 - share) ** recipe.power;
    case 'step': {
      const milestones = recipe.milestonesSteps ?? (recipe.milestonesEpochs ?? []).map((epochs) => epochs * at.stepsPerEpoch);
      return recipe.initial * recipe.factor ** milestones.filter((milestone) => at.step >= milestone).length;
    }
    case 'plateau':
      return Math.max(recipe.minimum, recipe.initial * plateau.reduction);
  }
}

/** Mean losses of an epoch. */
export interface EpochLosses {
  /** Of its training. */
  readonly loss: number;
  /** On the validation images; absent when there are none. */
  readonly validationLoss: number | undefined;
}

/** The plateau state after an epoch with these losses (Keras: ReduceLROnPlateau, mode "min"). */
export function afterEpoch(recipe: LearningRateRecipe, state: PlateauState, losses: EpochLosses): PlateauState {
  if (recipe.schedule !== 'plateau') return state;
  const loss = losses[recipe.monitor];
  if (loss === undefined) return state;
  if (state.bestLoss === null || loss < state.bestLoss - smallestGain) return { ...state, bestLoss: loss, epochsWithoutGain: 0 };
  const epochsWithoutGain = state.epochsWithoutGain + 1;
  if (epochsWithoutGain < recipe.patienceEpochs) return { ...state, epochsWithoutGain };
  return { ...state, reduction: state.reduction * recipe.factor, epochsWithoutGain: 0 };
}

/** Margin of a step: grows linearly from 0 over the warm-up, as seen from the start of the run. */
export function marginAt(head: { readonly margin: number; readonly marginWarmUpEpochs: number }, epochs: number): number {
  return head.marginWarmUpEpochs > 0 ? head.margin * Math.min(1, epochs / head.marginWarmUpEpochs) : head.margin;
}
