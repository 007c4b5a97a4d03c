import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { AttrValue, ElementType, GraphDef, GraphNode, HostTensor, TensorData } from './graph-def';

/** tensorflow.DataType of each element type (tensorflow/core/framework/types.proto). */
export const dataTypeCodes: Readonly<Record<ElementType, number>> = {
  float32: 1,
  int32: 3,
  uint8: 4,
  string: 7,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  resource: 20,
};

/** tensorflow.VersionDef of the graphs: made for this version of the op registry ... */
const producerVersion = 1087;
/** ... and readable by every TensorFlow since this one. */
const minimumConsumerVersion = 12;

/** Serializes a graph as tensorflow.GraphDef (graph.proto, node_def.proto, attr_value.proto, tensor.proto). */
export function encodeGraphDef(graph: GraphDef): Uint8Array {
  const writer = new BinaryWriter();
  for (const node of graph.nodes) writeMessage(writer, 1, () => writeNode(writer, node));
  writeMessage(writer, 4, () => {
    writeInt(writer, 1, producerVersion);
    writeInt(writer, 2, minimumConsumerVersion);
  });
  return writer.finish();
}

function writeNode(writer: BinaryWriter, node: GraphNode): void {
  writeText(writer, 1, node.name);
  writeText(writer, 2, node.op);
  for (const input of node.inputs) writeText(writer, 3, input);
  for (const [name, value] of Object.entries(node.attrs)) {
    writeMessage(writer, 5, () => {
      writeText(writer, 1, name);
      writeMessage(writer, 2, () => writeAttr(writer, value));
    });
  }
}

function writeAttr(writer: BinaryWriter, attr: AttrValue): void {
  switch (attr.kind) {
    case 'string':
      writeText(writer, 2, attr.value);
      break;
    case 'int':
      writeInt(writer, 3, attr.value);
      break;
    case 'float':
      writer.tag(4, WireType.Bit32).float(attr.value);
      break;
    case 'bool':
      writer.tag(5, WireType.Varint).bool(attr.value);
      break;
    case 'type':
      writeInt(writer, 6, dataTypeCodes[attr.value]);
      break;
    case 'shape':
      writeMessage(writer, 7, () => writeShape(writer, attr.value));
      break;
    case 'tensor':
      writeMessage(writer, 8, () => writeTensor(writer, attr.value));
      break;
    case 'ints':
      writeMessage(writer, 1, () => writePackedInts(writer, 3, attr.value));
      break;
    case 'types':
      writeMessage(writer, 1, () => writePackedInts(writer, 6, attr.value.map((type) => dataTypeCodes[type])));
      break;
  }
}

function writeShape(writer: BinaryWriter, shape: readonly number[]): void {
  for (const size of shape) writeMessage(writer, 2, () => writeInt(writer, 1, size));
}

function writeTensor(writer: BinaryWriter, tensor: HostTensor): void {
  writeInt(writer, 1, dataTypeCodes[tensor.dtype]);
  writeMessage(writer, 2, () => writeShape(writer, tensor.shape));
  if (isByteStrings(tensor.data)) {
    for (const text of tensor.data) writer.tag(8, WireType.LengthDelimited).bytes(text);
  } else {
    const { buffer, byteOffset, byteLength } = tensor.data;
    writer.tag(4, WireType.LengthDelimited).bytes(new Uint8Array(buffer, byteOffset, byteLength));
  }
}

/** True for the data of a string tensor. */
export function isByteStrings(data: TensorData): data is readonly Uint8Array[] {
  return Array.isArray(data);
}

function writeMessage(writer: BinaryWriter, field: number, body: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  body();
  writer.join();
}

function writeText(writer: BinaryWriter, field: number, text: string): void {
  writer.tag(field, WireType.LengthDelimited).string(text);
}

function writeInt(writer: BinaryWriter, field: number, value: number): void {
  writer.tag(field, WireType.Varint).int64(value);
}

function writePackedInts(writer: BinaryWriter, field: number, values: readonly number[]): void {
  writeMessage(writer, field, () => {
    for (const value of values) writer.int64(value);
  });
}
