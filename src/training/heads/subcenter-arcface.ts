import * as ops from '../../network/graph/operations';
import { addAngularMargin } from './arcface';
import { centreWeights, cosinesToCentres, withMargin } from './cosine-logits';
import type { Head } from './head';

/**
 * Sub-center ArcFace (Deng et al. 2020, eq. 3): each identity has K centres and the nearest counts, so that wrong or odd pictures gather
 * at a centre of their own. The centres of an identity are neighbouring columns of the kernel.
 */
export function subCenterArcFaceHead(scale: number, subCenters: number, easyMargin = false): Head {
  return {
    kind: 'subcenter-arcface',
    weights: (embeddingLength, identities) => centreWeights(embeddingLength, identities, subCenters),
    build(inputs) {
      const { g } = inputs;
      const all = cosinesToCentres(inputs);
      const [batch, identities] = [ops.dimension(all, 0), ops.dimension(all, 1) / subCenters];
      const nearest = ops.reduce(g, 'Max', ops.reshape(g, all, [batch, identities, subCenters]), [2], true);
      const cosines = ops.reshape(g, nearest, [batch, identities]);
      return withMargin(inputs, cosines, scale, (own) => addAngularMargin(g, own, inputs.margin, easyMargin));
    },
  };
}
