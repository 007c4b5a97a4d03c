import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SeededRandom } from '../../../src/base/random';
import { Simulator } from '../../../src/kmodel/simulator/simulate';
import type { Layer } from '../../../src/kmodel/v3/program';
import { programOf, randomConv } from '../../support/kmodel/sample-programs';
import { slowConvolution } from '../../support/kmodel/slow-convolution';

/** Layers on the processor, on a work buffer that the test fills through a fully connected layer. */
function runFloats(values: readonly number[], layers: (input: number, output: number) => readonly Layer[], outputBytes: number): Uint8Array {
  const size = values.length;
  const identity = Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
  const input = 1024;
  const start: Layer = { kind: 'fullyConnected', flags: 0, input: 512, output: input, inputChannels: size, outputChannels: size, activation: 0, weights: identity, bias: new Float32Array(size) };
  const simulator = new Simulator(programOf([start, ...layers(input, 0)], 4096, outputBytes), 'test');
  return simulator.run(Float32Array.from(values))[0] as Uint8Array;
}

function floats(bytes: Uint8Array): number[] {
  return [...new Float32Array(bytes.slice().buffer)];
}

test('quantizing rounds halves away from zero and clips; dequantizing takes it back', () => {
  const bytes = runFloats([-1, 0, 0.25, 0.75, 100], (input, output) => [{ kind: 'quantize', flags: 0, input, output, count: 5, scale: 0.5, bias: -1 }], 5);
  assert.deepEqual([...bytes], [0, 2, 3, 4, 202]);
  const back = runFloats([-1, 0, 0.25], (input, output) => [
    { kind: 'quantize', flags: 0, input, output: 2048, count: 3, scale: 0.5, bias: -1 },
    { kind: 'dequantize', flags: 1, input: 2048, output, count: 3, scale: 0.5, bias: -1 },
  ], 12);
  assert.deepEqual(floats(back), [-1, 0, 0.5]);
});

test('L2 normalisation, softmax, logistic and the global mean', () => {
  assert.deepEqual(floats(runFloats([3, 4], (input, output) => [{ kind: 'l2Normalization', flags: 1, input, output, count: 2 }], 8)).map((x) => x.toFixed(5)), ['0.60000', '0.80000']);
  const soft = floats(runFloats([1, 2, 3], (input, output) => [{ kind: 'softmax', flags: 1, input, output, count: 3 }], 12));
  assert.deepEqual(soft.map((x) => x.toFixed(4)), ['0.0900', '0.2447', '0.6652']);
  const sigmoid = floats(runFloats([0, 2], (input, output) => [{ kind: 'logistic', flags: 1, input, output, count: 2 }], 8));
  assert.deepEqual(sigmoid.map((x) => x.toFixed(4)), ['0.5000', '0.8808']);
  const mean = floats(runFloats([1, 3, 10, 20], (input, output) => [{ kind: 'globalAveragePool2d', flags: 1, input, output, kernelSize: 2, channels: 2 }], 8));
  assert.deepEqual(mean, [2, 15]);
});

test('flattening puts channels last, and resizing takes the nearest pixel', () => {
  const flat = runFloats([1, 2, 3, 4, 5, 6], (input, output) => [{ kind: 'tensorflowFlatten', flags: 1, input, output, width: 3, height: 1, channels: 2 }], 24);
  assert.deepEqual(floats(flat), [1, 4, 2, 5, 3, 6]);
  const wide = runFloats([1, 2], (input, output) => [
    { kind: 'resizeNearestNeighbor', flags: 1, input, output, width: 2, height: 1, channels: 1, outputWidth: 4, outputHeight: 2, alignCorners: 0 },
  ], 32);
  assert.deepEqual(floats(wide), [1, 1, 2, 2, 1, 1, 2, 2]);
});

test('the quantized addition adds two maps of different scales', () => {
  // a = (q - 10) * 0.5, b = (q - 0) * 0.25, output = a + b at scale 1, zero point 3
  const added = runFloats([10, 20, 0], (input, output) => [
    { kind: 'quantize', flags: 0, input, output: 2048, count: 3, scale: 1, bias: 0 },
    {
      kind: 'quantizedAdd', flags: 1, inputA: 2048, inputB: 2048, output, count: 3, offsetA: -10, multiplierA: 2 ** 15, shiftA: 16,
      offsetB: 0, multiplierB: 2 ** 14, shiftB: 16, offsetOutput: 3, multiplierOutput: 4, shiftOutput: 2,
    },
  ], 3);
  // 0 + 2.5 -> 2 (shifted down), 5 + 5 = 10, -5 + 0: then the zero point, clipped at 0
  assert.deepEqual([...added], [5, 13, 0]);
});

test('padding to the KPU and back moves single values through a 1x1 convolution', () => {
  const random = new SeededRandom(5, 'padding');
  const conv = randomConv({ width: 4, height: 4, inputChannels: 6, outputChannels: 5, kernelSize: 1, depthwise: false, poolType: 0, weightBits: 8 }, random, { source: 100, destination: 200 });
  const result = runFloats([1, 2, 3, 4, 5, 6], (input, output) => [
    { kind: 'quantize', flags: 0, input, output: 2048, count: 6, scale: 1, bias: 0 },
    { kind: 'addPadding', flags: 0, input: 2048, outputLine: 100, channels: 6 },
    { ...conv, mainMemoryOutput: 3072 },
    { kind: 'removePadding', flags: 1, input: 3072, output, channels: 5 },
  ], 5);
  const packed = new Uint8Array(6 * 16);
  for (let channel = 0; channel < 6; channel++) packed[channel * 16] = channel + 1;
  const expected = slowConvolution(conv, packed);
  assert.deepEqual([...result], Array.from({ length: 5 }, (_, channel) => expected[channel * 16]));
});

/** Bytes in the work buffer at 2048, through layers behind them. */
function runBytes(bytes: readonly number[], layers: (input: number, output: number) => readonly Layer[], outputBytes: number): Uint8Array {
  const quantize: Layer = { kind: 'quantize', flags: 0, input: 1024, output: 2048, count: bytes.length, scale: 1, bias: 0 };
  return runFloats(bytes, (_, output) => [quantize, ...layers(2048, output)], outputBytes);
}

test('floats are added', () => {
  assert.deepEqual(floats(runFloats([1, 2, 10, 20], (input, output) => [{ kind: 'add', flags: 1, inputA: input, inputB: input + 8, output, count: 2 }], 8)), [11, 22]);
});

test('a fully connected layer multiplies, adds its biases and applies its activation', () => {
  const dense = (activation: number): Layer => ({ kind: 'fullyConnected', flags: 0, input: 1024, output: 0, inputChannels: 2, outputChannels: 3, activation, weights: Float32Array.of(1, 2, -3, 0, 5, 5), bias: Float32Array.of(0, 1, 0.5) });
  assert.deepEqual(floats(runFloats([1, 1], () => [dense(0)], 12)), [3, -2, 10.5]);
  assert.deepEqual(floats(runFloats([1, 1], () => [dense(1)], 12)), [3, 0, 10.5]);
  assert.deepEqual(floats(runFloats([1, 1], () => [dense(2)], 12)), [3, 0, 6]);
});

test('parts are put one behind the other, of floats and of bytes', () => {
  const inputs = (first: number, size: number) => [{ start: first + size, sizeBytes: size }, { start: first, sizeBytes: size }];
  assert.deepEqual(floats(runFloats([1, 2], (input, output) => [{ kind: 'concat', flags: 1, output, inputCount: 2, inputs: inputs(input, 4) }], 8)), [2, 1]);
  assert.deepEqual([...runBytes([1, 2, 3, 4], (input, output) => [{ kind: 'quantizedConcat', flags: 1, output, inputCount: 2, inputs: inputs(input, 2) }], 4)], [3, 4, 1, 2]);
});

test('requantizing looks each byte up, and dequantizing by channel has scales of its own', () => {
  const table = Uint8Array.from({ length: 256 }, (_, i) => 255 - i);
  assert.deepEqual([...runBytes([0, 7, 255], (input, output) => [{ kind: 'requantize', flags: 1, input, output, count: 3, table }], 3)], [255, 248, 0]);
  const parameters = [{ scale: 0.5, bias: 1 }, { scale: 2, bias: -1 }];
  assert.deepEqual(floats(runBytes([1, 2, 3, 4], (input, output) => [{ kind: 'channelwiseDequantize', flags: 1, input, output, channels: 2, channelSize: 2, parameters }], 16)), [1.5, 2, 5, 7]);
});

test('bytes are resized to the nearest pixel', () => {
  const resize = (input: number, output: number): Layer => ({ kind: 'quantizedResizeNearestNeighbor', flags: 1, input, output, width: 3, height: 1, channels: 2, outputWidth: 2, outputHeight: 1, alignCorners: 1 });
  assert.deepEqual([...runBytes([1, 2, 3, 4, 5, 6], (input, output) => [resize(input, output)], 4)], [1, 2, 4, 5]);
});

const windows = fc.record({
  width: fc.integer({ min: 1, max: 7 }), height: fc.integer({ min: 1, max: 6 }), channels: fc.integer({ min: 1, max: 3 }), kernel: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
  stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })), padding: fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 1 })), seed: fc.integer({ min: 1, max: 1e6 }),
});

test('pools take the largest byte, or the mean of floats, of the part of each window that lies on the map', () => {
  fc.assert(fc.property(windows, ({ width, height, channels, kernel, stride, padding, seed }) => {
    const random = new SeededRandom(seed, 'pool');
    const values = Array.from({ length: width * height * channels }, () => random.below(256));
    const [outputWidth, outputHeight] = [1 + random.below(width), 1 + random.below(height)];
    const shape = { inputWidth: width, inputHeight: height, inputChannels: channels, outputWidth, outputHeight, outputChannels: channels, kernelWidth: kernel[0], kernelHeight: kernel[1], strideWidth: stride[0], strideHeight: stride[1], paddingWidth: padding[0], paddingHeight: padding[1] };
    const expected = Array.from({ length: outputWidth * outputHeight * channels }, (_, i) => {
      const [x, y, channel] = [i % outputWidth, Math.floor(i / outputWidth) % outputHeight, Math.floor(i / (outputWidth * outputHeight))];
      return values.filter((_value, at) => {
        const [column, row] = [(at % width) - x * stride[0] + padding[0], (Math.floor(at / width) % height) - y * stride[1] + padding[1]];
        return Math.floor(at / (width * height)) === channel && column >= 0 && column < kernel[0] && row >= 0 && row < kernel[1];
      });
    });
    const count = expected.length;
    const largest = runBytes(values, (input, output) => [{ kind: 'quantizedMaxPool2d', flags: 1, input, output, ...shape }], count);
    assert.deepEqual([...largest], expected.map((window) => Math.max(0, ...window)));
    const means = runFloats(values, (input, output) => [{ kind: 'averagePool2d', flags: 1, input, output, ...shape, activation: 1 }], 4 * count);
    assert.deepEqual(floats(means), expected.map((window) => Math.fround(window.reduce((sum, value) => sum + value, 0) / window.length)));
  }), { numRuns: 60 });
});

test('the quantized addition agrees with whole numbers without limit, whatever its parameters', () => {
  const factor = fc.integer({ min: -(2 ** 20), max: 2 ** 20 });
  const shift = fc.integer({ min: 0, max: 24 });
  const parameters = fc.record({ offsetA: fc.integer({ min: -255, max: 255 }), multiplierA: factor, shiftA: shift, offsetB: fc.integer({ min: -255, max: 255 }), multiplierB: factor, shiftB: shift, offsetOutput: fc.integer({ min: -255, max: 255 }), multiplierOutput: factor, shiftOutput: shift });
  fc.assert(fc.property(fc.array(fc.nat(255), { minLength: 16, maxLength: 16 }), parameters, (bytes, numbers) => {
    const [result, expected] = [
      runBytes(bytes, (input, output) => [{ kind: 'quantizedAdd', flags: 1, inputA: input, inputB: input + 8, output, count: 8, ...numbers }], 8),
      bytes.slice(0, 8).map((a, i) => {
        const [termA, termB] = [BigInt(a + numbers.offsetA) * BigInt(numbers.multiplierA), BigInt((bytes[i + 8] as number) + numbers.offsetB) * BigInt(numbers.multiplierB)];
        const down = (value: bigint, by: number): bigint => value >> BigInt(by);
        const sum = numbers.shiftA === numbers.shiftB ? down(termA + termB, numbers.shiftA) : down(termA, numbers.shiftA) + down(termB, numbers.shiftB);
        let scaled = sum * BigInt(numbers.multiplierOutput);
        if (numbers.shiftOutput > 0) {
          const doubled = down(scaled, numbers.shiftOutput - 1);
          scaled = down(doubled, 1) + ((doubled & 1n) === 0n ? 0n : doubled < 0n ? -1n : 1n);
        }
        const y = scaled + BigInt(numbers.offsetOutput);
        return Number(y < 0n ? 0n : y > 255n ? 255n : y);
      }),
    ];
    assert.deepEqual([...result], expected);
  }), { numRuns: 100 });
});

test('shifts and factors of a damaged addition wrap as in 64 bits, and end', () => {
  const largest = 2 ** 31 - 1;
  const added = (shift: number): Uint8Array => runBytes([200, 1], (input, output) => [{
    kind: 'quantizedAdd', flags: 1, inputA: input, inputB: input, output, count: 2, offsetA: largest, multiplierA: largest, shiftA: shift, offsetB: -largest, multiplierB: -largest, shiftB: shift,
    offsetOutput: 0, multiplierOutput: largest, shiftOutput: shift,
  }], 2);
  for (const shift of [-(2 ** 31), -1, 63, 64, 2 ** 31 - 1]) assert.equal(added(shift).length, 2);
});

test('sizes that would keep a chip busy for minutes are refused by their layer', () => {
  const size = { inputWidth: 0, inputHeight: 2 ** 32 - 1, inputChannels: 1, outputWidth: 4, outputHeight: 4, outputChannels: 4, kernelWidth: 4, kernelHeight: 2 ** 31, strideWidth: 1, strideHeight: 1, paddingWidth: 0, paddingHeight: 0 };
  assert.throws(() => runFloats([1], (input, output) => [{ kind: 'averagePool2d', flags: 1, input, output, ...size, activation: 0 }], 4), /layer 1 \(averagePool2d\) would be finished only after/);
});

test('an upload lays a map out for the convolution that follows', () => {
  const wish = { width: 6, height: 4, inputChannels: 5, outputChannels: 3, kernelSize: 3, depthwise: false, poolType: 0, weightBits: 8 } as const;
  const random = new SeededRandom(6, 'upload');
  const conv = randomConv(wish, random, { source: 300, destination: 500 });
  const bytes = Array.from({ length: 6 * 4 * 5 }, () => random.below(256));
  const result = runBytes(bytes, (input, output) => [{ kind: 'upload', flags: 0, input, outputLine: 300, width: 6, height: 4, channels: 5 }, { ...conv, mainMemoryOutput: output }], 72);
  assert.deepEqual(result, slowConvolution(conv, Uint8Array.from(bytes)));
});
