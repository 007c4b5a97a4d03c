import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { VerificationSummary } from '../../../src/protocol/run';
import type { EarlyStoppingRecipe, SwitchHeadRecipe } from '../../../src/training/recipe/ending-section';
import { judgeEarlyStopping, lossLingers, withEpochLoss, type BestEpoch } from '../../../src/training/run-endings';

const summary: VerificationSummary = { pairs: 10, accuracy: 0.5, accuracyDeviation: 0, auc: 0.5, eer: 0.5, threshold: 0 };

/** The epoch, from 1, at which early stopping ends a run with these values; 0 when it does not. `null` is an epoch without verification. */
function endOf(recipe: EarlyStoppingRecipe, values: readonly (number | null)[]): { stopped: number; best: BestEpoch | null } {
  let best: BestEpoch | null = null;
  for (const [i, value] of values.entries()) {
    const epoch = i + 1;
    const verification = value === null ? undefined : { ...summary, auc: value, accuracy: value };
    const judged = judgeEarlyStopping(recipe, best, { epoch, step: epoch * 10, loss: value ?? 0, validationLoss: value === null ? undefined : value, verification });
    best = judged.best;
    if (judged.stop) return { stopped: epoch, best };
  }
  return { stopped: 0, best };
}

describe('early stopping', () => {
  const loss: EarlyStoppingRecipe = { monitor: 'loss', patienceEpochs: 2, minDelta: 0, restoreBest: true };

  test('ends after patience epochs without a lower loss, and knows the best', () => {
    assert.deepEqual(endOf(loss, [3, 2, 2.1, 2]), { stopped: 4, best: { best: 2, epoch: 2, step: 20 } });
    assert.deepEqual(endOf(loss, [3, 2, 2.1, 1.9, 1.95]), { stopped: 0, best: { best: 1.9, epoch: 4, step: 40 } });
  });

  test('a change of at most minDelta is no gain', () => {
    assert.equal(endOf({ ...loss, minDelta: 0.5 }, [3, 2.6, 2.5]).stopped, 3);
    assert.equal(endOf({ ...loss, minDelta: 0.5 }, [3, 2.4, 1.8, 1.2]).stopped, 0);
  });

  test('a validation loss is better when it is lower; one that is no number only passes', () => {
    const validation: EarlyStoppingRecipe = { ...loss, monitor: 'validationLoss' };
    assert.deepEqual(endOf(validation, [3, Number.NaN, 2, 2.1, 2]), { stopped: 5, best: { best: 2, epoch: 3, step: 30 } });
    assert.deepEqual(endOf(validation, [Number.NaN, null]), { stopped: 0, best: null });
  });

  test('a verification is better when it is higher; epochs without one only pass', () => {
    const auc: EarlyStoppingRecipe = { ...loss, monitor: 'auc', patienceEpochs: 3 };
    assert.deepEqual(endOf(auc, [null, 0.8, null, 0.7, null, 0.75]), { stopped: 6, best: { best: 0.8, epoch: 2, step: 20 } });
    assert.equal(endOf(auc, [0.5, 0.6, 0.7, 0.8]).stopped, 0);
    assert.equal(endOf(auc, [null, null, null, null, null]).stopped, 0);
  });
});

describe('the switch of the head', () => {
  const rule: SwitchHeadRecipe = { overEpochs: 2, improvementBelow: 0.1, minimumEpochs: 3, to: {} };
  /** The epoch, from 1, at which the loss lingers; 0 when it never does. */
  const lingersAt = (losses: readonly number[], recipe = rule): number => {
    let smoothed: number[] = [];
    for (const [i, loss] of losses.entries()) {
      smoothed = withEpochLoss(smoothed, loss, recipe.overEpochs);
      if (lossLingers(recipe, smoothed, i + 1)) return i + 1;
    }
    return 0;
  };

  test('the loss is smoothed by halves, and only what the rule looks back on is kept', () => {
    assert.deepEqual([8, 4, 2, 2].reduce<number[]>((smoothed, loss) => withEpochLoss(smoothed, loss, 2), []), [6, 4, 3]);
  });

  test('a loss that keeps falling does not linger, one that stays does', () => {
    assert.equal(lingersAt([8, 6, 4.5, 3.3, 2.5, 1.8]), 0);
    // Smoothed 8, 6, 5, 4.5, 4.25: (5 - 4.25) / 5 is 15 %, then (4.5 - 4.125) / 4.5 is 8 %.
    assert.equal(lingersAt([8, 4, 4, 4, 4, 4, 4]), 6);
    assert.equal(lingersAt([2, 2, 2, 2]), 3);
    assert.equal(lingersAt([1, 2, 3, 4]), 3);
  });

  test('not before the least number of epochs', () => {
    assert.equal(lingersAt([2, 2, 2, 2, 2, 2], { ...rule, minimumEpochs: 5 }), 5);
  });
});
