import type * as tfjs from '@tensorflow/tfjs';
import type { OperationCheck } from './operation-check';

const lossNames = ['softmaxCrossEntropy', 'sigmoidCrossEntropy', 'huberLoss', 'logLoss', 'meanSquaredError'] as const;

export const lossChecks: readonly OperationCheck[] = lossNames.map((name) => ({
  name: `loss ${name}`,
  run: (s) => {
    const loss = s.tf.losses[name] as (labels: tfjs.Tensor, predictions: tfjs.Tensor) => tfjs.Tensor;
    return loss(s.tf.tensor2d([[0, 1], [1, 0]]), s.random([2, 2]).abs().clipByValue(0.05, 0.95));
  },
}));
