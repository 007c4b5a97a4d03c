import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SeededRandom } from '../../../src/base/random';
import { UserError } from '../../../src/base/user-error';
import { mapLines, readMap, writeMap } from '../../../src/kmodel/simulator/kpu-memory';
import { outputStage } from '../../../src/kmodel/simulator/kpu-activation';
import { pooledSize } from '../../../src/kmodel/simulator/kpu-pooling';
import { Simulator } from '../../../src/kmodel/simulator/simulate';
import type { Layer } from '../../../src/kmodel/v3/program';
import { programOf, randomConv, type ConvWish } from '../../support/kmodel/sample-programs';
import { slowConvolution } from '../../support/kmodel/slow-convolution';

function runConv(wish: ConvWish, seed: number): { fast: Uint8Array; slow: Uint8Array } {
  const random = new SeededRandom(seed, 'convolution');
  const layer = randomConv(wish, random);
  const input = Uint8Array.from({ length: wish.width * wish.height * wish.inputChannels }, () => random.below(256));
  const outputBytes = pooledSize(wish.poolType, wish.width) * pooledSize(wish.poolType, wish.height) * wish.outputChannels;
  const [fast] = new Simulator(programOf([layer], outputBytes, outputBytes, wish.weightBits), 'test').run(input);
  return { fast: fast as Uint8Array, slow: slowConvolution(layer, input) };
}

const wishes = fc.record({
  width: fc.integer({ min: 4, max: 70 }), height: fc.integer({ min: 4, max: 9 }), inputChannels: fc.integer({ min: 1, max: 9 }), outputChannels: fc.integer({ min: 1, max: 9 }),
  kernelSize: fc.constantFrom(1 as const, 3 as const), depthwise: fc.boolean(), poolType: fc.integer({ min: 0, max: 9 }), weightBits: fc.constantFrom(8 as const, 16 as const),
}).map((wish): ConvWish => (wish.depthwise ? { ...wish, outputChannels: wish.inputChannels } : wish));

test('convolutions of every kind agree bit for bit with slow whole-number arithmetic', () => {
  fc.assert(fc.property(wishes, fc.integer({ min: 1, max: 1e6 }), (wish, seed) => {
    const { fast, slow } = runConv(wish, seed);
    assert.deepEqual(fast, slow);
  }), { numRuns: 60 });
});

test('widths at the borders of the memory layout, and the widest, agree too', () => {
  for (const width of [16, 17, 32, 33, 63, 64, 65, 128, 129, 511, 512]) {
    const { fast, slow } = runConv({ width, height: 4, inputChannels: 5, outputChannels: 3, kernelSize: 3, depthwise: false, poolType: 0, weightBits: 8 }, width);
    assert.deepEqual(fast, slow, `width ${width}`);
  }
});

test('the outputs of the random layers are not all at the ends of the range', () => {
  const { slow } = runConv({ width: 40, height: 9, inputChannels: 4, outputChannels: 8, kernelSize: 3, depthwise: false, poolType: 0, weightBits: 8 }, 3);
  assert.ok(new Set(slow).size > 20);
});

test('a map that is written to KPU memory is read back, and touches only its lines', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 9 }), (width, height, channels) => {
    const memory = new Uint8Array(64 * (mapLines(width, height, channels) + 20));
    const place = { width, height, channels, line: 10 };
    const packed = Uint8Array.from({ length: width * height * channels }, (_, i) => 1 + (i % 255));
    writeMap(memory, place, packed);
    assert.deepEqual(readMap(memory, place), packed);
    const end = 64 * (10 + mapLines(width, height, channels));
    assert.ok(memory.every((byte, i) => byte === 0 || (i >= 640 && i < end)));
  }));
});

test('two maps back to back whose first has whole lines are one map of all channels', () => {
  const memory = new Uint8Array(64 * 200);
  const [first, second] = [8, 4].map((channels) => Uint8Array.from({ length: 14 * 14 * channels }, (_, i) => (i * 7 + channels) % 256)) as [Uint8Array, Uint8Array];
  writeMap(memory, { width: 14, height: 14, channels: 8, line: 0 }, first);
  writeMap(memory, { width: 14, height: 14, channels: 4, line: mapLines(14, 14, 8) }, second);
  assert.deepEqual(readMap(memory, { width: 14, height: 14, channels: 12, line: 0 }), Uint8Array.of(...first, ...second));
});

test('halves are rounded to the even neighbour, and unused segments do not count', () => {
  const segments = [{ start: -(2 ** 35), multiplier: 0, shift: 0, bias: 7 }, { start: 0, multiplier: 1, shift: 2, bias: 0 }, { start: 2 ** 35 - 16, multiplier: 0, shift: 0, bias: 9 }];
  const stage = outputStage({ multiplier: 2, shift: 1, add: 0 }, segments, 1000);
  assert.deepEqual([2, 6, 10, 1, 3, 0, -5].map(stage), [0, 2, 2, 0, 1, 7, 7]);
});

test('sums of 36 bits are multiplied exactly', () => {
  const segments = [{ start: -(2 ** 35), multiplier: 1, shift: 28, bias: 0 }];
  const [accumulator, entry] = [2 ** 34 + 12_345, { multiplier: 2 ** 21 + 1, shift: 15, add: 3 }] as const;
  const value = ((BigInt(accumulator) * BigInt(entry.multiplier)) >> 15n) + 3n;
  const start = Number(value) - 5 * 2 ** 28;
  const stage = outputStage(entry, [{ start: -(2 ** 35), multiplier: 0, shift: 0, bias: 0 }, { ...segments[0] as { multiplier: number; shift: number; bias: number }, start }], 2 ** 35);
  assert.equal(stage(accumulator), 5);
  assert.equal(stage(accumulator - 2 ** 22), 4);
});

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

test('a program that leaves its memory, or that no runtime starts, is refused with a sentence', () => {
  const random = new SeededRandom(1, 'refusals');
  const conv = randomConv({ width: 8, height: 8, inputChannels: 3, outputChannels: 4, kernelSize: 1, depthwise: false, poolType: 0, weightBits: 8 }, random);
  const picture = new Uint8Array(8 * 8 * 3);
  assert.throws(() => new Simulator(programOf([conv], 16, 256), 'a.kmodel').run(picture), (error) => error instanceof UserError && /a\.kmodel reaches bytes/.test(error.message));
  const high = { ...conv, registers: { ...conv.registers, imageDestinationLine: 32_767 } };
  assert.throws(() => new Simulator(programOf([high], 256, 256), 'a.kmodel').run(picture), /needs lines up to/);
  const odd = { ...conv, registers: { ...conv.registers, poolType: 12 } };
  assert.throws(() => new Simulator(programOf([odd], 256, 256), 'a.kmodel'), /layer 0: the pool type 12 does not exist/);
  assert.throws(() => new Simulator(programOf([{ kind: 'softmax', flags: 1, input: 0, output: 0, count: 1 }], 8, 4), 'a.kmodel'), /begins with the layer softmax/);
});
