import type { ActivationSegment, BatchNormEntry, KpuRegisters } from './kpu-registers';
import type { LayerKind, LayerNumbers } from './layer-layouts';

/** A kmodel v3 in memory: what the file says, with offsets resolved. Layers are in execution order. */
export interface Program {
  /** One setting for the whole file: 8- or 16-bit weights of all convolutions. */
  readonly weightBits: 8 | 16;
  /** Lowest KPU line that is used; 32768 when none is. Not read by the runtime. */
  readonly firstKpuLine: number;
  /** Size of the work buffer in main memory, bytes. */
  readonly mainMemoryBytes: number;
  readonly outputs: readonly ProgramOutput[];
  readonly layers: readonly Layer[];
}

export interface ProgramOutput {
  /** Offset in the work buffer. */
  readonly addressBytes: number;
  readonly sizeBytes: number;
}

/** Parts of a body after its numbers. */
interface LayerTails {
  /** 256 output values, by input value. */
  readonly requantize: { readonly table: Uint8Array };
  readonly concat: { readonly inputs: readonly ConcatInput[] };
  readonly quantizedConcat: { readonly inputs: readonly ConcatInput[] };
  /** Weights [output][input], row-major, then the biases. */
  readonly fullyConnected: { readonly weights: Float32Array; readonly bias: Float32Array };
  /** One per channel: real = q * scale + bias. */
  readonly channelwiseDequantize: { readonly parameters: readonly { readonly scale: number; readonly bias: number }[] };
  readonly conv: ConvTail;
}

export interface ConcatInput {
  readonly start: number;
  readonly sizeBytes: number;
}

export interface ConvTail {
  readonly registers: KpuRegisters;
  /** [out][in][ky][kx], or [channel][ky][kx] of a depthwise convolution. As many bits each as the program says. */
  readonly weights: Uint8Array | Uint16Array;
  /** One per output channel. */
  readonly batchNorm: readonly BatchNormEntry[];
  /** 16 segments in ascending order. */
  readonly activation: readonly ActivationSegment[];
}

export type LayerOf<K extends LayerKind> = { readonly kind: K } & LayerNumbers<K> & (K extends keyof LayerTails ? LayerTails[K] : unknown);
export type Layer = { [K in LayerKind]: LayerOf<K> }[LayerKind];
export type ConvLayer = LayerOf<'conv'>;

/** Bit 0 of `flags`: a convolution also copies its result to main memory. */
export const mainMemoryOutputFlag = 1;
