import { addNetwork } from '../../forward';
import { GraphBuilder } from '../../graph/graph-builder';
import { encodeGraphDef } from '../../graph/graph-def-writer';
import * as ops from '../../graph/operations';
import { inputLayer } from '../../layer-shapes';
import type { NetworkSpec, Weights } from '../../network-spec';
import { weightOf } from '../../weight-definitions';
import { inferenceNetwork } from '../inference-network';
import { MessageWriter } from '../protobuf-message';

/** tensorflow.SavedModel and the messages in it (saved_model.proto, meta_graph.proto). */
const fields = {
  savedModel: { schemaVersion: 1, metaGraph: 2 },
  metaGraph: { info: 1, graph: 2, signatures: 5 },
  info: { tags: 4, tensorflowVersion: 5 },
  entry: { key: 1, value: 2 },
  signature: { inputs: 1, outputs: 2, method: 3 },
  tensorInfo: { name: 1, dtype: 2, shape: 3 },
  shape: { dimension: 2, size: 1 },
} as const;
const float32 = 1;
/** The release whose operations the graph is written in. */
const tensorflowVersion = '2.9.1';

/**
 * `saved_model.pb`: the network with its weights as constants, tag `serve`, signature `serving_default`:
 * `input` float32 [batch, size, size, 3] of normalised RGB pixels, `embedding` float32 [batch, length], not L2-normalised.
 */
export function encodeSavedModel(spec: NetworkSpec, weights: Weights): Uint8Array {
  const folded = inferenceNetwork(spec, weights);
  const g = new GraphBuilder();
  const input = g.placeholder('input_pixels', [-1, ...inputLayer(spec).shape]);
  const output = addNetwork(g, folded.spec, input, {
    weight: (name) => {
      const { shape, data } = weightOf(folded.weights, name);
      return g.constant({ dtype: 'float32', shape, data }, 'weight');
    },
  });
  const embedding = ops.unary(g, 'Identity', output, 'embedding_output');
  const signature = new MessageWriter()
    .message(fields.signature.inputs, entry('input', tensorInfo(`${input.ref}:0`, input.shape)))
    .message(fields.signature.outputs, entry('embedding', tensorInfo(`${embedding.ref}:0`, [-1, spec.embeddingLength])))
    .text(fields.signature.method, 'tensorflow/serving/predict');
  const metaGraph = new MessageWriter()
    .message(fields.metaGraph.info, new MessageWriter().text(fields.info.tags, 'serve').text(fields.info.tensorflowVersion, tensorflowVersion))
    .bytes(fields.metaGraph.graph, encodeGraphDef(g.build()))
    .message(fields.metaGraph.signatures, entry('serving_default', signature));
  return new MessageWriter().int(fields.savedModel.schemaVersion, 1).message(fields.savedModel.metaGraph, metaGraph).finish();
}

function entry(key: string, value: MessageWriter): MessageWriter {
  return new MessageWriter().text(fields.entry.key, key).message(fields.entry.value, value);
}

/** @param shape -1 is a free dimension */
function tensorInfo(name: string, shape: readonly number[]): MessageWriter {
  const dimensions = new MessageWriter();
  for (const size of shape) dimensions.message(fields.shape.dimension, new MessageWriter().int(fields.shape.size, size));
  return new MessageWriter().text(fields.tensorInfo.name, name).int(fields.tensorInfo.dtype, float32).message(fields.tensorInfo.shape, dimensions);
}
