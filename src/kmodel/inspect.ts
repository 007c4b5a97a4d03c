import { layerLatency } from './latency';
import { kpuLineBytes, kpuLineCount, mapLines } from './simulator/kpu-memory';
import { convShapeOf, type ConvShape } from './v3/kpu-registers';
import type { Layer, Program } from './v3/program';
import type { ProgramV4 } from './v4/read-v4';

/** One line of a layer table. */
export interface LayerRow {
  readonly index: number;
  readonly kind: string;
  /** In words: sizes and channels, or the number of values. */
  readonly shape: string;
  /** Of weights and tables, bytes. */
  readonly parameterBytes: number;
  readonly unit?: 'kpu' | 'cpu';
  readonly estimatedMs?: number;
}

export interface KmodelReport {
  readonly version: 3 | 4;
  readonly fileBytes: number;
  readonly weightBits: 8 | 16;
  readonly mainMemoryBytes: number;
  /** KPU memory in use at its highest place, bytes of 2 MiB; unknown for version 4. */
  readonly kpuMemoryBytes?: number;
  readonly input: string;
  readonly outputs: readonly string[];
  readonly layers: readonly LayerRow[];
  /** Longest run of layers on the processor: the runtime calls itself for each. */
  readonly longestCpuRun?: number;
  readonly estimatedMs?: number;
  /** Share of the processor in the estimate, 0..1. */
  readonly cpuShare?: number;
  /** Which firmware loads it, and what may go wrong; sentences. */
  readonly notes: readonly string[];
}

/** Stack of the runtime: 12 recursions are safe on MaixPy's 32 KiB, 24 are not (design document "k210-kmodel", section 5). */
const safeCpuRun = 12;
/** Memory that usual MaixPy builds leave for a model and its buffers. */
const maixpyModelBytes = 2 * 1024 * 1024;

export function inspectProgram(program: Program, fileBytes: number): KmodelReport {
  const layers = program.layers.map((layer, index): LayerRow => {
    const { unit, milliseconds } = layerLatency(layer, program.weightBits);
    return { index, kind: layer.kind, shape: shapeText(layer), parameterBytes: parameterBytesOf(layer, program.weightBits), unit, estimatedMs: milliseconds };
  });
  const total = sumOf(layers, (row) => row.estimatedMs ?? 0);
  const cpu = sumOf(layers.filter((row) => row.unit === 'cpu'), (row) => row.estimatedMs ?? 0);
  const longestCpuRun = longestRun(layers.map((row) => row.unit === 'cpu'));
  return {
    version: 3, fileBytes, weightBits: program.weightBits, mainMemoryBytes: program.mainMemoryBytes, kpuMemoryBytes: kpuBytesOf(program),
    input: inputText(program.layers[0]), outputs: program.outputs.map(({ sizeBytes }) => `${sizeBytes} bytes`),
    layers, longestCpuRun, estimatedMs: total, cpuShare: total > 0 ? cpu / total : 0,
    notes: [
      'Version 3: every MaixPy-v1 firmware and the standalone SDK load it.',
      ...memoryNotes(fileBytes + program.mainMemoryBytes),
      ...(longestCpuRun > safeCpuRun ? [`${longestCpuRun} layers in a row run on the processor; more than ${safeCpuRun} can overflow the stack of MaixPy.`] : []),
      ...(program.weightBits === 16 ? ['16-bit weights: documented by the chip\'s maker, but not yet seen on a board.'] : []),
    ],
  };
}

export function inspectProgramV4(program: ProgramV4, fileBytes: number): KmodelReport {
  return {
    version: 4, fileBytes, weightBits: 8, mainMemoryBytes: program.mainMemoryBytes,
    input: program.inputShapes.map((shape) => shape.join(' x ')).join(', '),
    outputs: program.outputs.map(({ sizeBytes, dataType }) => `${sizeBytes} bytes of ${dataType}`),
    layers: program.nodes.map(({ name, bodyBytes, conv }, index) => ({ index, kind: name, shape: conv ? convText(conv) : '', parameterBytes: bodyBytes })),
    notes: ['Version 4: only MaixPy-v1 firmware built with kmodel v4 support loads it; version 3 runs everywhere.', ...memoryNotes(fileBytes + program.mainMemoryBytes)],
  };
}

function memoryNotes(neededBytes: number): string[] {
  if (neededBytes <= maixpyModelBytes) return [];
  return [`It needs ${(neededBytes / 1024).toFixed(0)} KiB for file and buffer; usual MaixPy builds leave about ${maixpyModelBytes / 1024} KiB: use a minimal build.`];
}

function kpuBytesOf({ layers }: Program): number {
  let end = 0;
  let start = kpuLineCount;
  const use = (line: number, width: number, height: number, channels: number): void => {
    start = Math.min(start, line);
    end = Math.max(end, line + mapLines(width, height, channels));
  };
  for (const layer of layers) {
    if (layer.kind === 'conv') {
      const shape = convShapeOf(layer.registers);
      use(layer.registers.imageSourceLine, shape.inputWidth, shape.inputHeight, shape.inputChannels);
      use(layer.registers.imageDestinationLine, shape.outputWidth, shape.outputHeight, shape.outputChannels);
    } else if (layer.kind === 'upload') use(layer.outputLine, layer.width, layer.height, layer.channels);
  }
  return Math.max(0, end - start) * kpuLineBytes;
}

function inputText(first: Layer | undefined): string {
  if (first?.kind === 'fullyConnected') return `${first.inputChannels} floats`;
  if (first?.kind !== 'conv') return 'none';
  const { inputWidth, inputHeight, inputChannels } = convShapeOf(first.registers);
  return `${inputWidth} x ${inputHeight} x ${inputChannels} bytes`;
}

function convText({ inputWidth, inputHeight, inputChannels, outputWidth, outputHeight, outputChannels, kernelSize, depthwise }: ConvShape): string {
  return `${depthwise ? 'depthwise ' : ''}${kernelSize}x${kernelSize}, ${inputWidth} x ${inputHeight} x ${inputChannels} -> ${outputWidth} x ${outputHeight} x ${outputChannels}`;
}

function shapeText(layer: Layer): string {
  switch (layer.kind) {
    case 'conv':
      return convText(convShapeOf(layer.registers));
    case 'fullyConnected':
      return `${layer.inputChannels} -> ${layer.outputChannels}`;
    case 'concat':
    case 'quantizedConcat':
      return `${layer.inputs.length} parts`;
    case 'globalAveragePool2d':
      return `${layer.kernelSize} x ${layer.channels} -> ${layer.channels}`;
    case 'averagePool2d':
    case 'quantizedMaxPool2d':
      return `${layer.inputWidth} x ${layer.inputHeight} x ${layer.inputChannels} -> ${layer.outputWidth} x ${layer.outputHeight} x ${layer.outputChannels}`;
    case 'upload':
    case 'tensorflowFlatten':
    case 'resizeNearestNeighbor':
    case 'quantizedResizeNearestNeighbor':
      return `${layer.width} x ${layer.height} x ${layer.channels}`;
    case 'addPadding':
    case 'removePadding':
      return `${layer.channels}`;
    case 'channelwiseDequantize':
      return `${layer.channels} x ${layer.channelSize}`;
    default:
      return `${layer.count}`;
  }
}

function parameterBytesOf(layer: Layer, weightBits: 8 | 16): number {
  if (layer.kind === 'conv') return (layer.weights.length * weightBits) / 8 + 8 * layer.batchNorm.length + 9 * layer.activation.length;
  if (layer.kind === 'fullyConnected') return layer.weights.byteLength + layer.bias.byteLength;
  return layer.kind === 'requantize' ? layer.table.length : 0;
}

function longestRun(flags: readonly boolean[]): number {
  let longest = 0;
  let run = 0;
  for (const flag of flags) {
    run = flag ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}
