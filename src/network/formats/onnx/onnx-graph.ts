import { UserError } from '../../../base/user-error';
import { elementCount } from '../../graph/graph-def';
import { constantOf, type FileConstant, type FileOperation } from '../import/graph-value';
import { halfToFloat } from '../half-float';
import type { MessageReader } from '../protobuf-message';
import * as schema from './onnx-schema';

/** A node of an ONNX file, read but not understood. */
export interface OnnxFileNode extends FileOperation {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: OnnxAttributes;
}

export interface OnnxFileGraph {
  readonly nodes: readonly OnnxFileNode[];
  readonly constants: ReadonlyMap<string, FileConstant>;
  /** Inputs that are no constants, with their sizes; 0 where a size is left open. */
  readonly inputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly outputs: readonly string[];
}

/** Bytes that a tensor keeps in another file beside the model. */
export type ExternalData = (location: string) => Uint8Array;

/** @param graph a GraphProto @throws Error saying what is not known here */
export function readOnnxGraph(graph: MessageReader, external: ExternalData): OnnxFileGraph {
  const constants = new Map(graph.messages(schema.graphFields.initializer).map((tensor) => [tensor.text(schema.tensorFields.name), readOnnxTensor(tensor, external)]));
  const infos = graph.messages(schema.graphFields.input).map((info) => ({ name: info.text(schema.valueInfoFields.name), shape: shapeOf(info) }));
  return {
    constants,
    nodes: graph.messages(schema.graphFields.node).map((node, index) => {
      const type = node.text(schema.nodeFields.opType);
      return {
        type, name: node.text(schema.nodeFields.name) || `${type}_${index}`, inputs: node.texts(schema.nodeFields.input), outputs: node.texts(schema.nodeFields.output),
        attributes: new OnnxAttributes(node.messages(schema.nodeFields.attribute), external),
      };
    }),
    inputs: infos.filter(({ name }) => !constants.has(name)),
    outputs: graph.messages(schema.graphFields.output).map((info) => info.text(schema.valueInfoFields.name)),
  };
}

/** Attributes of a node by name, each with what it is when it is absent. */
export class OnnxAttributes {
  private readonly byName: ReadonlyMap<string, MessageReader>;

  constructor(attributes: readonly MessageReader[], private readonly external: ExternalData) {
    this.byName = new Map(attributes.map((attribute) => [attribute.text(schema.attributeFields.name), attribute]));
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  int(name: string, absent: number): number {
    return this.byName.get(name)?.number(schema.attributeFields.int) ?? absent;
  }

  float(name: string, absent: number): number {
    return this.byName.get(name)?.number(schema.attributeFields.float) ?? absent;
  }

  text(name: string, absent: string): string {
    return this.byName.get(name)?.text(schema.attributeFields.text) ?? absent;
  }

  ints(name: string): readonly number[] | undefined {
    return this.byName.get(name)?.ints(schema.attributeFields.ints);
  }

  /** The value of a Constant node. */
  constant(): FileConstant | undefined {
    const { float, floats, int, ints, tensor } = schema.attributeFields;
    const value = this.byName.get('value');
    if (value) return readOnnxTensor(value.message(tensor), this.external);
    const scalar = this.byName.get('value_float')?.number(float) ?? this.byName.get('value_int')?.number(int);
    if (scalar !== undefined) return constantOf([scalar], []);
    const list = this.byName.get('value_floats')?.floats(floats) ?? this.byName.get('value_ints')?.ints(ints);
    return list && constantOf(list);
  }
}

/** Reads a TensorProto of numbers, wherever it keeps them. */
function readOnnxTensor(tensor: MessageReader, external: ExternalData): FileConstant {
  const { tensorFields, externalDataLocation } = schema;
  const shape = tensor.ints(tensorFields.dims);
  const count = elementCount(shape);
  const code = tensor.number(tensorFields.dataType);
  const raw = tensor.number(tensorFields.dataLocation) === externalDataLocation ? externalBytes(tensor, external) : tensor.bytes(tensorFields.rawData);
  const form = numberForms[code];
  if (!form) throw new Error(`tensor ${tensor.text(tensorFields.name)} has the element type ${code}, which is not known here`);
  const values = raw.length > 0 || count === 0 ? form.fromBytes(Uint8Array.from(raw).buffer) : form.fromField(tensor);
  if (values.length !== count) throw new Error(`tensor ${tensor.text(tensorFields.name)} has ${values.length} values, not ${count}`);
  return { kind: 'constant', shape, data: values };
}

function externalBytes(tensor: MessageReader, external: ExternalData): Uint8Array {
  const entries = new Map(tensor.messages(schema.tensorFields.externalData).map((entry) => [entry.text(schema.metadataFields.key), entry.text(schema.metadataFields.value)]));
  const bytes = external(entries.get('location') ?? '');
  const offset = Number(entries.get('offset') ?? 0);
  const length = Number(entries.get('length') ?? bytes.length - offset);
  if (offset + length > bytes.length) throw new UserError(`The weights file ${entries.get('location') ?? ''} of the ONNX model is cut off.`, 'Copy it again beside the model.');
  return bytes.subarray(offset, offset + length);
}

interface NumberForm {
  fromBytes(buffer: ArrayBuffer): Float32Array | Float64Array;
  fromField(tensor: MessageReader): Float32Array | Float64Array;
}

const { floatData, int32Data, int64Data } = schema.tensorFields;
const fromInt32s = (tensor: MessageReader): Float64Array => Float64Array.from(tensor.ints(int32Data));

/** By TensorProto.DataType. */
const numberForms: Readonly<Record<number, NumberForm | undefined>> = {
  [schema.dataTypes.float32]: { fromBytes: (buffer) => new Float32Array(buffer), fromField: (tensor) => Float32Array.from(tensor.floats(floatData)) },
  [schema.dataTypes.uint8]: { fromBytes: (buffer) => Float64Array.from(new Uint8Array(buffer)), fromField: fromInt32s },
  [schema.dataTypes.int8]: { fromBytes: (buffer) => Float64Array.from(new Int8Array(buffer)), fromField: fromInt32s },
  [schema.dataTypes.int32]: { fromBytes: (buffer) => Float64Array.from(new Int32Array(buffer)), fromField: fromInt32s },
  [schema.dataTypes.int64]: { fromBytes: (buffer) => Float64Array.from(new BigInt64Array(buffer), Number), fromField: (tensor) => Float64Array.from(tensor.ints(int64Data)) },
  [schema.dataTypes.bool]: { fromBytes: (buffer) => Float64Array.from(new Uint8Array(buffer)), fromField: fromInt32s },
  [schema.dataTypes.float16]: {
    fromBytes: (buffer) => Float32Array.from(new Uint16Array(buffer), halfToFloat), fromField: (tensor) => Float32Array.from(tensor.ints(int32Data), halfToFloat),
  },
  [schema.dataTypes.float64]: { fromBytes: (buffer) => new Float64Array(buffer), fromField: () => new Float64Array(0) },
};

function shapeOf(info: MessageReader): number[] {
  const { typeFields: fields, valueInfoFields } = schema;
  const dimensions = info.message(valueInfoFields.type).message(fields.tensor).message(fields.shape).messages(fields.dimension);
  return dimensions.map((dimension) => dimension.number(fields.dimensionValue));
}
