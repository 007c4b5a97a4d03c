/**
 * Estimated time of a model on the chip (design document "k210-kmodel", section 6.8): fitted to the published table of 3x3
 * convolutions, by a factor of two uncertain for other layers. Only a board can tell the truth.
 */
import { mapLayout } from './simulator/kpu-memory';
import { convShapeOf, weightCountOf } from './v3/kpu-registers';
import { mainMemoryOutputFlag, type ConvLayer, type Layer } from './v3/program';

/** Usual clock of KPU and processor. */
export const defaultClockHz = 400e6;

/** Weights read per cycle: 870 MB/s were measured at 300 MHz. */
const weightBytesPerCycle = 870e6 / 300e6;
/** Fit of the published table: cycles per line and output channel, and per row of lines. */
const cyclesPerLine = 1.011;
const cyclesPerRow = 4.5;
/** Interrupt, set-up and start of a KPU layer. */
const kpuOverheadSeconds = 70e-6;
const dmaBytesPerCycle = 4;
const cpuOverheadSeconds = 5e-6;

/** Processor cycles per element; estimates. Addition and upload: counted in the runtime's loops. */
const cpuCycles = { quantizedAdd: 25, upload: 10, float: 12, multiplication: 6, bytes: 6, transcendental: 120 } as const;

export interface LayerLatency {
  readonly unit: 'kpu' | 'cpu';
  readonly milliseconds: number;
}

/** @param clockHz of KPU and processor */
export function layerLatency(layer: Layer, weightBits: 8 | 16, clockHz = defaultClockHz): LayerLatency {
  if (layer.kind === 'conv') return { unit: 'kpu', milliseconds: convSeconds(layer, weightBits, clockHz) * 1000 };
  return { unit: 'cpu', milliseconds: (cpuOverheadSeconds + cyclesOf(layer) / clockHz) * 1000 };
}

function convSeconds(layer: ConvLayer, weightBits: 8 | 16, clockHz: number): number {
  const shape = convShapeOf(layer.registers);
  const { groups, rowLines } = mapLayout(shape.inputWidth);
  const linesPerRow = rowLines * Math.ceil(shape.inputChannels / groups);
  const passes = shape.depthwise ? 1 : shape.outputChannels;
  const computeCycles = (cyclesPerLine * shape.inputHeight + cyclesPerRow) * linesPerRow * passes;
  const loadCycles = (weightCountOf(shape) * (weightBits / 8)) / weightBytesPerCycle;
  const copiedBytes = (layer.flags & mainMemoryOutputFlag) !== 0 ? shape.outputWidth * shape.outputHeight * shape.outputChannels : 0;
  return (Math.max(loadCycles, computeCycles) + copiedBytes / dmaBytesPerCycle) / clockHz + kpuOverheadSeconds;
}

function cyclesOf(layer: Exclude<Layer, ConvLayer>): number {
  switch (layer.kind) {
    case 'quantizedAdd':
      return layer.count * cpuCycles.quantizedAdd;
    case 'upload':
      return layer.width * layer.height * layer.channels * cpuCycles.upload;
    case 'addPadding':
    case 'removePadding':
      return layer.channels * cpuCycles.bytes;
    case 'requantize':
      return layer.count * cpuCycles.bytes;
    case 'concat':
    case 'quantizedConcat':
      return layer.inputs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    case 'fullyConnected':
      return layer.inputChannels * layer.outputChannels * cpuCycles.multiplication;
    case 'softmax':
    case 'logistic':
      return layer.count * cpuCycles.transcendental;
    case 'add':
    case 'quantize':
    case 'dequantize':
    case 'l2Normalization':
      return layer.count * cpuCycles.float;
    case 'channelwiseDequantize':
      return layer.channels * layer.channelSize * cpuCycles.float;
    case 'globalAveragePool2d':
      return layer.kernelSize * layer.channels * cpuCycles.float;
    case 'averagePool2d':
    case 'quantizedMaxPool2d':
      return layer.outputWidth * layer.outputHeight * layer.outputChannels * layer.kernelWidth * layer.kernelHeight * cpuCycles.float;
    case 'tensorflowFlatten':
      return layer.width * layer.height * layer.channels * cpuCycles.float;
    case 'resizeNearestNeighbor':
    case 'quantizedResizeNearestNeighbor':
      return layer.outputWidth * layer.outputHeight * layer.channels * cpuCycles.float;
  }
}
