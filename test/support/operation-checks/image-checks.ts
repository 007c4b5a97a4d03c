import type { OperationCheck } from './operation-check';

export const imageChecks: readonly OperationCheck[] = [
  { name: 'resizeBilinear gradient', run: (s) => s.gradients((x) => s.tf.image.resizeBilinear(x, [7, 7]), [s.random([1, 4, 4, 2])]) },
  { name: 'resizeNearestNeighbor', run: (s) => s.tf.image.resizeNearestNeighbor(s.random([1, 4, 4, 2]), [8, 8]) },
  {
    name: 'cropAndResize',
    run: (s) => s.tf.image.cropAndResize(s.random([1, 9, 9, 2]), s.tf.tensor2d([[0.1, 0.1, 0.8, 0.9]]), s.tf.tensor1d([0], 'int32'), [4, 4]),
  },
  { name: 'flipLeftRight', run: (s) => s.tf.image.flipLeftRight(s.random([1, 4, 4, 2])) },
  {
    name: 'nonMaxSuppression',
    run: (s) => s.tf.image.nonMaxSuppression(s.tf.tensor2d([[0, 0, 1, 1], [0, 0, 0.9, 1], [2, 2, 3, 3]]), s.tf.tensor1d([0.9, 0.8, 0.7]), 3, 0.5),
  },
];
