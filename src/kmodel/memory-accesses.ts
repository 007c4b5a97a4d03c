import { kpuLineBytes, mapLines } from './simulator/kpu-memory';
import { convShapeOf } from './v3/kpu-registers';
import { mainMemoryOutputFlag, type ConvLayer, type Layer } from './v3/program';

/** Main memory is the work buffer; KPU memory the 2 MiB beside it. */
export type MemoryKind = 'kpu' | 'main';

/** Bytes that a layer reads or writes: from `fromByte` up to, not with, `toByte`. */
export interface MemoryRange {
  readonly memory: MemoryKind;
  readonly fromByte: number;
  readonly toByte: number;
}

export interface MemoryAccesses {
  readonly reads: readonly MemoryRange[];
  readonly writes: readonly MemoryRange[];
}

const floatBytes = 4;
/** DMA and the quantized addition work on whole words. */
const wordBytes = 8;
/** Values of the 4 x 4 maps that single values become. */
const paddedSide = 4;

/** What a layer reads and writes in both memories. */
export function memoryAccesses(layer: Layer): MemoryAccesses {
  switch (layer.kind) {
    case 'conv':
      return convAccesses(layer);
    case 'upload':
      return { reads: [main(layer.input, layer.width * layer.height * layer.channels)], writes: [kpu(layer.outputLine, layer.width, layer.height, layer.channels)] };
    case 'addPadding':
      return { reads: [main(layer.input, layer.channels)], writes: [kpu(layer.outputLine, paddedSide, paddedSide, layer.channels)] };
    case 'removePadding':
      return { reads: [main(layer.input, layer.channels * paddedSide ** 2)], writes: [main(layer.output, layer.channels)] };
    case 'concat':
    case 'quantizedConcat':
      return { reads: layer.inputs.map(({ start, sizeBytes }) => main(start, sizeBytes)), writes: [main(layer.output, layer.inputs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))] };
    case 'add':
      return { reads: [main(layer.inputA, floatBytes * layer.count), main(layer.inputB, floatBytes * layer.count)], writes: [main(layer.output, floatBytes * layer.count)] };
    case 'quantizedAdd': {
      const count = wholeWords(layer.count);
      return { reads: [main(layer.inputA, count), main(layer.inputB, count)], writes: [main(layer.output, count)] };
    }
    default: {
      const [input, output] = sizesOf(layer);
      return { reads: [main(layer.input, input)], writes: [main(layer.output, output)] };
    }
  }
}

/** What the runtime itself writes before the first layer: the picture, or a vector. */
export function inputRange(first: Layer | undefined): MemoryRange | undefined {
  if (first?.kind === 'fullyConnected') return main(first.input, floatBytes * first.inputChannels);
  return first?.kind === 'conv' ? memoryAccesses(first).reads[0] : undefined;
}

function convAccesses(layer: ConvLayer): MemoryAccesses {
  const { registers } = layer;
  const { inputWidth, inputHeight, inputChannels, outputWidth, outputHeight, outputChannels } = convShapeOf(registers);
  const copied = (layer.flags & mainMemoryOutputFlag) !== 0 ? [main(layer.mainMemoryOutput, wholeWords(outputWidth * outputHeight * outputChannels))] : [];
  return {
    reads: [kpu(registers.imageSourceLine, inputWidth, inputHeight, inputChannels)],
    writes: [kpu(registers.imageDestinationLine, outputWidth, outputHeight, outputChannels), ...copied],
  };
}

type UnaryLayer = Exclude<Layer, { kind: 'conv' | 'upload' | 'addPadding' | 'removePadding' | 'concat' | 'quantizedConcat' | 'add' | 'quantizedAdd' }>;

/** Bytes of input and output. */
function sizesOf(layer: UnaryLayer): readonly [number, number] {
  switch (layer.kind) {
    case 'globalAveragePool2d':
      return [floatBytes * layer.kernelSize * layer.channels, floatBytes * layer.channels];
    case 'quantizedMaxPool2d':
    case 'averagePool2d': {
      const bytes = layer.kind === 'averagePool2d' ? floatBytes : 1;
      return [bytes * layer.inputWidth * layer.inputHeight * layer.inputChannels, bytes * layer.outputWidth * layer.outputHeight * layer.outputChannels];
    }
    case 'quantize':
      return [floatBytes * layer.count, layer.count];
    case 'dequantize':
      return [layer.count, floatBytes * layer.count];
    case 'requantize':
      return [layer.count, layer.count];
    case 'l2Normalization':
    case 'softmax':
    case 'logistic':
      return [floatBytes * layer.count, floatBytes * layer.count];
    case 'fullyConnected':
      return [floatBytes * layer.inputChannels, floatBytes * layer.outputChannels];
    case 'tensorflowFlatten': {
      const bytes = floatBytes * layer.width * layer.height * layer.channels;
      return [bytes, bytes];
    }
    case 'resizeNearestNeighbor':
    case 'quantizedResizeNearestNeighbor': {
      const bytes = layer.kind === 'resizeNearestNeighbor' ? floatBytes : 1;
      return [bytes * layer.width * layer.height * layer.channels, bytes * layer.outputWidth * layer.outputHeight * layer.channels];
    }
    case 'channelwiseDequantize':
      return [layer.channels * layer.channelSize, floatBytes * layer.channels * layer.channelSize];
  }
}

function wholeWords(bytes: number): number {
  return Math.ceil(bytes / wordBytes) * wordBytes;
}

function main(fromByte: number, bytes: number): MemoryRange {
  return { memory: 'main', fromByte, toByte: fromByte + bytes };
}

function kpu(line: number, width: number, height: number, channels: number): MemoryRange {
  return { memory: 'kpu', fromByte: line * kpuLineBytes, toByte: (line + mapLines(width, height, channels)) * kpuLineBytes };
}
