import { broadcastGradient } from './elementwise-checks';
import type { OperationCheck } from './operation-check';

const unregistered = 'tfjs-node 4.22 registers no kernel for it';
const shapeError = "TensorFlow.js' gradient ignores broadcasting and fails with a shape error";

/** What TensorFlow.js itself cannot do on its node backend. Asserted to fail still, so that a repair upstream is noticed. */
export const knownFailures: readonly { readonly check: OperationCheck; readonly reason: string }[] = [
  { reason: unregistered, check: { name: 'image.rotateWithOffset', run: (s) => s.tf.image.rotateWithOffset(s.random([1, 6, 6, 2]), 0.3) } },
  {
    reason: unregistered,
    check: {
      name: 'image.transform',
      run: (s) => s.tf.image.transform(s.random([1, 6, 6, 1]), s.tf.tensor2d([[1, 0.1, 0, -0.1, 1, 0, 0, 0]]), 'bilinear'),
    },
  },
  { reason: shapeError, check: broadcastGradient('maximum') },
  { reason: shapeError, check: broadcastGradient('minimum') },
  { reason: shapeError, check: broadcastGradient('squaredDifference') },
];
