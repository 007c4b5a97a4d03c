/**
 * The KPU's convolution, bit by bit (design document "k210-kmodel", section 4):
 * acc = sum(x w) + ((argX sum(x)) >> shiftX) + ((argW sum(w)) >> shiftW) + argAdd * N, then batch norm, activation and pooling.
 */
import { convShapeOf, type BatchNormEntry, type ConvShape } from '../v3/kpu-registers';
import type { ConvLayer } from '../v3/program';
import { outputStage } from './kpu-activation';
import { poolChannel, pooledSize } from './kpu-pooling';
import { planeProducts, sumPlanes, type Sums } from './plane-products';

/**
 * @param input packed bytes [channels][height][width]
 * @returns packed bytes [channels][height][width] of the output
 */
export function convolve(layer: ConvLayer, input: Uint8Array): Uint8Array {
  const shape = convShapeOf(layer.registers);
  const { poolType } = layer.registers;
  const pixels = shape.inputWidth * shape.inputHeight;
  const outputPixels = pooledSize(poolType, shape.inputWidth) * pooledSize(poolType, shape.inputHeight);
  const output = new Uint8Array(outputPixels * shape.outputChannels);
  const finish = channelFinisher(layer, shape);
  const bytes = new Uint8Array(pixels);
  eachAccumulator(layer, shape, input, (channel, sums, inputSums) => {
    finish(channel, sums, inputSums, bytes);
    poolChannel(poolType, bytes, shape.inputWidth, shape.inputHeight, output.subarray(channel * outputPixels, (channel + 1) * outputPixels));
  });
  return output;
}

/** Sums of products and of inputs of one output channel, per pixel. */
type UseSums = (channel: number, sums: Sums, inputSums: Sums) => void;

function eachAccumulator(layer: ConvLayer, shape: ConvShape, input: Uint8Array, use: UseSums): void {
  const { inputWidth: width, inputHeight: height, inputChannels, outputChannels, kernelSize, depthwise } = shape;
  const pixels = width * height;
  const planes = kernelSize === 1 ? input : shiftedPlanes(input, shape, layer.registers.padValue);
  const taps = kernelSize ** 2;
  if (depthwise) {
    for (let channel = 0; channel < outputChannels; channel++) {
      const own = planes.subarray(channel * taps * pixels, (channel + 1) * taps * pixels);
      planeProducts(own, pixels, layer.weights.subarray(channel * taps, (channel + 1) * taps), 1, (_, sums) => use(channel, sums, sumPlanes(own, pixels)));
    }
    return;
  }
  const inputSums = sumPlanes(planes.subarray(0, inputChannels * taps * pixels), pixels);
  planeProducts(planes, pixels, layer.weights, outputChannels, (channel, sums) => use(channel, sums, inputSums));
}

/** For each channel the nine planes that a 3x3 kernel sees, with the pad value outside. */
function shiftedPlanes(input: Uint8Array, { inputWidth: width, inputHeight: height, inputChannels }: ConvShape, padValue: number): Uint8Array {
  const pixels = width * height;
  const planes = new Uint8Array(inputChannels * 9 * pixels).fill(padValue);
  for (let channel = 0; channel < inputChannels; channel++) {
    for (let tap = 0; tap < 9; tap++) {
      const dy = Math.floor(tap / 3) - 1;
      const dx = (tap % 3) - 1;
      const plane = (channel * 9 + tap) * pixels;
      for (let y = Math.max(0, -dy); y < Math.min(height, height - dy); y++) {
        const source = channel * pixels + (y + dy) * width;
        const from = Math.max(0, dx);
        const to = Math.min(width, width + dx);
        planes.set(input.subarray(source + from, source + to), plane + y * width + from - dx);
      }
    }
  }
  return planes;
}

/** Turns the sums of one channel into bytes. */
function channelFinisher(layer: ConvLayer, shape: ConvShape): (channel: number, sums: Sums, inputSums: Sums, bytes: Uint8Array) => void {
  const { registers, batchNorm, activation, weights } = layer;
  const { argumentX } = registers;
  const perOutput = weights.length / shape.outputChannels;
  const terms = shape.depthwise ? 1 : shape.inputChannels;
  const factorX = 2 ** -registers.shiftX;
  return (channel, sums, inputSums, bytes) => {
    let weightSum = 0;
    for (let i = channel * perOutput; i < (channel + 1) * perOutput; i++) weightSum += weights[i] as number;
    const constant = Math.floor((registers.argumentW * weightSum) / 2 ** registers.shiftW) + registers.argumentAdd * terms;
    const largest = 255 * (weightSum + perOutput * Math.abs(argumentX) * factorX) + Math.abs(constant) + 1;
    const stage = outputStage(batchNorm[channel] as BatchNormEntry, activation, largest);
    for (let p = 0; p < bytes.length; p++) bytes[p] = stage((sums[p] as number) + Math.floor(argumentX * (inputSums[p] as number) * factorX) + constant);
  };
}
