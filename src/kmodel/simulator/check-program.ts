import { UserError } from '../../base/user-error';
import { layerLatency } from '../latency';
import { convShapeOf } from '../v3/kpu-registers';
import type { ConvLayer, Program } from '../v3/program';
import { kpuLineCount, mapLines } from './kpu-memory';
import { isPoolType, pooledSize } from './kpu-pooling';

/** General memory of the K210. */
const largestMainBytes = 6 * 1024 * 1024;
/** What takes the chip longer than this is no model; damaged sizes would keep the simulator busy for hours. */
const longestRunMs = 3000;

/**
 * What must hold so that the simulator computes what the chip would, within its memory and in time.
 * @param name of the model, for messages
 * @throws UserError naming the layer
 */
export function checkProgram({ layers, mainMemoryBytes, weightBits }: Program, name: string): void {
  if (mainMemoryBytes > largestMainBytes) {
    throw new UserError(`${name} needs a work buffer of ${(mainMemoryBytes / 1024 / 1024).toFixed(0)} MiB; the K210 has ${largestMainBytes / 1024 / 1024} MiB of memory.`, 'Use a smaller input or a narrower network.');
  }
  let estimatedMs = 0;
  for (const [index, layer] of layers.entries()) {
    const layerName = `${name}: layer ${index}`;
    estimatedMs += layerLatency(layer, weightBits).milliseconds;
    if (estimatedMs > longestRunMs) throw damaged(`${layerName} (${layer.kind}) would be finished only after ${(estimatedMs / 1000).toFixed(0)} s on the chip`);
    if (layer.kind === 'conv') checkConv(layer, layerName);
  }
}

function checkConv({ registers }: ConvLayer, name: string): void {
  const shape = convShapeOf(registers);
  const { inputWidth, inputHeight, inputChannels, outputWidth, outputHeight, outputChannels, depthwise } = shape;
  if (!isPoolType(registers.poolType)) throw damaged(`${name}: the pool type ${registers.poolType} does not exist`);
  const width = pooledSize(registers.poolType, inputWidth);
  const height = pooledSize(registers.poolType, inputHeight);
  if (width !== outputWidth || height !== outputHeight) throw damaged(`${name}: the output is ${outputWidth} x ${outputHeight}, but pooling gives ${width} x ${height}`);
  if (depthwise && inputChannels !== outputChannels) throw damaged(`${name}: a depthwise convolution has ${inputChannels} inputs and ${outputChannels} outputs`);
  const end = Math.max(registers.imageSourceLine + mapLines(inputWidth, inputHeight, inputChannels), registers.imageDestinationLine + mapLines(outputWidth, outputHeight, outputChannels));
  if (end > kpuLineCount) throw new UserError(`${name} needs lines up to ${end} of the KPU's ${kpuLineCount}.`, 'Use a smaller input or a narrower network.');
}

function damaged(what: string): UserError {
  return new UserError(`${what}.`, 'The file is damaged or made for another chip: convert the model again.');
}
