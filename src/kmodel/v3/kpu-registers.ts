/**
 * The twelve 64-bit registers of a KPU layer, and the entries of its batch-norm and activation tables (design document
 * "k210-kmodel", section 3, after kpu.h of the vendor's SDK). Names are the vendor's.
 */
import { readField, writeField, type BitField } from './bit-fields';

const registerFields = {
  interruptEnable: { word: 0, bit: 0, bits: 1 },
  ramFlag: { word: 0, bit: 1, bits: 1 },
  fullAdd: { word: 0, bit: 2, bits: 1 },
  /** 1: depthwise */
  depthwise: { word: 0, bit: 3, bits: 1 },
  /** First line of input and output. */
  imageSourceLine: { word: 1, bit: 0, bits: 15 },
  imageDestinationLine: { word: 1, bit: 32, bits: 15 },
  /** Channels - 1. */
  inputChannels: { word: 2, bit: 0, bits: 10 },
  outputChannels: { word: 2, bit: 32, bits: 10 },
  /** Output channels of one load of weights - 1. */
  channelsPerLoad: { word: 2, bit: 48, bits: 10 },
  /** Pixels - 1. */
  inputWidth: { word: 3, bit: 0, bits: 10 },
  inputHeight: { word: 3, bit: 10, bits: 9 },
  outputWidth: { word: 3, bit: 32, bits: 10 },
  outputHeight: { word: 3, bit: 42, bits: 9 },
  /** 0: 1x1, 1: 3x3 */
  kernelType: { word: 4, bit: 0, bits: 3 },
  padType: { word: 4, bit: 3, bits: 1 },
  poolType: { word: 4, bit: 4, bits: 4 },
  firstStride: { word: 4, bit: 8, bits: 1 },
  bypassConv: { word: 4, bit: 9, bits: 1 },
  loadParameters: { word: 4, bit: 10, bits: 1 },
  dmaBurstSize: { word: 4, bit: 16, bits: 8 },
  /** The input's zero point. */
  padValue: { word: 4, bit: 24, bits: 8 },
  batchNormAddress: { word: 4, bit: 32, bits: 32 },
  loadCoordinate: { word: 5, bit: 0, bits: 1 },
  /** Loads of weights - 1. */
  loads: { word: 5, bit: 1, bits: 6 },
  bytesPerLoad: { word: 5, bit: 15, bits: 17 },
  weightsAddress: { word: 5, bit: 32, bits: 32 },
  coefficientColumnOffset: { word: 6, bit: 0, bits: 4 },
  coefficientRowOffset: { word: 6, bit: 4, bits: 12 },
  /** Lines from one channel to the next, and from one row to the next. */
  inputChannelLines: { word: 7, bit: 0, bits: 15 },
  inputRowLines: { word: 7, bit: 16, bits: 4 },
  coefficientSize: { word: 7, bit: 20, bits: 8 },
  /** Channels per line. */
  inputGroups: { word: 7, bit: 28, bits: 3 },
  loadActivation: { word: 7, bit: 31, bits: 1 },
  activationAddress: { word: 7, bit: 32, bits: 32 },
  outputChannelLines: { word: 8, bit: 0, bits: 15 },
  outputRowLines: { word: 8, bit: 16, bits: 4 },
  outputGroups: { word: 8, bit: 20, bits: 3 },
  /** Right shifts of the two terms that follow. */
  shiftW: { word: 9, bit: 0, bits: 4 },
  shiftX: { word: 9, bit: 4, bits: 4 },
  /** Multiplies the sum of the weights: minus the input's zero point. */
  argumentW: { word: 9, bit: 8, bits: 24, signed: true },
  /** Multiplies the sum of the inputs: minus the weights' zero point. */
  argumentX: { word: 9, bit: 32, bits: 24, signed: true },
  argumentAdd: { word: 10, bit: 0, bits: 40, signed: true },
  sendDataOut: { word: 11, bit: 0, bits: 1 },
  /** Bytes of one output channel - 1, and of all. */
  channelBytes: { word: 11, bit: 16, bits: 16 },
  totalBytes: { word: 11, bit: 32, bits: 32 },
} as const satisfies Record<string, BitField>;

export type KpuRegisters = { readonly [N in keyof typeof registerFields]: number };

export const registerWords = 12;

const batchNormFields = {
  /** v = ((acc * multiplier) >> shift) + add */
  multiplier: { word: 0, bit: 0, bits: 24, signed: true },
  add: { word: 0, bit: 24, bits: 32, signed: true },
  shift: { word: 0, bit: 56, bits: 4 },
} as const satisfies Record<string, BitField>;

export type BatchNormEntry = { readonly [N in keyof typeof batchNormFields]: number };

const segmentFields = {
  shift: { word: 0, bit: 0, bits: 8 },
  multiplier: { word: 0, bit: 8, bits: 16, signed: true },
  /** Values above this belong to this segment or a later one. */
  start: { word: 0, bit: 24, bits: 36, signed: true },
} as const satisfies Record<string, BitField>;

/** y = clamp(((v - start) * multiplier) >> shift, rounded, + bias, 0, 255). `bias` is 0..255 and stands in a table of its own. */
export type ActivationSegment = { readonly [N in keyof typeof segmentFields]: number } & { readonly bias: number };

export const activationSegments = 16;

function decode<F extends Record<string, BitField>>(fields: F, words: readonly bigint[]): { readonly [N in keyof F]: number } {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, readField(words, field)])) as { readonly [N in keyof F]: number };
}

function encode<F extends Record<string, BitField>>(fields: F, values: { readonly [N in keyof F]: number }, wordCount: number): bigint[] {
  const words = Array.from({ length: wordCount }, () => 0n);
  for (const [name, field] of Object.entries(fields)) words[field.word] = writeField(words[field.word] ?? 0n, name, field, values[name] as number);
  return words;
}

export function decodeRegisters(words: readonly bigint[]): KpuRegisters {
  return decode(registerFields, words);
}

/** @throws RangeError naming the register that a value does not fit */
export function encodeRegisters(registers: KpuRegisters): bigint[] {
  return encode(registerFields, registers, registerWords);
}

export function decodeBatchNorm(word: bigint): BatchNormEntry {
  return decode(batchNormFields, [word]);
}

/** @throws RangeError naming the value that does not fit */
export function encodeBatchNorm(entry: BatchNormEntry): bigint {
  return encode(batchNormFields, entry, 1)[0] as bigint;
}

export function decodeSegment(word: bigint, bias: number): ActivationSegment {
  return { ...decode(segmentFields, [word]), bias };
}

/** @throws RangeError naming the value that does not fit */
export function encodeSegment(segment: ActivationSegment): bigint {
  return encode(segmentFields, segment, 1)[0] as bigint;
}

/** What the registers say in plain numbers. */
export interface ConvShape {
  readonly inputWidth: number;
  readonly inputHeight: number;
  readonly inputChannels: number;
  readonly outputWidth: number;
  readonly outputHeight: number;
  readonly outputChannels: number;
  readonly kernelSize: 1 | 3;
  readonly depthwise: boolean;
}

export function convShapeOf(registers: KpuRegisters): ConvShape {
  return {
    inputWidth: registers.inputWidth + 1, inputHeight: registers.inputHeight + 1, inputChannels: registers.inputChannels + 1,
    outputWidth: registers.outputWidth + 1, outputHeight: registers.outputHeight + 1, outputChannels: registers.outputChannels + 1,
    kernelSize: registers.kernelType === 0 ? 1 : 3, depthwise: registers.depthwise === 1,
  };
}

/** Number of weights of a convolution. */
export function weightCountOf({ inputChannels, outputChannels, kernelSize, depthwise }: ConvShape): number {
  return (depthwise ? 1 : inputChannels) * outputChannels * kernelSize ** 2;
}
