import type { GraphBuilder, GraphTensor } from '../../network/graph/graph-builder';
import * as ops from '../../network/graph/operations';
import { angleOf, centreWeights, cosinesToCentres, withMargin } from './cosine-logits';
import type { Head } from './head';

export interface CombinedMargins {
  /** Factor on the angle (SphereFace), radians added to it (ArcFace), and what is taken from its cosine (CosFace). */
  readonly m1: number;
  readonly m2: number;
  readonly m3: number;
}

/**
 * Combined margin (Deng et al. 2019, eq. 4; InsightFace's CombinedMarginLoss): cos(m1 * theta + m2) - m3.
 * An angle beyond pi goes on falling as in SphereFace (Liu et al. 2017, eq. 7): -cos - 2.
 * All three margins grow together with the margin that is fed.
 * @param mainMargin what is fed when the margins are in full force
 */
export function combinedMarginHead(scale: number, margins: CombinedMargins, mainMargin: number): Head {
  return {
    kind: 'combined',
    weights: (embeddingLength, identities) => centreWeights(embeddingLength, identities),
    build(inputs) {
      const { g, margin } = inputs;
      const share = ops.binary(g, 'Mul', margin, g.scalar(mainMargin > 0 ? 1 / mainMargin : 0));
      return withMargin(inputs, cosinesToCentres(inputs), scale, (own) => addMargins(g, own, margins, share));
    },
  };
}

function addMargins(g: GraphBuilder, cosine: GraphTensor, { m1, m2, m3 }: CombinedMargins, share: GraphTensor): GraphTensor {
  const inForce = (margin: number): GraphTensor => ops.binary(g, 'Mul', share, g.scalar(margin));
  const factor = ops.binary(g, 'AddV2', inForce(m1 - 1), g.scalar(1));
  const angle = ops.binary(g, 'AddV2', ops.binary(g, 'Mul', angleOf(g, cosine), factor), inForce(m2));
  const shifted = ops.unary(g, 'Cos', angle);
  const beyond = ops.binary(g, 'Sub', g.scalar(-2), shifted);
  return ops.binary(g, 'Sub', ops.select(g, ops.compare(g, 'Greater', g.scalar(Math.PI), angle), shifted, beyond), inForce(m3));
}
