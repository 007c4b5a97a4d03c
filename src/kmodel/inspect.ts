import { firmwareFor, memoryNotes, neededMemoryBytes, type Firmware } from './firmware';
import { layerLatency } from './latency';
import { convText, convTitle, outputText, quantizationOfLayer, shapeText, titleText, type LayerQuantization } from './layer-text';
import { memoryBytes, memoryMap, type MemoryMap } from './memory-map';
import { repeatingRuns } from './repeating-runs';
import { kpuLineBytes } from './simulator/kpu-memory';
import { convShapeOf } from './v3/kpu-registers';
import type { Layer, Program } from './v3/program';
import type { ProgramV4 } from './v4/read-v4';

/** One line of a layer table. */
export interface LayerRow {
  readonly index: number;
  readonly kind: string;
  /** What it does, without sizes. */
  readonly title: string;
  /** In words: sizes and channels, or the number of values. */
  readonly shape: string;
  /** Sizes and channels of the result, or its number of values; empty where the file does not say. */
  readonly output: string;
  /** Lines of KPU memory, 64 bytes each, that the result takes. */
  readonly kpuLines?: number;
  /** Of weights and tables, bytes. */
  readonly parameterBytes: number;
  readonly quantization?: LayerQuantization;
  readonly unit?: 'kpu' | 'cpu';
  readonly estimatedMs?: number;
}

/** A short sequence of layers that comes again and again. */
export interface LayerRepeat {
  readonly firstLayer: number;
  readonly lastLayer: number;
  /** Layers of the sequence. */
  readonly period: number;
}

export interface KmodelReport {
  readonly version: 3 | 4;
  readonly fileBytes: number;
  readonly weightBits: 8 | 16;
  readonly mainMemoryBytes: number;
  /** Bytes of the board's memory that file and buffers take. */
  readonly neededMemoryBytes: number;
  /** KPU memory that is needed at a time, bytes of 2 MiB; unknown for version 4. */
  readonly kpuMemoryBytes?: number;
  /** Both memories over the layers, to be drawn; unknown for version 4. */
  readonly memoryMap?: MemoryMap;
  readonly input: string;
  readonly outputs: readonly string[];
  readonly layers: readonly LayerRow[];
  /** Layers that come again and again in the same order, to be shown as one. */
  readonly repeats: readonly LayerRepeat[];
  /** Longest run of layers on the processor: the runtime calls itself for each. */
  readonly longestCpuRun?: number;
  readonly estimatedMs?: number;
  /** Share of the processor in the estimate, 0..1. */
  readonly cpuShare?: number;
  readonly firmware: readonly Firmware[];
  /** What may go wrong; sentences. */
  readonly notes: readonly string[];
}

/** Stack of the runtime: 12 recursions are safe on MaixPy's 32 KiB, 24 are not (design document "k210-kmodel", section 5). */
const safeCpuRun = 12;
/** Layers of the longest sequence that is looked for: a bottleneck whose convolutions are split has as many. */
const longestSequence = 10;
/** Fewer layers are as quickly read one by one. */
const fewestFolded = 4;

export function inspectProgram(program: Program, fileBytes: number): KmodelReport {
  const map = memoryMap(program);
  const layers = program.layers.map((layer, index): LayerRow => {
    const lines = sumOf(map.buffers.filter(({ memory, birth }) => memory === 'kpu' && birth === index), ({ fromByte, toByte }) => (toByte - fromByte) / kpuLineBytes);
    const { unit, milliseconds } = layerLatency(layer, program.weightBits);
    const quantization = quantizationOfLayer(layer);
    return {
      index, kind: layer.kind, title: titleText(layer), shape: shapeText(layer), output: outputText(layer), ...(lines > 0 ? { kpuLines: lines } : {}),
      parameterBytes: parameterBytesOf(layer, program.weightBits), ...(quantization ? { quantization } : {}), unit, estimatedMs: milliseconds,
    };
  });
  const total = sumOf(layers, (row) => row.estimatedMs ?? 0);
  const cpu = sumOf(layers.filter((row) => row.unit === 'cpu'), (row) => row.estimatedMs ?? 0);
  const longestCpuRun = longestRun(layers.map((row) => row.unit === 'cpu'));
  const neededBytes = neededMemoryBytes(fileBytes, program);
  return {
    version: 3, fileBytes, weightBits: program.weightBits, mainMemoryBytes: program.mainMemoryBytes, neededMemoryBytes: neededBytes, kpuMemoryBytes: memoryBytes(map, 'kpu'), memoryMap: map,
    input: inputText(program.layers[0]), outputs: program.outputs.map(({ sizeBytes }) => `${sizeBytes} bytes`),
    layers, repeats: repeatsOf(layers), longestCpuRun, estimatedMs: total, cpuShare: total > 0 ? cpu / total : 0,
    firmware: firmwareFor(3, neededBytes),
    notes: [
      ...memoryNotes(neededBytes),
      ...(longestCpuRun > safeCpuRun ? [`${longestCpuRun} layers in a row run on the processor; more than ${safeCpuRun} can overflow the stack of MaixPy.`] : []),
      ...(program.weightBits === 16 ? ['16-bit weights: documented by the chip\'s maker, but not yet seen on a board.'] : []),
    ],
  };
}

export function inspectProgramV4(program: ProgramV4, fileBytes: number): KmodelReport {
  const neededBytes = fileBytes + program.mainMemoryBytes;
  const layers = program.nodes.map(({ name, bodyBytes, conv }, index): LayerRow => {
    const words = conv ? { title: convTitle(conv), shape: convText(conv), output: `${conv.outputWidth} x ${conv.outputHeight} x ${conv.outputChannels}` } : { title: name.replaceAll('_', ' '), shape: '', output: '' };
    return { index, kind: name, ...words, parameterBytes: bodyBytes };
  });
  return {
    version: 4, fileBytes, weightBits: 8, mainMemoryBytes: program.mainMemoryBytes, neededMemoryBytes: neededBytes,
    input: program.inputShapes.map((shape) => shape.join(' x ')).join(', '),
    outputs: program.outputs.map(({ sizeBytes, dataType }) => `${sizeBytes} bytes of ${dataType}`),
    layers, repeats: repeatsOf(layers),
    firmware: firmwareFor(4, neededBytes),
    notes: [...memoryNotes(neededBytes), 'The simulator runs version 3 only.'],
  };
}

function repeatsOf(layers: readonly LayerRow[]): LayerRepeat[] {
  return repeatingRuns(layers.map(({ title, output }) => `${title} -> ${output}`), longestSequence)
    .filter(({ first, last, period }) => last > first + period - 1 && last - first >= fewestFolded - 1)
    .map(({ first, last, period }) => ({ firstLayer: first, lastLayer: last, period }));
}

function inputText(first: Layer | undefined): string {
  if (first?.kind === 'fullyConnected') return `${first.inputChannels} floats`;
  if (first?.kind !== 'conv') return 'none';
  const { inputWidth, inputHeight, inputChannels } = convShapeOf(first.registers);
  return `${inputWidth} x ${inputHeight} x ${inputChannels} bytes`;
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
