import type { GraphBuilder, GraphTensor } from '../../network/graph/graph-builder';
import * as ops from '../../network/graph/operations';

/**
 * Cross-entropy of each picture of a batch, [batch], with the target spread over all identities by label smoothing (Szegedy et al. 2016, section 7).
 * Against the target (1 - e) one-hot + e / C the loss is CE + e (z_own - mean(z)): no target matrix is made.
 * @param logits [batch, identities]
 * @param labels int32 [batch]
 */
export function crossEntropies(g: GraphBuilder, logits: GraphTensor, labels: GraphTensor, smoothing: number): GraphTensor {
  const hard = ops.sparseSoftmaxCrossEntropy(g, logits, labels);
  return smoothing > 0 ? smoothed(g, hard, logits, labels, smoothing) : hard;
}

/** Mean of the above over the batch. Scalar. */
export function meanCrossEntropy(g: GraphBuilder, logits: GraphTensor, labels: GraphTensor, smoothing: number): GraphTensor {
  return ops.reduce(g, 'Mean', crossEntropies(g, logits, labels, smoothing), [0], false);
}

function smoothed(g: GraphBuilder, hard: GraphTensor, logits: GraphTensor, labels: GraphTensor, smoothing: number): GraphTensor {
  const own = ops.gatherNd(g, logits, ops.rowIndices(g, labels));
  const sum = ops.reduce(g, 'Sum', logits, [1], true);
  const mean = ops.reshape(g, ops.binary(g, 'Mul', sum, g.scalar(1 / ops.dimension(logits, 1))), [ops.dimension(logits, 0)]);
  return ops.binary(g, 'AddV2', hard, ops.binary(g, 'Mul', ops.binary(g, 'Sub', own, mean), g.scalar(smoothing)));
}
