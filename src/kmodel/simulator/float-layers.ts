/**
 * The v3 runtime's layers on the processor that compute in single precision, in the runtime's order of operations (design
 * document "k210-kmodel", section 5). A board's compiler may fuse a multiplication with an addition, which changes last bits.
 */
const single = Math.fround;
const smallestNormSquared = single(1e-10);
/** The runtime starts its search for the largest logit here (FLT_MIN), not at minus infinity. */
const smallestPositiveSingle = single(1.1754943508222875e-38);

export function add(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value + (b[i] as number));
}

/** Mean of each channel's `kernelSize` values. */
export function globalAverage(input: Float32Array, kernelSize: number, channels: number): Float32Array {
  return Float32Array.from({ length: channels }, (_, channel) => {
    let sum = 0;
    for (let i = 0; i < kernelSize; i++) sum = single(sum + (input[channel * kernelSize + i] as number));
    return sum / kernelSize;
  });
}

export interface PoolWindow {
  readonly inputWidth: number;
  readonly inputHeight: number;
  readonly outputWidth: number;
  readonly outputHeight: number;
  readonly outputChannels: number;
  readonly kernelWidth: number;
  readonly kernelHeight: number;
  readonly strideWidth: number;
  readonly strideHeight: number;
  readonly paddingWidth: number;
  readonly paddingHeight: number;
}

/** Calls `visit(outputIndex, clippedWindow)` for each window; the clipped one gives each input index to its argument, row by row. */
function eachWindow(window: PoolWindow, visit: (outputIndex: number, eachIndex: (use: (inputIndex: number) => void) => void) => void): void {
  const { inputWidth, inputHeight, kernelWidth, kernelHeight } = window;
  let outputIndex = 0;
  for (let channel = 0; channel < window.outputChannels; channel++) {
    for (let oy = 0; oy < window.outputHeight; oy++) {
      const top = oy * window.strideHeight - window.paddingHeight;
      for (let ox = 0; ox < window.outputWidth; ox++) {
        const left = ox * window.strideWidth - window.paddingWidth;
        visit(outputIndex++, (use) => {
          for (let y = Math.max(0, top); y < Math.min(inputHeight, top + kernelHeight); y++) {
            for (let x = Math.max(0, left); x < Math.min(inputWidth, left + kernelWidth); x++) use((channel * inputHeight + y) * inputWidth + x);
          }
        });
      }
    }
  }
}

/** Sum over the window's valid pixels, divided by their number. The body's activation is not applied, as in the runtime. */
export function averagePool(input: Float32Array, window: PoolWindow): Float32Array {
  const output = new Float32Array(window.outputWidth * window.outputHeight * window.outputChannels);
  eachWindow(window, (index, eachIndex) => {
    let sum = 0;
    let count = 0;
    eachIndex((i) => {
      sum = single(sum + (input[i] as number));
      count++;
    });
    output[index] = sum / count;
  });
  return output;
}

export function quantizedMaxPool(input: Uint8Array, window: PoolWindow): Uint8Array {
  const output = new Uint8Array(window.outputWidth * window.outputHeight * window.outputChannels);
  eachWindow(window, (index, eachIndex) => {
    let most = 0;
    eachIndex((i) => (most = Math.max(most, input[i] as number)));
    output[index] = most;
  });
  return output;
}

/** q = (x - bias) / scale, halves away from zero, clipped to 0..255. */
export function quantize(input: Float32Array, scale: number, bias: number): Uint8Array {
  const inverse = single(1 / scale);
  return Uint8Array.from(input, (x) => {
    const value = single(single(x - bias) * inverse);
    const rounded = Math.sign(value) * Math.floor(Math.abs(value) + 0.5);
    return Math.min(255, Math.max(0, rounded));
  });
}

export function dequantize(input: Uint8Array, scale: number, bias: number): Float32Array {
  return Float32Array.from(input, (q) => single(q * scale) + bias);
}

/** Divides by the root of the sum of squares. */
export function l2Normalize(input: Float32Array): Float32Array {
  const squares = input.reduce((sum, x) => single(sum + single(x * x)), 0);
  const factor = single(1 / single(Math.sqrt(Math.max(squares, smallestNormSquared))));
  return input.map((x) => x * factor);
}

export function softmax(input: Float32Array): Float32Array {
  const largest = input.reduce((most, x) => Math.max(most, x), smallestPositiveSingle);
  const powers = input.map((x) => Math.exp(single(x - largest)));
  const sum = powers.reduce((total, x) => single(total + x), 0);
  return powers.map((x) => x / sum);
}

export function logistic(input: Float32Array): Float32Array {
  return input.map((x) => 1 / single(1 + single(Math.exp(-x))));
}

/** @param activation 0 none, 1 ReLU, 2 ReLU6 */
export function fullyConnected(input: Float32Array, weights: Float32Array, bias: Float32Array, activation: number): Float32Array {
  return bias.map((offset, row) => {
    let sum = 0;
    for (let i = 0; i < input.length; i++) sum = single(sum + single((input[i] as number) * (weights[row * input.length + i] as number)));
    const y = single(sum + offset);
    if (activation === 0) return y;
    return Math.max(0, activation === 2 ? Math.min(6, y) : y);
  });
}

/** [channels][height][width] to [height][width][channels]. */
export function flattenToChannelsLast(input: Float32Array, width: number, height: number, channels: number): Float32Array {
  const pixels = width * height;
  return Float32Array.from({ length: pixels * channels }, (_, i) => input[(i % channels) * pixels + Math.floor(i / channels)] as number);
}

export interface Resize {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly outputWidth: number;
  readonly outputHeight: number;
}

/** Indices of the source for each target pixel; the body's alignCorners is not looked at, as in the runtime. */
export function nearestNeighbours({ width, height, channels, outputWidth, outputHeight }: Resize): number[] {
  const at = (target: number, source: number, size: number): number => Math.min(Math.floor((target * source) / size), source - 1);
  return Array.from({ length: channels * outputHeight * outputWidth }, (_, i) => {
    const x = at(i % outputWidth, width, outputWidth);
    const y = at(Math.floor(i / outputWidth) % outputHeight, height, outputHeight);
    return (Math.floor(i / (outputWidth * outputHeight)) * height + y) * width + x;
  });
}
