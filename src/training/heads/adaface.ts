import type { GraphBuilder, GraphTensor } from '../../network/graph/graph-builder';
import * as ops from '../../network/graph/operations';
import { angleOf, centreWeights, clip, cosinesToCentres, withMargin } from './cosine-logits';
import type { Head, HeadInputs } from './head';

export interface AdaFaceSettings {
  readonly h: number;
  /** Share of a batch's statistics in the moving ones. */
  readonly tAlpha: number;
}

/** Norms and angles stay within these bounds, and a deviation counts as this much larger, as in the authors' code. */
const bounds = { norm: [1e-3, 100], clearance: 1e-3 } as const;
/** Where the authors' moving statistics of the norms start. */
const initialNorm = { mean: 20, deviation: 100 } as const;

/**
 * AdaFace (Kim et al. 2022, eq. 7 to 11): the norm of an embedding, an indicator of image quality, decides its margin. With
 * z = clip((norm - mean) / (deviation / h), -1, 1) over moving statistics, the own identity's score is cos(theta - m * z) - (m * z + m).
 * No gradient flows through the norm.
 */
export function adaFaceHead(scale: number, settings: AdaFaceSettings): Head {
  return {
    kind: 'adaface',
    weights: (embeddingLength, identities) => [
      ...centreWeights(embeddingLength, identities),
      { name: 'norm_mean', shape: [], initializer: { kind: 'constant', value: initialNorm.mean }, perIdentity: false },
      { name: 'norm_deviation', shape: [], initializer: { kind: 'constant', value: initialNorm.deviation }, perIdentity: false },
    ],
    build(inputs) {
      const { g, margin } = inputs;
      const quality = imageQuality(inputs, settings);
      return withMargin(inputs, cosinesToCentres(inputs), scale, (own) => addAdaptiveMargin(g, own, ops.binary(g, 'Mul', quality, margin), margin));
    },
  };
}

/** z, [batch]: -1 for a norm far below the usual, 1 for one far above. */
function imageQuality({ g, embedding, weight, updateWeight }: HeadInputs, { h, tAlpha }: AdaFaceSettings): GraphTensor {
  const batch = ops.dimension(embedding, 0);
  const squares = ops.reduce(g, 'Sum', ops.unary(g, 'Square', ops.unary(g, 'StopGradient', embedding)), [1], false);
  const norms = clip(g, ops.unary(g, 'Sqrt', squares), ...bounds.norm);
  const batchMean = ops.reduce(g, 'Mean', norms, [0], false);
  const deviations = ops.unary(g, 'Square', ops.binary(g, 'Sub', norms, batchMean));
  const variance = ops.binary(g, 'Mul', ops.reduce(g, 'Sum', deviations, [0], false), g.scalar(1 / Math.max(1, batch - 1)));
  const moved = (name: string, value: GraphTensor): GraphTensor => {
    if (!updateWeight) return weight(name);
    const kept = ops.binary(g, 'Mul', weight(name), g.scalar(1 - tAlpha));
    const updated = ops.binary(g, 'AddV2', kept, ops.binary(g, 'Mul', value, g.scalar(tAlpha)));
    updateWeight(name, updated);
    return updated;
  };
  const mean = moved('norm_mean', batchMean);
  const deviation = moved('norm_deviation', ops.unary(g, 'Sqrt', variance));
  const relative = ops.binary(g, 'RealDiv', ops.binary(g, 'Sub', norms, mean), ops.binary(g, 'AddV2', deviation, g.scalar(bounds.clearance)));
  return clip(g, ops.binary(g, 'Mul', relative, g.scalar(h)), -1, 1);
}

function addAdaptiveMargin(g: GraphBuilder, cosine: GraphTensor, scaledMargin: GraphTensor, margin: GraphTensor): GraphTensor {
  const angle = clip(g, ops.binary(g, 'Sub', angleOf(g, cosine), scaledMargin), bounds.clearance, Math.PI - bounds.clearance);
  return ops.binary(g, 'Sub', ops.unary(g, 'Cos', angle), ops.binary(g, 'AddV2', scaledMargin, margin));
}
