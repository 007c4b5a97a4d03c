import { UserError } from '../../base/user-error';
import { mapLayout } from '../simulator/kpu-memory';
import { pooledSize } from '../simulator/kpu-pooling';
import type { KpuRegisters } from '../v3/kpu-registers';
import type { ConvLayer } from '../v3/program';
import type { FeatureMap } from './device-graph';
import type { EncodedConv } from './encode-conv';

/** Pool type that keeps the first pixel of each 2 x 2. */
export const keepEvenPixels = 5;

/** What one load of weights may take (design document "k210-kmodel", section 3.2). */
const loadLimitBytes = { 8: 30 * 1024, 16: 60 * 1024 } as const;
/** Field widths and limits of the chip (sections 3 and 3.4). */
const limits = { loads: 64, channels: 1024, width: 512, height: 256, smallestSide: 4, bytesPerLoad: 2 ** 17 - 1 } as const;
const dmaBurst = 15;

export interface ConvPlacement {
  /** For messages. */
  readonly name: string;
  readonly input: FeatureMap;
  readonly inputLine: number;
  readonly outputChannels: number;
  readonly outputLine: number;
  readonly kernelSize: 1 | 3;
  readonly depthwise: boolean;
  readonly poolType: number;
  /** Zero point of the input, also outside of the map. */
  readonly inputZero: number;
  readonly weightBits: 8 | 16;
  /** Byte in the work buffer where the result also goes. */
  readonly mainMemoryOutput?: number;
}

/** @throws UserError naming the layer and the limit of the chip that it breaks */
export function convLayer(place: ConvPlacement, encoded: EncodedConv): ConvLayer {
  checkLimits(place);
  const { input, outputChannels, kernelSize, depthwise, poolType, inputZero, weightBits } = place;
  const output = { width: pooledSize(poolType, input.width), height: pooledSize(poolType, input.height) };
  const inputLayout = mapLayout(input.width);
  const outputLayout = mapLayout(output.width);
  const taps = kernelSize ** 2;
  const channelBytes = (depthwise ? 1 : input.channels) * taps * (weightBits / 8);
  const channelsPerLoad = depthwise ? outputChannels : Math.min(outputChannels, Math.floor(loadLimitBytes[weightBits] / channelBytes));
  const loads = channelsPerLoad === 0 ? Infinity : Math.ceil(outputChannels / channelsPerLoad);
  if (loads > limits.loads || channelBytes * channelsPerLoad > limits.bytesPerLoad) {
    throw new UserError(`Layer ${place.name} has ${outputChannels} outputs of ${channelBytes} bytes of weights, too many for the chip to load.`, 'Use fewer channels, or 8-bit weights.');
  }
  const registers: KpuRegisters = {
    interruptEnable: 0, ramFlag: 0, fullAdd: 0, depthwise: depthwise ? 1 : 0,
    imageSourceLine: place.inputLine, imageDestinationLine: place.outputLine,
    inputChannels: input.channels - 1, outputChannels: outputChannels - 1, channelsPerLoad: channelsPerLoad - 1,
    inputWidth: input.width - 1, inputHeight: input.height - 1, outputWidth: output.width - 1, outputHeight: output.height - 1,
    kernelType: kernelSize === 1 ? 0 : 1, padType: 0, poolType, firstStride: 0, bypassConv: 0, loadParameters: 1, dmaBurstSize: dmaBurst, padValue: inputZero,
    batchNormAddress: 0, loadCoordinate: 1, loads: loads - 1, bytesPerLoad: channelBytes * channelsPerLoad, weightsAddress: 0,
    coefficientColumnOffset: 0, coefficientRowOffset: 0,
    inputChannelLines: inputLayout.rowLines * input.height, inputRowLines: inputLayout.rowLines, coefficientSize: 0, inputGroups: inputLayout.groups,
    loadActivation: 1, activationAddress: 0,
    outputChannelLines: outputLayout.rowLines * output.height, outputRowLines: outputLayout.rowLines, outputGroups: outputLayout.groups,
    shiftW: 0, shiftX: 0, argumentW: 0 - inputZero, argumentX: 0 - encoded.weightZero, argumentAdd: taps * inputZero * encoded.weightZero,
    sendDataOut: 0, channelBytes: output.width * output.height - 1, totalBytes: output.width * output.height * outputChannels - 1,
  };
  return {
    kind: 'conv', flags: place.mainMemoryOutput === undefined ? 0 : 1, mainMemoryOutput: place.mainMemoryOutput ?? 0, registers,
    weights: encoded.weights, batchNorm: encoded.batchNorm, activation: encoded.activation,
  };
}

function checkLimits({ name, input, outputChannels, poolType }: ConvPlacement): void {
  const refuse = (what: string, action: string): never => {
    throw new UserError(`Layer ${name} has ${what}.`, action);
  };
  if (Math.max(input.channels, outputChannels) > limits.channels) refuse(`${input.channels} inputs and ${outputChannels} outputs, more than the chip's ${limits.channels}`, 'Use fewer channels.');
  if (input.width > limits.width || input.height > limits.height) refuse(`a map of ${input.width} x ${input.height}, larger than the chip's ${limits.width} x ${limits.height}`, 'Use a smaller input.');
  const smallest = Math.min(pooledSize(poolType, input.width), pooledSize(poolType, input.height));
  if (smallest < limits.smallestSide) refuse(`a result of ${smallest} pixels a side, smaller than the chip's ${limits.smallestSide}`, 'Use a larger input.');
}
