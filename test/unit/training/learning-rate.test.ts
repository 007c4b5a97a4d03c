import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { afterEpoch, initialPlateau, learningRateAt, marginAt, type PlateauState } from '../../../src/training/learning-rate';
import type { LearningRateRecipe } from '../../../src/training/recipe/learning-rate-section';

const plateau: LearningRateRecipe = { schedule: 'plateau', initial: 1e-3, factor: 0.2, patienceEpochs: 3, minimum: 1e-6, warmUpEpochs: 0 };

function afterLosses(losses: readonly number[]): PlateauState {
  return losses.reduce<PlateauState>((state, loss) => afterEpoch(plateau, state, loss), initialPlateau);
}

describe('learning rate', () => {
  test('cosine starts at the initial rate, halves in the middle and ends at the final one', () => {
    const recipe: LearningRateRecipe = { schedule: 'cosine', initial: 0.1, final: 0.001, warmUpEpochs: 0 };
    assert.equal(learningRateAt(recipe, 0, 10, initialPlateau), 0.1);
    assert.ok(Math.abs(learningRateAt(recipe, 5, 10, initialPlateau) - 0.0505) < 1e-9);
    assert.ok(Math.abs(learningRateAt(recipe, 10, 10, initialPlateau) - 0.001) < 1e-9);
  });

  test('warm-up grows linearly and never starts at zero', () => {
    const recipe: LearningRateRecipe = { schedule: 'constant', initial: 1, warmUpEpochs: 2 };
    assert.ok(learningRateAt(recipe, 0, 10, initialPlateau) > 0);
    assert.ok(Math.abs(learningRateAt(recipe, 1, 10, initialPlateau) - 0.5) < 0.01);
    assert.equal(learningRateAt(recipe, 3, 10, initialPlateau), 1);
  });

  test('plateau cuts the rate after three epochs without gain, as Keras does', () => {
    assert.equal(afterLosses([3, 2, 2.5, 2.5]).reduction, 1);
    assert.equal(afterLosses([3, 2, 2.5, 2.5, 2.5]).reduction, 0.2);
    assert.equal(afterLosses([3, 2, 2.5, 2.5, 2.5, 1.9, 1.8, 1.7]).reduction, 0.2);
    assert.equal(afterLosses([3, 2, 2, 2, 2, 2, 2, 2]).reduction, 0.2 * 0.2);
  });

  test('plateau never goes below the minimum', () => {
    const state: PlateauState = { reduction: 1e-9, bestLoss: 1, epochsWithoutGain: 0 };
    assert.equal(learningRateAt(plateau, 4, 10, state), 1e-6);
  });

  test('the margin grows over its warm-up and stays', () => {
    const head = { margin: 0.5, marginWarmUpEpochs: 4 };
    assert.equal(marginAt(head, 0), 0);
    assert.equal(marginAt(head, 2), 0.25);
    assert.equal(marginAt(head, 9), 0.5);
    assert.equal(marginAt({ margin: 0.5, marginWarmUpEpochs: 0 }, 0), 0.5);
  });
});
