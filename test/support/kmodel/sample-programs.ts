import type { ActivationSegment, KpuRegisters } from '../../../src/kmodel/v3/kpu-registers';
import type { ConvLayer, Layer, Program } from '../../../src/kmodel/v3/program';
import { mapLayout } from '../../../src/kmodel/simulator/kpu-memory';
import { pooledSize } from '../../../src/kmodel/simulator/kpu-pooling';
import { SeededRandom } from '../../../src/base/random';

/** What distinguishes one convolution from another in the tests. */
export interface ConvWish {
  readonly width: number;
  readonly height: number;
  readonly inputChannels: number;
  readonly outputChannels: number;
  readonly kernelSize: 1 | 3;
  readonly depthwise: boolean;
  readonly poolType: number;
  readonly weightBits: 8 | 16;
}

export const firstSegmentStart = -(2 ** 35);

/** A convolution with random weights and tables, first line 0, output behind the input. */
export function randomConv(wish: ConvWish, random: SeededRandom, lines = { source: 0, destination: 16_384 }): ConvLayer {
  const { width, height, inputChannels, outputChannels, kernelSize, depthwise, poolType, weightBits } = wish;
  const outputWidth = pooledSize(poolType, width);
  const outputHeight = pooledSize(poolType, height);
  const input = mapLayout(width);
  const output = mapLayout(outputWidth);
  const perChannel = (depthwise ? 1 : inputChannels) * kernelSize ** 2;
  const count = perChannel * outputChannels;
  const largest = 2 ** weightBits - 1;
  const inputZero = random.below(256);
  const weightZero = random.below(largest + 1);
  const shiftW = random.below(16);
  const registers: KpuRegisters = {
    interruptEnable: 0, ramFlag: 0, fullAdd: 0, depthwise: depthwise ? 1 : 0, imageSourceLine: lines.source, imageDestinationLine: lines.destination,
    inputChannels: inputChannels - 1, outputChannels: outputChannels - 1, channelsPerLoad: outputChannels - 1,
    inputWidth: width - 1, inputHeight: height - 1, outputWidth: outputWidth - 1, outputHeight: outputHeight - 1,
    kernelType: kernelSize === 1 ? 0 : 1, padType: 0, poolType, firstStride: 0, bypassConv: 0, loadParameters: 1, dmaBurstSize: 15, padValue: inputZero,
    batchNormAddress: 0, loadCoordinate: 1, loads: 0, bytesPerLoad: Math.min(131_071, count * (weightBits / 8)), weightsAddress: 0, coefficientColumnOffset: 0, coefficientRowOffset: 0,
    inputChannelLines: input.rowLines * height, inputRowLines: input.rowLines, coefficientSize: 0, inputGroups: input.groups, loadActivation: 1, activationAddress: 0,
    outputChannelLines: output.rowLines * outputHeight, outputRowLines: output.rowLines, outputGroups: output.groups,
    shiftW, shiftX: random.below(16), argumentW: 0 - inputZero * 2 ** Math.min(8, shiftW), argumentX: 0 - weightZero, argumentAdd: kernelSize ** 2 * inputZero * weightZero,
    sendDataOut: 0, channelBytes: outputWidth * outputHeight - 1, totalBytes: outputWidth * outputHeight * outputChannels - 1,
  };
  const weights = weightBits === 8 ? new Uint8Array(count) : new Uint16Array(count);
  for (let i = 0; i < count; i++) weights[i] = random.below(largest + 1);
  const batchNorm = Array.from({ length: outputChannels }, () => ({
    multiplier: random.below(2 ** 22) - 2 ** 20, shift: random.below(16), add: random.below(2 ** 24) - 2 ** 23,
  }));
  return { kind: 'conv', flags: 1, mainMemoryOutput: 0, registers, weights, batchNorm, activation: randomSegments(random) };
}

/** A 1x1 convolution that gives the bytes that enter. */
export function copyingConv(width: number, height: number, channels: number): ConvLayer {
  const layer = randomConv({ width, height, inputChannels: channels, outputChannels: channels, kernelSize: 1, depthwise: false, poolType: 0, weightBits: 8 }, new SeededRandom(1, 'copying'));
  const unused = Array.from({ length: 14 }, (_, i) => ({ start: 2 ** 35 - 16 + i, multiplier: 0, shift: 0, bias: 0 }));
  return {
    ...layer, registers: { ...layer.registers, argumentX: 0, argumentW: 0, argumentAdd: 0 }, weights: Uint8Array.from({ length: channels ** 2 }, (_, i) => (i % (channels + 1) === 0 ? 1 : 0)),
    batchNorm: Array.from({ length: channels }, () => ({ multiplier: 1, shift: 0, add: 0 })),
    activation: [{ start: firstSegmentStart, multiplier: 0, shift: 0, bias: 0 }, { start: 0, multiplier: 1, shift: 0, bias: 0 }, ...unused],
  };
}

/** Sixteen ascending segments of slopes >= 0. */
export function randomSegments(random: SeededRandom): ActivationSegment[] {
  const starts = Array.from({ length: 15 }, () => random.below(2 ** 31) - 2 ** 30).sort((a, b) => a - b);
  return [firstSegmentStart, ...starts].map((start, i) => ({
    start, multiplier: i === 0 ? 0 : random.below(2 ** 15), shift: i === 0 ? 0 : 15 + random.below(24), bias: random.below(256),
  }));
}

export function programOf(layers: readonly Layer[], mainMemoryBytes: number, outputBytes: number, weightBits: 8 | 16 = 8): Program {
  return { weightBits, firstKpuLine: 0, mainMemoryBytes, outputs: [{ addressBytes: 0, sizeBytes: outputBytes }], layers };
}
