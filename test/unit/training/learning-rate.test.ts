import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { afterEpoch, initialPlateau, learningRateAt, marginAt, type PlateauState } from '../../../src/training/learning-rate';
import type { LearningRateRecipe } from '../../../src/training/recipe/learning-rate-section';

const plateau: LearningRateRecipe = { schedule: 'plateau', initial: 1e-3, monitor: 'loss', factor: 0.2, patienceEpochs: 3, minimum: 1e-6 };

function afterLosses(losses: readonly number[]): PlateauState {
  return losses.reduce<PlateauState>((state, loss) => afterEpoch(plateau, state, { loss, validationLoss: undefined }), initialPlateau);
}

/** Rates of the steps of a run of 100 steps, 10 an epoch. */
function ratesAt(recipe: LearningRateRecipe, steps: readonly number[], stepsPerEpoch = 10): number[] {
  return steps.map((step) => learningRateAt(recipe, { step, totalSteps: 100, stepsPerEpoch }, initialPlateau));
}

function assertRates(recipe: LearningRateRecipe, table: readonly (readonly [step: number, rate: number])[], stepsPerEpoch?: number): void {
  const rates = ratesAt(recipe, table.map(([step]) => step), stepsPerEpoch);
  table.forEach(([step, rate], i) => assert.ok(Math.abs((rates[i] ?? NaN) - rate) < 1e-12, `step ${step}: ${rates[i]} instead of ${rate}`));
}

describe('learning rate', () => {
  test('constant', () => assertRates({ schedule: 'constant', initial: 0.3 }, [[0, 0.3], [50, 0.3], [99, 0.3]]));

  test('cosine starts at the initial rate, halves in the middle and ends at the final one', () => {
    assertRates({ schedule: 'cosine', initial: 0.1, final: 0.001 }, [[0, 0.1], [50, 0.0505], [100, 0.001], [120, 0.001]]);
    // cos(pi / 4) at a quarter of the way
    assertRates({ schedule: 'cosine', initial: 2, final: 0 }, [[25, 1 + Math.SQRT1_2]]);
  });

  test('polynomial falls along a line, or along a parabola', () => {
    assertRates({ schedule: 'polynomial', initial: 0.1, final: 0, power: 1 }, [[0, 0.1], [25, 0.075], [75, 0.025], [100, 0]]);
    assertRates({ schedule: 'polynomial', initial: 1, final: 0.2, power: 2 }, [[0, 1], [50, 0.4], [100, 0.2]]);
  });

  test('steps fall at their milestones, in steps or in epochs', () => {
    const table = [[0, 0.1], [35, 0.1], [36, 0.01], [51, 0.01], [52, 0.001], [58, 0.0001], [99, 0.0001]] as const;
    assertRates({ schedule: 'step', initial: 0.1, factor: 0.1, milestonesSteps: [36, 52, 58] }, table);
    assertRates({ schedule: 'step', initial: 0.1, factor: 0.1, milestonesEpochs: [3.6, 5.2, 5.8] }, table);
    assertRates({ schedule: 'step', initial: 1, factor: 0.5, milestonesEpochs: [2] }, [[4, 1], [5, 0.5]], 2.5);
  });

  test('every schedule warms up linearly from above zero, in epochs or in steps', () => {
    assertRates({ schedule: 'constant', initial: 1, warmUpEpochs: 2 }, [[0, 0.05], [9, 0.5], [19, 1], [20, 1]]);
    assertRates({ schedule: 'constant', initial: 1, warmUpSteps: 4 }, [[0, 0.25], [3, 1], [4, 1]]);
    assertRates({ schedule: 'step', initial: 1, factor: 0.1, milestonesSteps: [50], warmUpSteps: 10 }, [[4, 0.5], [49, 1], [50, 0.1]]);
    assertRates({ ...plateau, warmUpSteps: 10 }, [[4, 5e-4], [10, 1e-3]]);
    // The decline begins when the warm-up is over.
    assertRates({ schedule: 'polynomial', initial: 1, final: 0, power: 1, warmUpSteps: 20 }, [[9, 0.5], [20, 1], [60, 0.5], [100, 0]]);
    assertRates({ schedule: 'cosine', initial: 1, final: 0, warmUpEpochs: 2 }, [[9, 0.5], [20, 1], [60, 0.5], [100, 0]]);
  });

  test('plateau cuts the rate after three epochs without gain, as Keras does', () => {
    assert.equal(afterLosses([3, 2, 2.5, 2.5]).reduction, 1);
    assert.equal(afterLosses([3, 2, 2.5, 2.5, 2.5]).reduction, 0.2);
    assert.equal(afterLosses([3, 2, 2.5, 2.5, 2.5, 1.9, 1.8, 1.7]).reduction, 0.2);
    assert.equal(afterLosses([3, 2, 2, 2, 2, 2, 2, 2]).reduction, 0.2 * 0.2);
  });

  test('plateau may watch the validation loss instead', () => {
    const watching: LearningRateRecipe = { ...plateau, monitor: 'validationLoss', patienceEpochs: 1 };
    const rising = afterEpoch(watching, { ...initialPlateau, bestLoss: 2 }, { loss: 1, validationLoss: 3 });
    assert.deepEqual([rising.reduction, rising.bestLoss], [0.2, 2]);
    assert.equal(afterEpoch(watching, initialPlateau, { loss: 1, validationLoss: undefined }), initialPlateau);
  });

  test('plateau never goes below the minimum', () => {
    const state: PlateauState = { reduction: 1e-9, bestLoss: 1, epochsWithoutGain: 0 };
    assert.equal(learningRateAt(plateau, { step: 40, totalSteps: 100, stepsPerEpoch: 10 }, state), 1e-6);
  });

  test('the margin grows over its warm-up and stays', () => {
    const head = { margin: 0.5, marginWarmUpEpochs: 4 };
    assert.equal(marginAt(head, 0), 0);
    assert.equal(marginAt(head, 2), 0.25);
    assert.equal(marginAt(head, 9), 0.5);
    assert.equal(marginAt({ margin: 0.5, marginWarmUpEpochs: 0 }, 0), 0.5);
  });
});
