import * as schema from '../../src/network/formats/onnx/onnx-schema';
import { MessageWriter } from '../../src/network/formats/protobuf-message';

export type NodeAttribute = number | readonly number[] | string | { readonly float: number };

export interface NodeDescription {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly name?: string;
  readonly attributes?: Readonly<Record<string, NodeAttribute>>;
}

export interface TensorDescription {
  readonly shape: readonly number[];
  /** Uint16Array: the bits of float16. */
  readonly data: Float32Array | BigInt64Array | Int8Array | Uint16Array;
  /** Where the bytes lie instead of in the model. */
  readonly external?: { readonly location: string; readonly offset: number };
}

export interface OnnxDescription {
  readonly nodes: readonly NodeDescription[];
  readonly tensors?: Readonly<Record<string, TensorDescription>>;
  /** A text is a free size. */
  readonly input: readonly (number | string)[];
  readonly outputs?: readonly string[];
}

/** A small ONNX model in bytes. The picture is called `x`; the last node gives the output unless `outputs` says otherwise. */
export function onnxModel({ nodes, tensors = {}, input, outputs = [nodes.at(-1)?.output ?? ''] }: OnnxDescription): Uint8Array {
  const graph = new MessageWriter();
  for (const node of nodes) graph.message(schema.graphFields.node, nodeMessage(node));
  for (const [name, tensor] of Object.entries(tensors)) graph.message(schema.graphFields.initializer, tensorMessage(name, tensor));
  graph.message(schema.graphFields.input, valueInfo('x', input));
  for (const output of outputs) graph.message(schema.graphFields.output, new MessageWriter().text(schema.valueInfoFields.name, output));
  return new MessageWriter().int(schema.modelFields.irVersion, schema.irVersion).message(schema.modelFields.graph, graph).finish();
}

export const floats = (shape: readonly number[], data: ArrayLike<number>): TensorDescription => ({ shape, data: Float32Array.from(data) });
export const ints = (...values: number[]): TensorDescription => ({ shape: [values.length], data: BigInt64Array.from(values.map(BigInt)) });

function nodeMessage({ type, inputs, output, name = '', attributes = {} }: NodeDescription): MessageWriter {
  const { nodeFields } = schema;
  const message = new MessageWriter();
  for (const input of inputs) message.text(nodeFields.input, input);
  message.text(nodeFields.output, output).text(nodeFields.name, name).text(nodeFields.opType, type);
  for (const [key, value] of Object.entries(attributes)) message.message(nodeFields.attribute, attributeMessage(key, value));
  return message;
}

function attributeMessage(name: string, value: NodeAttribute): MessageWriter {
  const { attributeFields: fields } = schema;
  const message = new MessageWriter().text(fields.name, name);
  if (typeof value === 'number') return message.int(fields.int, value);
  if (typeof value === 'string') return message.text(fields.text, value);
  if ('float' in value) return message.float(fields.float, value.float);
  return message.packedInts(fields.ints, value);
}

function tensorMessage(name: string, { shape, data, external }: TensorDescription): MessageWriter {
  const { tensorFields: fields, metadataFields } = schema;
  const message = new MessageWriter().packedInts(fields.dims, shape).int(fields.dataType, elementTypeOf(data)).text(fields.name, name);
  if (!external) return message.bytes(fields.rawData, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const entries = { location: external.location, offset: String(external.offset), length: String(data.byteLength) };
  for (const [key, value] of Object.entries(entries)) message.message(fields.externalData, new MessageWriter().text(metadataFields.key, key).text(metadataFields.value, value));
  return message.int(fields.dataLocation, schema.externalDataLocation);
}

function elementTypeOf(data: TensorDescription['data']): number {
  const { float32, int8, float16, int64 } = schema.dataTypes;
  return data instanceof Float32Array ? float32 : data instanceof Int8Array ? int8 : data instanceof Uint16Array ? float16 : int64;
}

function valueInfo(name: string, shape: readonly (number | string)[]): MessageWriter {
  const { typeFields: fields, valueInfoFields } = schema;
  const dimensions = new MessageWriter();
  for (const size of shape) {
    const dimension = new MessageWriter();
    dimensions.message(fields.dimension, typeof size === 'number' ? dimension.int(fields.dimensionValue, size) : dimension.text(fields.dimensionName, size));
  }
  const tensor = new MessageWriter().int(fields.elementType, schema.dataTypes.float32).message(fields.shape, dimensions);
  return new MessageWriter().text(valueInfoFields.name, name).message(valueInfoFields.type, new MessageWriter().message(fields.tensor, tensor));
}
