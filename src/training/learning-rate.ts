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

/**
 * Learning rate of a step.
 * @param epochs progress of the run in epochs, 0..totalEpochs, with fraction
 */
export function learningRateAt(recipe: LearningRateRecipe, epochs: number, totalEpochs: number, plateau: PlateauState): number {
  const warmUp = recipe.warmUpEpochs > 0 ? Math.min(1, epochs / recipe.warmUpEpochs + 1e-3) : 1;
  switch (recipe.schedule) {
    case 'constant':
      return recipe.initial * warmUp;
    case 'cosine': {
      const span = Math.max(1e-9, totalEpochs - recipe.warmUpEpochs);
      const share = Math.min(1, Math.max(0, (epochs - recipe.warmUpEpochs) / span));
      return warmUp * (recipe.final + (recipe.initial - recipe.final) * 0.5 * (1 + Math.cos(Math.PI * share)));
    }
    case 'plateau':
      return warmUp * Math.max(recipe.minimum, recipe.initial * plateau.reduction);
  }
}

/** The plateau state after an epoch with this mean loss (Keras: ReduceLROnPlateau, mode "min"). */
export function afterEpoch(recipe: LearningRateRecipe, state: PlateauState, loss: number): PlateauState {
  if (recipe.schedule !== 'plateau') return state;
  if (state.bestLoss === null || loss < state.bestLoss - smallestGain) return { ...state, bestLoss: loss, epochsWithoutGain: 0 };
  const epochsWithoutGain = state.epochsWithoutGain + 1;
  if (epochsWithoutGain < recipe.patienceEpochs) return { ...state, epochsWithoutGain };
  return { ...state, reduction: state.reduction * recipe.factor, epochsWithoutGain: 0 };
}

/** Margin of a step: grows linearly from 0 over the warm-up, as seen from the start of the run. */
export function marginAt(head: { readonly margin: number; readonly marginWarmUpEpochs: number }, epochs: number): number {
  return head.marginWarmUpEpochs > 0 ? head.margin * Math.min(1, epochs / head.marginWarmUpEpochs) : head.margin;
}
