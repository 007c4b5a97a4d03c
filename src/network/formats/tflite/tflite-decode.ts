import { ByteBuffer } from 'flatbuffers';
import { UserError } from '../../../base/user-error';
import type { TfliteModel, TfliteOperator, TfliteQuantization, TfliteTensor } from './tflite-model';
import * as schema from './tflite-schema';
import type { OperatorDefinition, OperatorName, TfliteType } from './tflite-schema';

/**
 * Reads a .tflite file with one subgraph, one input and one output.
 * @throws Error saying what is wrong or not known here
 */
export function decodeTflite(bytes: Uint8Array): TfliteModel {
  const data = new ByteBuffer(bytes);
  if (bytes.length < 8 || !data.__has_identifier(schema.fileIdentifier)) throw new Error('it does not begin as a TensorFlow Lite model');
  const model = new FlatTable(data, data.readInt32(0));
  const [subgraph, ...others] = model.tables(schema.modelSlots.subgraphs);
  if (!subgraph || others.length > 0) throw new Error(`it has ${others.length + (subgraph ? 1 : 0)} subgraphs, not one`);
  const buffers = model.tables(schema.modelSlots.buffers).map((buffer) => buffer.bytes(schema.bufferSlots.data));
  const kinds = model.tables(schema.modelSlots.operatorCodes).map(operatorKind);
  const tensors = subgraph.tables(schema.subgraphSlots.tensors).map((tensor) => readTensor(tensor, buffers));
  const [signature] = model.tables(schema.modelSlots.signatureDefs);
  const nameOf = (slot: number): string => signature?.tables(slot)[0]?.text(schema.tensorMapSlots.name) ?? '';
  return {
    description: model.text(schema.modelSlots.description),
    tensors,
    operators: subgraph.tables(schema.subgraphSlots.operators).map((operator) => readOperator(operator, kinds, tensors)),
    input: only(subgraph.ints(schema.subgraphSlots.inputs), 'inputs'),
    output: only(subgraph.ints(schema.subgraphSlots.outputs), 'outputs'),
    signature: { input: nameOf(schema.signatureSlots.inputs), output: nameOf(schema.signatureSlots.outputs) },
    metadata: new Map(model.tables(schema.modelSlots.metadata).map((entry) => [
      entry.text(schema.metadataSlots.name), buffers[entry.int(schema.metadataSlots.buffer)] ?? new Uint8Array(0),
    ])),
  };
}

interface OperatorKind {
  /** Undefined when it is not known here. */
  readonly op: OperatorName | undefined;
  /** For messages. */
  readonly title: string;
  readonly version: number;
}

function operatorKind(code: FlatTable): OperatorKind {
  const builtin = Math.max(code.byte(schema.operatorCodeSlots.deprecatedBuiltinCode), code.int(schema.operatorCodeSlots.builtinCode));
  const op = (Object.keys(schema.operators) as OperatorName[]).find((name) => schema.operators[name].code === builtin);
  const title = op ?? (code.text(schema.operatorCodeSlots.customCode) || schema.otherOperators[builtin]) ?? `operator ${builtin}`;
  return { op, title, version: code.int(schema.operatorCodeSlots.version, 1) };
}

function readTensor(table: FlatTable, buffers: readonly Uint8Array[]): TfliteTensor {
  const name = table.text(schema.tensorSlots.name);
  const code = table.byte(schema.tensorSlots.type);
  const type = (Object.keys(schema.tensorTypes) as TfliteType[]).find((key) => schema.tensorTypes[key] === code);
  if (!type) throw new Error(`tensor ${name} has the element type ${code}, which is not known here`);
  const data = buffers[table.int(schema.tensorSlots.buffer)];
  const quantization = readQuantization(table.table(schema.tensorSlots.quantization));
  return {
    name, type, shape: table.ints(schema.tensorSlots.shape), freeBatch: table.ints(schema.tensorSlots.shapeSignature)[0] === -1,
    ...(data && data.length > 0 ? { data } : {}), ...(quantization ? { quantization } : {}),
  };
}

function readQuantization(table: FlatTable | undefined): TfliteQuantization | undefined {
  const scales = table?.floats(schema.quantizationSlots.scale) ?? [];
  if (!table || scales.length === 0) return undefined;
  return { scales, zeroPoints: table.longs(schema.quantizationSlots.zeroPoint), dimension: table.int(schema.quantizationSlots.quantizedDimension) };
}

function readOperator(table: FlatTable, kinds: readonly OperatorKind[], tensors: readonly TfliteTensor[]): TfliteOperator {
  const kind = kinds[table.int(schema.operatorSlots.opcodeIndex)];
  if (!kind) throw new Error('an operator has no operator code');
  const inputs = table.ints(schema.operatorSlots.inputs);
  const outputs = table.ints(schema.operatorSlots.outputs);
  const { op, version, title } = kind;
  if (op === undefined) {
    const [input, output] = [tensors[inputs[0] ?? -1], tensors[outputs[0] ?? -1]];
    throw new UserError(
      `Layer ${output?.name.split(';')[0] ?? ''} (${title}, on ${input?.shape.slice(1).join(' x ') ?? ''}) of the TensorFlow Lite model is an operation that is not known here.`,
      'Use a network of convolutions, batch normalisations, ReLU, LeakyReLU or PReLU, additions and dense layers.',
    );
  }
  const definition: OperatorDefinition = schema.operators[op];
  const options = table.table(schema.operatorSlots.builtinOptions);
  const values = Object.entries(definition.options).map(([name, { slot, type }]) => [name, options?.[type](slot) ?? 0] as const);
  return { op, version, inputs, outputs, options: Object.fromEntries(values) };
}

function only(values: readonly number[], what: string): number {
  const [value, ...others] = values;
  if (value === undefined || others.length > 0) throw new Error(`it has ${values.length} ${what}, not one`);
  return value;
}

/** One table of a FlatBuffers file. Absent fields have their schema's default, 0 or empty. */
class FlatTable {
  constructor(private readonly data: ByteBuffer, private readonly position: number) {}

  byte(slot: number): number {
    const at = this.at(slot);
    return at === undefined ? 0 : this.data.readInt8(at);
  }

  int(slot: number, absent = 0): number {
    const at = this.at(slot);
    return at === undefined ? absent : this.data.readInt32(at);
  }

  float(slot: number): number {
    const at = this.at(slot);
    return at === undefined ? 0 : this.data.readFloat32(at);
  }

  text(slot: number): string {
    return Buffer.from(this.bytes(slot)).toString('utf8');
  }

  table(slot: number): FlatTable | undefined {
    const at = this.at(slot);
    return at === undefined ? undefined : new FlatTable(this.data, this.data.__indirect(at));
  }

  tables(slot: number): FlatTable[] {
    return this.elements(slot, 4, (at) => new FlatTable(this.data, this.data.__indirect(at)));
  }

  ints(slot: number): number[] {
    return this.elements(slot, 4, (at) => this.data.readInt32(at));
  }

  longs(slot: number): number[] {
    return this.elements(slot, 8, (at) => Number(this.data.readInt64(at)));
  }

  floats(slot: number): number[] {
    return this.elements(slot, 4, (at) => this.data.readFloat32(at));
  }

  bytes(slot: number): Uint8Array {
    const at = this.at(slot);
    if (at === undefined) return new Uint8Array(0);
    const start = this.data.__vector(at);
    return this.data.bytes().slice(start, start + this.data.__vector_len(at));
  }

  private elements<T>(slot: number, elementBytes: number, read: (at: number) => T): T[] {
    const at = this.at(slot);
    if (at === undefined) return [];
    const start = this.data.__vector(at);
    const length = this.data.__vector_len(at);
    if (length * elementBytes > this.data.capacity() - start) throw new Error('it is cut off');
    return Array.from({ length }, (_, i) => read(start + i * elementBytes));
  }

  /** Position of a field's value. */
  private at(slot: number): number | undefined {
    const relative = this.data.__offset(this.position, 4 + 2 * slot);
    return relative === 0 ? undefined : this.position + relative;
  }
}
