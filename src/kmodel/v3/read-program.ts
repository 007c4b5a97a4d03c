import { UserError } from '../../base/user-error';
import { bodyParts } from '../body-parts';
import { ByteReader } from '../byte-reader';
import { activationSegments, convShapeOf, decodeBatchNorm, decodeRegisters, decodeSegment, registerWords, weightCountOf } from './kpu-registers';
import { layerKindOf, layerLayouts, unsupportedLayerTypes, type LayerKind, type NumberType } from './layer-layouts';
import type { ConcatInput, ConvTail, Layer, Program, ProgramOutput } from './program';

/** More layers, outputs or concatenated inputs than this are no model but damage. */
const mostItems = 1024;
/** Length of a table of {scale, bias}: KPU maps have up to 1024 channels. */
const mostChannels = 65_536;

/**
 * Reads a kmodel of version 3 (design document "k210-kmodel", section 1).
 * @param bytes the whole file
 * @param file its name, for messages
 * @throws UserError naming file and layer when it is damaged or asks for what no runtime can do
 */
export function readProgram(bytes: Uint8Array, file: string): Program {
  const reader = new ByteReader(bytes, file);
  const version = reader.u32('the version');
  if (version !== 3) throw new UserError(`${file} has version ${version}, not 3.`, 'Give a kmodel of version 3.');
  const flags = reader.u32('the flags');
  const architecture = reader.u32('the architecture');
  if (architecture !== 0) throw new UserError(`${file} is made for architecture ${architecture}, not for the K210 (0).`, 'Convert the model for the K210.');
  const layerCount = countOf(reader, 'layers');
  const firstKpuLine = reader.u32('the first KPU line');
  const mainMemoryBytes = reader.u32('the size of the main memory');
  const outputCount = countOf(reader, 'outputs');
  const outputs: ProgramOutput[] = Array.from({ length: outputCount }, () => ({ addressBytes: reader.u32('an output'), sizeBytes: reader.u32('an output') }));
  const headers = Array.from({ length: layerCount }, () => ({ type: reader.u32('the layer table'), bodyBytes: reader.u32('the layer table') }));
  const weightBits = (flags & 1) === 1 ? 8 : 16;
  const bodies = bodyParts(reader, headers.map(({ bodyBytes }) => bodyBytes), 'layer');
  const layers = headers.map(({ type }, index) => readLayer(bodies[index] as ByteReader, `layer ${index}`, type, weightBits));
  return { weightBits, firstKpuLine, mainMemoryBytes, outputs, layers };
}

function countOf(reader: ByteReader, what: string): number {
  const count = reader.u32(`the number of ${what}`);
  if (count > mostItems) throw damaged(reader.file, `it claims ${count} ${what}`);
  return count;
}

function readLayer(reader: ByteReader, name: string, type: number, weightBits: 8 | 16): Layer {
  const kind = layerKindOf(type);
  if (kind === undefined) {
    const known = unsupportedLayerTypes.get(type);
    if (known !== undefined) throw new UserError(`${reader.file}: ${name} is ${known}, which no K210 runtime executes.`, 'Convert the model without that operation.');
    throw damaged(reader.file, `${name} has the unknown type ${type}`);
  }
  const numbers = readNumbers(reader, name, layerLayouts[kind].numbers);
  return { kind, ...numbers, ...readTail(reader, `${name} (${kind})`, kind, numbers, weightBits) } as Layer;
}

function readNumbers(reader: ByteReader, name: string, layout: Readonly<Record<string, NumberType>>): Record<string, number> {
  return Object.fromEntries(Object.entries(layout).map(([field, type]) => [field, reader[type](`${name}, ${field}`)]));
}

function readTail(reader: ByteReader, name: string, kind: LayerKind, numbers: Readonly<Record<string, number>>, weightBits: 8 | 16): object {
  const number = (field: string): number => numbers[field] ?? 0;
  switch (kind) {
    case 'requantize':
      return { table: reader.take8(256, `the table of ${name}`) };
    case 'concat':
    case 'quantizedConcat':
      return { inputs: readConcatInputs(reader, name, number('inputCount')) };
    case 'fullyConnected': {
      const weights = reader.f32s(number('inputChannels') * number('outputChannels'), `the weights of ${name}`);
      return { weights, bias: reader.f32s(number('outputChannels'), `the biases of ${name}`) };
    }
    case 'channelwiseDequantize': {
      const channels = number('channels');
      if (channels > mostChannels) throw damaged(reader.file, `${name} claims ${channels} channels`);
      return { parameters: Array.from({ length: channels }, () => ({ scale: reader.f32(name), bias: reader.f32(name) })) };
    }
    case 'conv':
      return readConv(reader, name, weightBits);
    default:
      return {};
  }
}

function readConcatInputs(reader: ByteReader, name: string, count: number): ConcatInput[] {
  if (count > mostItems) throw damaged(reader.file, `${name} claims ${count} inputs`);
  return Array.from({ length: count }, () => ({ start: reader.u32(name), sizeBytes: reader.u32(name) }));
}

/** The four parts of a convolution, each at its absolute place in the file, within the body. */
function readConv(reader: ByteReader, name: string, weightBits: 8 | 16): ConvTail {
  const [registersAt, weightsAt, batchNormAt, activationAt] = [0, 1, 2, 3].map(() => reader.u32(`the offsets of ${name}`)) as [number, number, number, number];
  const tail = reader.position;
  const partAt = (position: number, what: string): ByteReader => reader.at(position, tail, `${what} of ${name}`);
  const registerReader = partAt(registersAt, 'the block of registers');
  const registers = decodeRegisters(Array.from({ length: registerWords }, () => registerReader.u64(`the registers of ${name}`)));
  if (registers.kernelType > 1) throw damaged(reader.file, `${name} has the kernel type ${registers.kernelType}`);
  const shape = convShapeOf(registers);
  const weightsReader = partAt(weightsAt, 'the block of weights');
  const weightCount = weightCountOf(shape);
  const what = `the weights of ${name}`;
  const batchNormReader = partAt(batchNormAt, 'the batch normalisation');
  const activationReader = partAt(activationAt, 'the activation');
  const words = Array.from({ length: activationSegments }, () => activationReader.u64(`the activation of ${name}`));
  const biases = activationReader.take8(activationSegments, `the activation of ${name}`);
  return {
    registers,
    weights: weightBits === 8 ? weightsReader.take8(weightCount, what) : weightsReader.u16s(weightCount, what),
    batchNorm: Array.from({ length: shape.outputChannels }, () => decodeBatchNorm(batchNormReader.u64(`the batch normalisation of ${name}`))),
    activation: words.map((word, i) => decodeSegment(word, biases[i] ?? 0)),
  };
}

function damaged(file: string, what: string): UserError {
  return new UserError(`${file} is damaged: ${what}.`, 'Copy or convert the model again.');
}
