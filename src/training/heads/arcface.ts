import type { GraphBuilder, GraphTensor } from '../../network/graph/graph-builder';
import * as ops from '../../network/graph/operations';
import { centreWeights, cosinesToCentres, withMargin } from './cosine-logits';
import type { Head } from './head';

/** Keeps the square root's gradient finite where the cosine reaches 1. */
const smallestSineSquared = 1e-7;

/** Fixed scale of AdaCos (Zhang et al. 2019, eq. 8), which the original project always uses: sqrt(2) * ln(identities - 1). */
export function adaCosScale(identities: number): number {
  return Math.SQRT2 * Math.log(Math.max(2, identities - 1));
}

/**
 * ArcFace (Deng et al. 2019, eq. 3): the angle to the own identity's centre grows by the margin m before the softmax of s * cos.
 * Past theta = pi - m, where cos(theta + m) would rise again, cos(theta) - m * sin(m) is used (the original's "hard" rule);
 * with the easy margin of InsightFace, an angle beyond 90 degrees has no margin at all.
 */
export function arcFaceHead(scale: number, easyMargin = false): Head {
  return {
    kind: 'arcface',
    weights: (embeddingLength, identities) => centreWeights(embeddingLength, identities),
    build: (inputs) =>
      withMargin(inputs, cosinesToCentres(inputs), scale, (own) => addAngularMargin(inputs.g, own, inputs.margin, easyMargin)),
  };
}

/** cos(theta + m) by the addition theorem, with the hard rule or the easy margin. */
export function addAngularMargin(g: GraphBuilder, cosine: GraphTensor, margin: GraphTensor, easyMargin: boolean): GraphTensor {
  const cosM = ops.unary(g, 'Cos', margin);
  const sinM = ops.unary(g, 'Sin', margin);
  const sineSquared = ops.binary(g, 'Sub', g.scalar(1), ops.unary(g, 'Square', cosine));
  const sine = ops.unary(g, 'Sqrt', ops.binary(g, 'Maximum', sineSquared, g.scalar(smallestSineSquared)));
  const shifted = ops.binary(g, 'Sub', ops.binary(g, 'Mul', cosine, cosM), ops.binary(g, 'Mul', sine, sinM));
  if (easyMargin) return ops.select(g, ops.compare(g, 'Greater', cosine, g.scalar(0)), shifted, cosine);
  const hard = ops.binary(g, 'Sub', cosine, ops.binary(g, 'Mul', margin, sinM));
  // cos(pi - m) = -cos(m)
  return ops.select(g, ops.compare(g, 'Greater', cosine, ops.unary(g, 'Neg', cosM)), shifted, hard);
}
