import type { GraphBuilder, GraphTensor } from '../../network/graph/graph-builder';
import * as ops from '../../network/graph/operations';
import type { HeadInputs, HeadOutputs, HeadWeight } from './head';

/** Distance from +-1 that cosines keep before their angle is taken: the slope of acos stays below 710. */
const cosineClearance = 1e-6;

/** The centres of the identities, as the columns of a matrix. */
export function centreWeights(embeddingLength: number, identities: number, centresEach = 1): HeadWeight[] {
  const columns = identities * centresEach;
  return [
    { name: 'kernel', shape: [embeddingLength, columns], initializer: { kind: 'glorotUniform', fanIn: embeddingLength, fanOut: columns }, perIdentity: true },
  ];
}

/** [batch, columns]: cosines between the embeddings and the columns of the kernel. */
export function cosinesToCentres({ g, embedding, weight }: HeadInputs): GraphTensor {
  return ops.matMul(g, ops.l2Normalize(g, embedding, 1), ops.l2Normalize(g, weight('kernel'), 0));
}

/**
 * Scaled cosines with the margin on the own identity's. Only the batch's own cosines are touched: O(batch) work beside the matrix product.
 * @param addMargin from the own cosines [batch] to those with margin
 */
export function withMargin({ g, labels, owned }: HeadInputs, cosines: GraphTensor, scale: number, addMargin: (own: GraphTensor) => GraphTensor): HeadOutputs {
  const indices = ops.rowIndices(g, labels);
  const own = ops.gatherNd(g, cosines, indices);
  const margined = addMargin(own);
  const adjusted = ops.scatterUpdate(g, cosines, indices, owned ? ops.select(g, owned, margined, own) : margined);
  return { logits: ops.binary(g, 'Mul', adjusted, g.scalar(scale)), scores: cosines };
}

export function clip(g: GraphBuilder, x: GraphTensor, low: number, high: number): GraphTensor {
  return ops.binary(g, 'Minimum', ops.binary(g, 'Maximum', x, g.scalar(low)), g.scalar(high));
}

/** The angle of a cosine, with a finite gradient. */
export function angleOf(g: GraphBuilder, cosine: GraphTensor): GraphTensor {
  return ops.unary(g, 'Acos', clip(g, cosine, cosineClearance - 1, 1 - cosineClearance));
}
