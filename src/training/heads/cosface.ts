import * as ops from '../../network/graph/operations';
import { centreWeights, cosinesToCentres, withMargin } from './cosine-logits';
import type { Head } from './head';

/** CosFace (Wang et al. 2018, eq. 4): the margin is taken from the own identity's cosine itself. */
export function cosFaceHead(scale: number): Head {
  return {
    kind: 'cosface',
    weights: (embeddingLength, identities) => centreWeights(embeddingLength, identities),
    build: (inputs) => withMargin(inputs, cosinesToCentres(inputs), scale, (own) => ops.binary(inputs.g, 'Sub', own, inputs.margin)),
  };
}
