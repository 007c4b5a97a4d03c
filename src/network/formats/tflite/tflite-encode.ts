import { Builder, type Offset } from 'flatbuffers';
import type { TfliteModel, TfliteOperator, TfliteQuantization, TfliteTensor } from './tflite-model';
import * as schema from './tflite-schema';
import type { OperatorDefinition } from './tflite-schema';

/** Constants are aligned for vector instructions, as the schema asks (`force_align: 16`). */
const dataAlignment = 16;
/** Builtin codes from here on do not fit the deprecated byte field, which then holds this. */
const byteCodeLimit = 127;

/** Serializes a model as a .tflite file. */
export function encodeTflite(model: TfliteModel): Uint8Array {
  const builder = new Builder(1 << 20);
  const constants = model.tensors.filter(({ data }) => data !== undefined);
  const buffers = [buffer(builder, undefined), ...constants.map(({ data }) => buffer(builder, data)), ...[...model.metadata.values()].map((data) => buffer(builder, data))];
  const bufferOf = (tensor: TfliteTensor): number => constants.indexOf(tensor) + 1;
  const kinds = [...new Map(model.operators.map((operator) => [`${operator.op} ${operator.version}`, operator])).values()];
  const kindOf = ({ op, version }: TfliteOperator): number => kinds.findIndex((kind) => kind.op === op && kind.version === version);

  const subgraph = table(builder, {
    [schema.subgraphSlots.tensors]: offsets(builder, model.tensors.map((tensor) => tensorTable(builder, tensor, bufferOf(tensor)))),
    [schema.subgraphSlots.inputs]: ints(builder, [model.input]),
    [schema.subgraphSlots.outputs]: ints(builder, [model.output]),
    [schema.subgraphSlots.operators]: offsets(builder, model.operators.map((operator) => operatorTable(builder, operator, kindOf(operator)))),
    [schema.subgraphSlots.name]: offset(builder.createString('main')),
  });
  const metadata = [...model.metadata.keys()].map((name, index) => table(builder, {
    [schema.metadataSlots.name]: offset(builder.createString(name)),
    [schema.metadataSlots.buffer]: { kind: 'int', value: constants.length + 1 + index },
  }));
  const tensorMap = (name: string, index: number): Offset => table(builder, {
    [schema.tensorMapSlots.name]: offset(builder.createString(name)),
    [schema.tensorMapSlots.tensorIndex]: { kind: 'int', value: index },
  });
  const signature = table(builder, {
    [schema.signatureSlots.inputs]: offsets(builder, [tensorMap(model.signature.input, model.input)]),
    [schema.signatureSlots.outputs]: offsets(builder, [tensorMap(model.signature.output, model.output)]),
    [schema.signatureSlots.key]: offset(builder.createString('serving_default')),
  });
  const codes = kinds.map(({ op, version }) => table(builder, {
    [schema.operatorCodeSlots.deprecatedBuiltinCode]: { kind: 'byte', value: Math.min(schema.operators[op].code, byteCodeLimit) },
    [schema.operatorCodeSlots.version]: { kind: 'int', value: version },
    [schema.operatorCodeSlots.builtinCode]: { kind: 'int', value: schema.operators[op].code },
  }));
  const root = table(builder, {
    [schema.modelSlots.version]: { kind: 'int', value: schema.schemaVersion },
    [schema.modelSlots.operatorCodes]: offsets(builder, codes),
    [schema.modelSlots.subgraphs]: offsets(builder, [subgraph]),
    [schema.modelSlots.description]: offset(builder.createString(model.description)),
    [schema.modelSlots.buffers]: offsets(builder, buffers),
    [schema.modelSlots.metadata]: offsets(builder, metadata),
    [schema.modelSlots.signatureDefs]: offsets(builder, [signature]),
  });
  builder.finish(root, schema.fileIdentifier);
  return builder.asUint8Array();
}

interface FieldValue {
  readonly kind: 'byte' | 'int' | 'float' | 'offset';
  readonly value: number;
}

function offset(value: Offset): FieldValue {
  return { kind: 'offset', value };
}

/** @param fields value by slot; what they point to exists already */
function table(builder: Builder, fields: Readonly<Record<number, FieldValue>>): Offset {
  const slots = Object.keys(fields).map(Number);
  builder.startObject(Math.max(-1, ...slots) + 1);
  for (const slot of slots) {
    const field = fields[slot];
    if (field?.kind === 'byte') builder.addFieldInt8(slot, field.value, 0);
    if (field?.kind === 'int') builder.addFieldInt32(slot, field.value, 0);
    if (field?.kind === 'float') builder.addFieldFloat32(slot, field.value, 0);
    if (field?.kind === 'offset') builder.addFieldOffset(slot, field.value, 0);
  }
  return builder.endObject();
}

/** A vector is written from its end, because the whole file grows towards its beginning. */
function vector(builder: Builder, elementBytes: number, length: number, alignment: number, add: (index: number) => void): FieldValue {
  builder.startVector(elementBytes, length, alignment);
  for (let i = length - 1; i >= 0; i--) add(i);
  return offset(builder.endVector());
}

function offsets(builder: Builder, values: readonly Offset[]): FieldValue {
  return vector(builder, 4, values.length, 4, (i) => builder.addOffset(values[i] ?? 0));
}

function ints(builder: Builder, values: readonly number[]): FieldValue {
  return vector(builder, 4, values.length, 4, (i) => builder.addInt32(values[i] ?? 0));
}

function buffer(builder: Builder, data: Uint8Array | undefined): Offset {
  return table(builder, data ? { [schema.bufferSlots.data]: vector(builder, 1, data.length, dataAlignment, (i) => builder.addInt8(data[i] ?? 0)) } : {});
}

function tensorTable(builder: Builder, { name, shape, freeBatch, type, quantization }: TfliteTensor, bufferIndex: number): Offset {
  return table(builder, {
    [schema.tensorSlots.shape]: ints(builder, shape),
    [schema.tensorSlots.type]: { kind: 'byte', value: schema.tensorTypes[type] },
    [schema.tensorSlots.buffer]: { kind: 'int', value: bufferIndex },
    [schema.tensorSlots.name]: offset(builder.createString(name)),
    ...(quantization ? { [schema.tensorSlots.quantization]: offset(quantizationTable(builder, quantization)) } : {}),
    ...(freeBatch ? { [schema.tensorSlots.shapeSignature]: ints(builder, [-1, ...shape.slice(1)]) } : {}),
  });
}

function quantizationTable(builder: Builder, { scales, zeroPoints, dimension }: TfliteQuantization): Offset {
  return table(builder, {
    [schema.quantizationSlots.scale]: vector(builder, 4, scales.length, 4, (i) => builder.addFloat32(scales[i] ?? 0)),
    [schema.quantizationSlots.zeroPoint]: vector(builder, 8, zeroPoints.length, 8, (i) => builder.addInt64(BigInt(zeroPoints[i] ?? 0))),
    [schema.quantizationSlots.quantizedDimension]: { kind: 'int', value: dimension },
  });
}

function operatorTable(builder: Builder, { op, inputs, outputs, options }: TfliteOperator, opcodeIndex: number): Offset {
  const definition: OperatorDefinition = schema.operators[op];
  const values = Object.entries(definition.options).map(([name, { slot, type }]) => [slot, { kind: type, value: options[name] ?? 0 }] as const);
  return table(builder, {
    [schema.operatorSlots.opcodeIndex]: { kind: 'int', value: opcodeIndex },
    [schema.operatorSlots.inputs]: ints(builder, inputs),
    [schema.operatorSlots.outputs]: ints(builder, outputs),
    ...(definition.optionsType === 0 ? {} : {
      [schema.operatorSlots.builtinOptionsType]: { kind: 'byte', value: definition.optionsType },
      [schema.operatorSlots.builtinOptions]: offset(table(builder, Object.fromEntries(values))),
    }),
  });
}
