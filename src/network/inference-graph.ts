import { foldBatchNormalization } from './fold-batch-normalization';
import { addNetwork } from './forward';
import { GraphBuilder } from './graph/graph-builder';
import type { GraphDef } from './graph/graph-def';
import * as ops from './graph/operations';
import { inputLayer } from './layer-shapes';
import type { NetworkSpec, Weights } from './network-spec';
import { weightOf } from './weight-definitions';

export interface InferenceGraph {
  readonly graph: GraphDef;
  /** Placeholder for pixels 0..255 as uint8 [batch, height, width, 3], RGB; any batch. */
  readonly pixels: string;
  /** float32 [batch, embeddingLength], L2-normalised. */
  readonly embedding: string;
}

/** The network for inference: weights as constants, batch normalisation folded, free batch size, pixel normalisation included. */
export function buildInferenceGraph(spec: NetworkSpec, weights: Weights): InferenceGraph {
  const folded = foldBatchNormalization(spec, weights);
  const g = new GraphBuilder();
  const pixels = g.placeholder('pixels', [-1, ...inputLayer(spec).shape], 'uint8');
  const { mean, deviation } = spec.normalization;
  const centred = ops.binary(g, 'Sub', ops.cast(g, pixels, 'float32'), g.scalar(mean));
  const input = ops.binary(g, 'Mul', centred, g.scalar(1 / deviation));
  const output = addNetwork(g, folded.spec, input, {
    weight: (name) => {
      const { shape, data } = weightOf(folded.weights, name);
      return g.constant({ dtype: 'float32', shape, data }, 'weight');
    },
    slopesUpToOne: (layer) => weightOf(folded.weights, `${layer}/alpha`).data.every((slope) => slope <= 1),
  });
  const embedding = ops.unary(g, 'Identity', ops.l2Normalize(g, output, 1), 'embedding_l2');
  return { graph: g.build(), pixels: pixels.ref, embedding: embedding.ref };
}
