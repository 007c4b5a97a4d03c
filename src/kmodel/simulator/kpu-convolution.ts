/**
 * The KPU's convolution, bit by bit (design document "k210-kmodel", section 4):
 * acc = sum(x w) + ((argX sum(x)) >> shiftX) + ((argW sum(w)) >> shiftW) + argAdd * N, then batch norm, activation and pooling.
 */
import { convShapeOf, type BatchNormEntry, type ConvShape } from '../v3/kpu-registers';
import type { ConvLayer } from '../v3/program';
import { activate, normalize } from './kpu-activation';
import { poolChannel, pooledSize } from './kpu-pooling';

/** Output channels that are computed in one pass over the input. */
const channelsAtOnce = 4;

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

/** Sums of products and of inputs of one output channel, per pixel; integers that a double holds exactly. */
type UseSums = (channel: number, sums: Float64Array, inputSums: Float64Array) => void;

function eachAccumulator(layer: ConvLayer, shape: ConvShape, input: Uint8Array, use: UseSums): void {
  const { inputWidth: width, inputHeight: height, kernelSize, depthwise } = shape;
  const pixels = width * height;
  const planes = kernelSize === 1 ? input : shiftedPlanes(input, shape, layer.registers.padValue);
  const planesPerChannel = kernelSize ** 2;
  if (depthwise) {
    for (let channel = 0; channel < shape.outputChannels; channel++) {
      const own = planes.subarray(channel * planesPerChannel * pixels, (channel + 1) * planesPerChannel * pixels);
      const [sums] = multiply(own, pixels, layer.weights, channel * planesPerChannel, 1, planesPerChannel);
      use(channel, sums as Float64Array, sumPlanes(own, pixels));
    }
    return;
  }
  const planeCount = shape.inputChannels * planesPerChannel;
  const inputSums = sumPlanes(planes, pixels);
  for (let first = 0; first < shape.outputChannels; first += channelsAtOnce) {
    const count = Math.min(channelsAtOnce, shape.outputChannels - first);
    const sums = multiply(planes, pixels, layer.weights, first * planeCount, count, planeCount);
    sums.forEach((channelSums, i) => use(first + i, channelSums, inputSums));
  }
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

function sumPlanes(planes: Uint8Array, pixels: number): Float64Array {
  const sums = new Float64Array(pixels);
  for (let start = 0; start < planes.length; start += pixels) {
    for (let p = 0; p < pixels; p++) sums[p] = (sums[p] as number) + (planes[start + p] as number);
  }
  return sums;
}

/** Products of `count` (up to four) rows of weights with the planes. */
function multiply(planes: Uint8Array, pixels: number, weights: ArrayLike<number>, firstWeight: number, count: number, planeCount: number): Float64Array[] {
  const rows = Array.from({ length: channelsAtOnce }, () => new Float64Array(pixels));
  const [a, b, c, d] = rows as [Float64Array, Float64Array, Float64Array, Float64Array];
  const weightOf = (row: number, plane: number): number => (row < count ? (weights[firstWeight + row * planeCount + plane] as number) : 0);
  for (let plane = 0; plane < planeCount; plane++) {
    const wa = weightOf(0, plane);
    const wb = weightOf(1, plane);
    const wc = weightOf(2, plane);
    const wd = weightOf(3, plane);
    const start = plane * pixels;
    for (let p = 0; p < pixels; p++) {
      const x = planes[start + p] as number;
      a[p] = (a[p] as number) + x * wa;
      b[p] = (b[p] as number) + x * wb;
      c[p] = (c[p] as number) + x * wc;
      d[p] = (d[p] as number) + x * wd;
    }
  }
  return rows.slice(0, count);
}

/** Turns the sums of one channel into bytes. */
function channelFinisher(layer: ConvLayer, shape: ConvShape): (channel: number, sums: Float64Array, inputSums: Float64Array, bytes: Uint8Array) => void {
  const { registers, batchNorm, activation, weights } = layer;
  const perOutput = weights.length / shape.outputChannels;
  const terms = shape.depthwise ? 1 : shape.inputChannels;
  return (channel, sums, inputSums, bytes) => {
    let weightSum = 0;
    for (let i = channel * perOutput; i < (channel + 1) * perOutput; i++) weightSum += weights[i] as number;
    const constant = Math.floor((registers.argumentW * weightSum) / 2 ** registers.shiftW) + registers.argumentAdd * terms;
    const entry = batchNorm[channel] as BatchNormEntry;
    for (let p = 0; p < bytes.length; p++) {
      const shifted = Math.floor((registers.argumentX * (inputSums[p] as number)) / 2 ** registers.shiftX);
      bytes[p] = activate(normalize((sums[p] as number) + shifted + constant, entry), activation);
    }
  };
}
