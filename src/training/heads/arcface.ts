import type { GraphBuilder, GraphTensor } from '../../network/graph/graph-builder';
import * as ops from '../../network/graph/operations';
import type { Head } from './head';

/** Keeps the square root's gradient finite where the cosine reaches 1. */
const smallestSineSquared = 1e-7;

/** Fixed scale of AdaCos (Zhang et al. 2019, eq. 8), which the original project always uses: sqrt(2) * ln(identities - 1). */
export function adaCosScale(identities: number): number {
  return Math.SQRT2 * Math.log(Math.max(2, identities - 1));
}

/**
 * ArcFace (Deng et al. 2019, eq. 3): the angle to the own identity's centre grows by the margin m before the softmax of s * cos.
 * Past theta = pi - m, where cos(theta + m) would rise again, cos(theta) - m * sin(m) is used (the original's "hard" rule).
 * Only the batch's own cosines are touched: O(batch) work beside the matrix product.
 */
export function arcFaceHead(scale: number): Head {
  return {
    kind: 'arcface',
    weights: (embeddingLength, identities) => [
      { name: 'kernel', shape: [embeddingLength, identities], initializer: { kind: 'glorotUniform', fanIn: embeddingLength, fanOut: identities } },
    ],
    build({ g, embedding, labels, margin, weight }) {
      const cosines = ops.matMul(g, ops.l2Normalize(g, embedding, 1), ops.l2Normalize(g, weight('kernel'), 0));
      const indices = ops.rowIndices(g, labels);
      const own = ops.gatherNd(g, cosines, indices);
      const adjusted = ops.scatterUpdate(g, cosines, indices, addAngularMargin(g, own, margin));
      return { logits: ops.binary(g, 'Mul', adjusted, g.scalar(scale)), scores: cosines };
    },
  };
}

/** cos(theta + m) by the addition theorem, with the hard rule past pi - m. */
function addAngularMargin(g: GraphBuilder, cosine: GraphTensor, margin: GraphTensor): GraphTensor {
  const cosM = trigonometric(g, 'Cos', margin);
  const sinM = trigonometric(g, 'Sin', margin);
  const sineSquared = ops.binary(g, 'Sub', g.scalar(1), ops.unary(g, 'Square', cosine));
  const sine = ops.unary(g, 'Sqrt', ops.binary(g, 'Maximum', sineSquared, g.scalar(smallestSineSquared)));
  const shifted = ops.binary(g, 'Sub', ops.binary(g, 'Mul', cosine, cosM), ops.binary(g, 'Mul', sine, sinM));
  const hard = ops.binary(g, 'Sub', cosine, ops.binary(g, 'Mul', margin, sinM));
  // cos(pi - m) = -cos(m)
  const limit = ops.unary(g, 'Neg', cosM);
  return ops.select(g, ops.compare(g, 'Greater', cosine, limit), shifted, hard);
}

function trigonometric(g: GraphBuilder, op: 'Cos' | 'Sin', x: GraphTensor): GraphTensor {
  return g.op1({ op, inputs: [x], outputs: [{ shape: x.shape }], attrs: { T: ops.float32Type } });
}
