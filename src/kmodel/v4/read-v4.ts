/** Reads what a kmodel of version 4 (nncase 0.2) holds, to show it; it cannot be simulated or written (design document "k210-kmodel", section 2). */
import { UserError } from '../../base/user-error';
import { bodyParts } from '../body-parts';
import type { ByteReader } from '../byte-reader';
import { convShapeOf, decodeRegisters, registerWords, type ConvShape } from '../v3/kpu-registers';

const memoryTypes = ['constants', 'main', 'kpu'] as const;
const dataTypes = ['float32', 'uint8'] as const;

export interface MemoryRange {
  readonly memory: (typeof memoryTypes)[number];
  readonly dataType: (typeof dataTypes)[number];
  readonly startBytes: number;
  readonly sizeBytes: number;
}

export interface NodeV4 {
  readonly name: string;
  readonly bodyBytes: number;
  /** Of convolutions on the KPU. */
  readonly conv?: ConvShape;
}

export interface ProgramV4 {
  readonly target: 'cpu' | 'k210';
  readonly constantsBytes: number;
  readonly mainMemoryBytes: number;
  readonly inputs: readonly MemoryRange[];
  /** One per input, NCHW. */
  readonly inputShapes: readonly (readonly number[])[];
  readonly outputs: readonly MemoryRange[];
  readonly nodes: readonly NodeV4[];
}

const kpuConv = 0x2002;
/** Bytes of a body before its registers: a memory range, the number of batches and a reserved number. */
const kpuConvPrefixBytes = 24;
const mostItems = 4096;

const nodeNames: ReadonlyMap<number, string> = new Map([
  [0x00, 'binary'], [0x01, 'concat'], [0x02, 'conv2d'], [0x03, 'dequantize'], [0x04, 'matmul'], [0x05, 'pad'], [0x06, 'quantize'], [0x07, 'reduce'],
  [0x08, 'reduce_window2d'], [0x09, 'memory_copy'], [0x0a, 'resize_image'], [0x0b, 'softmax'], [0x0c, 'transpose'], [0x0d, 'strided_slice'], [0x0e, 'unary'],
  [0x0f, 'quantized_conv2d'], [0x10, 'quantized_matmul'], [0x11, 'quantized_binary'], [0x12, 'table_lookup1d'], [0x13, 'conv2d_transpose'],
  [0x14, 'nnil_unary_method'], [0x1001, 'cpu_conv2d'], [0x1002, 'cpu_depthwise_conv2d'], [0x1003, 'cpu_reduce_window2d'],
  [0x1004, 'cpu_quantized_conv2d'], [0x1005, 'cpu_quantized_depthwise_conv2d'], [0x2001, 'kpu_upload'], [kpuConv, 'kpu_conv2d'],
]);

/**
 * @param reader behind identifier and version
 * @throws UserError naming the file and what is wrong with it
 */
export function readProgramV4(reader: ByteReader): ProgramV4 {
  const numberOf = (what: string): number => reader.u32(what);
  numberOf('the flags');
  const target = numberOf('the target') === 1 ? 'k210' : 'cpu';
  const constantsBytes = numberOf('the size of the constants');
  const mainMemoryBytes = numberOf('the size of the main memory');
  const [nodeCount, inputCount, outputCount] = ['nodes', 'inputs', 'outputs'].map((what) => countOf(reader, what)) as [number, number, number];
  numberOf('a reserved number');
  const inputs = Array.from({ length: inputCount }, () => readRange(reader));
  const inputShapes = Array.from({ length: inputCount }, () => Array.from({ length: 4 }, () => reader.i32('an input shape')));
  const outputs = Array.from({ length: outputCount }, () => readRange(reader));
  reader.skip(constantsBytes, 'the constants');
  const headers = Array.from({ length: nodeCount }, () => ({ opcode: numberOf('the node table'), bodyBytes: numberOf('the node table') }));
  const bodies = bodyParts(reader, headers.map(({ bodyBytes }) => bodyBytes), 'node');
  const nodes = headers.map(({ opcode, bodyBytes }, index): NodeV4 => {
    const body = bodies[index] as ByteReader;
    const name = nodeNames.get(opcode) ?? `opcode 0x${opcode.toString(16)}`;
    return opcode === kpuConv ? { name, bodyBytes, conv: readConvShape(body, `node ${index} (${name})`) } : { name, bodyBytes };
  });
  return { target, constantsBytes, mainMemoryBytes, inputs, inputShapes, outputs, nodes };
}

function countOf(reader: ByteReader, what: string): number {
  const count = reader.u32(`the number of ${what}`);
  if (count > mostItems) throw new UserError(`${reader.file} is damaged: it claims ${count} ${what}.`, 'Copy or convert the model again.');
  return count;
}

function readRange(reader: ByteReader): MemoryRange {
  const memory = memoryTypes[reader.u32('a memory range')];
  const dataType = dataTypes[reader.u32('a memory range')];
  if (memory === undefined || dataType === undefined) throw new UserError(`${reader.file} is damaged: it has a memory range of an unknown type.`, 'Copy or convert the model again.');
  return { memory, dataType, startBytes: reader.u32('a memory range'), sizeBytes: reader.u32('a memory range') };
}

function readConvShape(body: ByteReader, name: string): ConvShape {
  body.skip(kpuConvPrefixBytes, name);
  return convShapeOf(decodeRegisters(Array.from({ length: registerWords }, () => body.u64(`the registers of ${name}`))));
}
