import { firmwareFor, memoryNotes, neededMemoryBytes, type Firmware } from './firmware';
import { layerLatency } from './latency';
import { convText, quantizationOfLayer, shapeText, type LayerQuantization } from './layer-text';
import { memoryBytes, memoryMap, type MemoryMap } from './memory-map';
import { convShapeOf } from './v3/kpu-registers';
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
  readonly quantization?: LayerQuantization;
  readonly unit?: 'kpu' | 'cpu';
  readonly estimatedMs?: number;
}

export interface KmodelReport {
  readonly version: 3 | 4;
  readonly fileBytes: number;
  readonly weightBits: 8 | 16;
  readonly mainMemoryBytes: number;
  /** KPU memory that is needed at a time, bytes of 2 MiB; unknown for version 4. */
  readonly kpuMemoryBytes?: number;
  /** Both memories over the layers, to be drawn; unknown for version 4. */
  readonly memoryMap?: MemoryMap;
  readonly input: string;
  readonly outputs: readonly string[];
  readonly layers: readonly LayerRow[];
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

export function inspectProgram(program: Program, fileBytes: number): KmodelReport {
  const layers = program.layers.map((layer, index): LayerRow => {
    const { unit, milliseconds } = layerLatency(layer, program.weightBits);
    const quantization = quantizationOfLayer(layer);
    return {
      index, kind: layer.kind, shape: shapeText(layer), parameterBytes: parameterBytesOf(layer, program.weightBits), ...(quantization ? { quantization } : {}), unit, estimatedMs: milliseconds,
    };
  });
  const total = sumOf(layers, (row) => row.estimatedMs ?? 0);
  const cpu = sumOf(layers.filter((row) => row.unit === 'cpu'), (row) => row.estimatedMs ?? 0);
  const longestCpuRun = longestRun(layers.map((row) => row.unit === 'cpu'));
  const map = memoryMap(program);
  const neededBytes = neededMemoryBytes(fileBytes, program);
  return {
    version: 3, fileBytes, weightBits: program.weightBits, mainMemoryBytes: program.mainMemoryBytes, kpuMemoryBytes: memoryBytes(map, 'kpu'), memoryMap: map,
    input: inputText(program.layers[0]), outputs: program.outputs.map(({ sizeBytes }) => `${sizeBytes} bytes`),
    layers, longestCpuRun, estimatedMs: total, cpuShare: total > 0 ? cpu / total : 0,
    firmware: firmwareFor(3, neededBytes),
    notes: [
      ...memoryNotes(neededBytes),
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
    firmware: firmwareFor(4, fileBytes + program.mainMemoryBytes),
    notes: [...memoryNotes(fileBytes + program.mainMemoryBytes), 'The simulator runs version 3 only.'],
  };
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
