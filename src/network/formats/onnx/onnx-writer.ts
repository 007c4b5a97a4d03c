import { productVersion } from '../../../base/product';
import { inputLayer } from '../../layer-shapes';
import type { FaceFacts } from '../../model-folder';
import type { NetworkSpec, Weights } from '../../network-spec';
import { faceRecordOf } from '../face-facts';
import { inferenceNetwork } from '../inference-network';
import { MessageWriter } from '../protobuf-message';
import { onnxGraph, type OnnxAttribute, type OnnxNode, type OnnxTensor } from './onnx-layers';
import * as schema from './onnx-schema';

/**
 * The network as an ONNX model: `input` float32 [batch, 3, size, size] of normalised RGB pixels, `embedding` float32 [batch, length],
 * not L2-normalised; the batch is free. Nodes carry the layers' names; face.json is in the model's metadata.
 */
export function encodeOnnx(spec: NetworkSpec, weights: Weights, facts: FaceFacts): Uint8Array {
  const folded = inferenceNetwork(spec, weights);
  const [height, width, channels] = inputLayer(spec).shape;
  const { nodes, initializers } = onnxGraph(folded, schema.inputName, schema.outputName);
  const graph = new MessageWriter();
  for (const node of nodes) graph.message(schema.graphFields.node, nodeMessage(node));
  graph.text(schema.graphFields.name, spec.name);
  for (const [name, tensor] of initializers) graph.message(schema.graphFields.initializer, tensorMessage(name, tensor));
  graph.message(schema.graphFields.input, valueInfo(schema.inputName, ['batch', channels, height, width]));
  graph.message(schema.graphFields.output, valueInfo(schema.outputName, ['batch', spec.embeddingLength]));
  const face = JSON.stringify(faceRecordOf(folded.spec, facts));
  const { modelFields, opsetFields, metadataFields } = schema;
  return new MessageWriter()
    .int(modelFields.irVersion, schema.irVersion)
    .text(modelFields.producerName, 'MobileFaceNet Studio')
    .text(modelFields.producerVersion, productVersion)
    .message(modelFields.graph, graph)
    .message(modelFields.opsetImport, new MessageWriter().text(opsetFields.domain, '').int(opsetFields.version, schema.opsetVersion))
    .message(modelFields.metadata, new MessageWriter().text(metadataFields.key, schema.faceMetadataKey).text(metadataFields.value, face))
    .finish();
}

function nodeMessage({ name, opType, inputs, output, attributes }: OnnxNode): MessageWriter {
  const { nodeFields } = schema;
  const message = new MessageWriter();
  for (const input of inputs) message.text(nodeFields.input, input);
  message.text(nodeFields.output, output).text(nodeFields.name, name).text(nodeFields.opType, opType);
  for (const [key, value] of Object.entries(attributes)) message.message(nodeFields.attribute, attributeMessage(key, value));
  return message;
}

function attributeMessage(name: string, value: OnnxAttribute): MessageWriter {
  const { attributeFields: fields, attributeTypes: types } = schema;
  const message = new MessageWriter().text(fields.name, name);
  if (typeof value === 'number') return message.int(fields.int, value).int(fields.type, types.int);
  if ('float' in value) return message.float(fields.float, value.float).int(fields.type, types.float);
  for (const item of value) message.int(fields.ints, item);
  return message.int(fields.type, types.ints);
}

function tensorMessage(name: string, { dtype, shape, data }: OnnxTensor): MessageWriter {
  const { tensorFields: fields } = schema;
  const message = new MessageWriter();
  for (const size of shape) message.int(fields.dims, size);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return message.int(fields.dataType, schema.dataTypes[dtype]).text(fields.name, name).bytes(fields.rawData, bytes);
}

/** @param shape a text names a free dimension */
function valueInfo(name: string, shape: readonly (number | string)[]): MessageWriter {
  const { typeFields: fields, valueInfoFields } = schema;
  const dimensions = new MessageWriter();
  for (const size of shape) {
    const dimension = typeof size === 'number' ? new MessageWriter().int(fields.dimensionValue, size) : new MessageWriter().text(fields.dimensionName, size);
    dimensions.message(fields.dimension, dimension);
  }
  const tensor = new MessageWriter().int(fields.elementType, schema.dataTypes.float32).message(fields.shape, dimensions);
  return new MessageWriter().text(valueInfoFields.name, name).message(valueInfoFields.type, new MessageWriter().message(fields.tensor, tensor));
}
