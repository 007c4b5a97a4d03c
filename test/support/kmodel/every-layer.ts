import type { SeededRandom } from '../../../src/base/random';
import type { Layer, Program } from '../../../src/kmodel/v3/program';
import { randomConv } from './sample-programs';

/** A program with every kind of layer, small enough to be run; what it computes means nothing. */
export function everyLayerProgram(random: SeededRandom, weightBits: 8 | 16): Program {
  const single = (): number => Math.fround(random.between(-4, 4));
  const unary = { flags: 1, input: 0, output: 512, count: 16 } as const;
  const pool = {
    flags: 1, input: 0, output: 512, inputWidth: 4, inputHeight: 4, inputChannels: 2, outputWidth: 2, outputHeight: 2, outputChannels: 2,
    kernelWidth: 2, kernelHeight: 2, strideWidth: 2, strideHeight: 2, paddingWidth: 0, paddingHeight: 0,
  } as const;
  const resize = { flags: 1, input: 0, output: 512, width: 4, height: 4, channels: 2, outputWidth: 3, outputHeight: 5, alignCorners: 0 } as const;
  const parts = { flags: 1, output: 512, inputCount: 2, inputs: [{ start: 0, sizeBytes: 16 }, { start: 64, sizeBytes: 8 }] };
  const layers: Layer[] = [
    randomConv({ width: 8, height: 6, inputChannels: 3, outputChannels: 5, kernelSize: 3, depthwise: false, poolType: 5, weightBits }, random, { source: 0, destination: 64 }),
    randomConv({ width: 4, height: 3, inputChannels: 5, outputChannels: 5, kernelSize: 3, depthwise: true, poolType: 0, weightBits }, random, { source: 64, destination: 128 }),
    randomConv({ width: 4, height: 4, inputChannels: 4, outputChannels: 6, kernelSize: 1, depthwise: false, poolType: 0, weightBits }, random, { source: 192, destination: 256 }),
    { kind: 'add', flags: 1, inputA: 0, inputB: 64, output: 512, count: 16 },
    {
      kind: 'quantizedAdd', flags: 1, inputA: 0, inputB: 8, output: 512, count: 8, offsetA: -3, multiplierA: 5, shiftA: 2, offsetB: 1, multiplierB: 7, shiftB: 3,
      offsetOutput: -9, multiplierOutput: 11, shiftOutput: 4,
    },
    { kind: 'globalAveragePool2d', flags: 1, input: 0, output: 512, kernelSize: 4, channels: 4 },
    { kind: 'quantizedMaxPool2d', ...pool },
    { kind: 'averagePool2d', ...pool, activation: 0 },
    { kind: 'quantize', ...unary, scale: 0.5, bias: single() },
    { kind: 'dequantize', ...unary, scale: single(), bias: single() },
    { kind: 'requantize', ...unary, table: Uint8Array.from({ length: 256 }, (_, i) => 255 - i) },
    { kind: 'l2Normalization', ...unary },
    { kind: 'softmax', ...unary },
    { kind: 'concat', ...parts },
    { kind: 'quantizedConcat', ...parts },
    {
      kind: 'fullyConnected', flags: 0, input: 0, output: 512, inputChannels: 3, outputChannels: 2, activation: 1,
      weights: Float32Array.from({ length: 6 }, single), bias: Float32Array.from({ length: 2 }, single),
    },
    { kind: 'tensorflowFlatten', flags: 1, input: 0, output: 512, width: 4, height: 4, channels: 2 },
    { kind: 'resizeNearestNeighbor', ...resize },
    { kind: 'quantizedResizeNearestNeighbor', ...resize },
    { kind: 'channelwiseDequantize', flags: 1, input: 0, output: 512, channels: 2, channelSize: 4, parameters: [{ scale: single(), bias: single() }, { scale: single(), bias: single() }] },
    { kind: 'logistic', ...unary },
    { kind: 'addPadding', flags: 0, input: 4, outputLine: 192, channels: 7 },
    { kind: 'removePadding', flags: 1, input: 0, output: 512, channels: 4 },
    { kind: 'upload', flags: 0, input: 0, outputLine: 192, width: 4, height: 4, channels: 4 },
  ];
  return { weightBits, firstKpuLine: 0, mainMemoryBytes: 1024, outputs: [{ addressBytes: 512, sizeBytes: 64 }], layers };
}
