import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SeededRandom } from '../../../src/base/random';
import { UserError } from '../../../src/base/user-error';
import { pooledSize } from '../../../src/kmodel/simulator/kpu-pooling';
import { Simulator } from '../../../src/kmodel/simulator/simulate';
import type { ActivationSegment, BatchNormEntry } from '../../../src/kmodel/v3/kpu-registers';
import type { ConvLayer } from '../../../src/kmodel/v3/program';
import { firstSegmentStart, programOf, randomConv, type ConvWish } from '../../support/kmodel/sample-programs';
import { slowConvolution } from '../../support/kmodel/slow-convolution';

function simulate(layer: ConvLayer, input: Uint8Array, outputBytes: number): Uint8Array {
  const weightBits = layer.weights instanceof Uint8Array ? 8 : 16;
  return new Simulator(programOf([layer], outputBytes, outputBytes, weightBits), 'test').run(input)[0] as Uint8Array;
}

function outputBytesOf({ poolType, width, height, outputChannels }: ConvWish): number {
  return pooledSize(poolType, width) * pooledSize(poolType, height) * outputChannels;
}

function runConv(wish: ConvWish, seed: number): { fast: Uint8Array; slow: Uint8Array } {
  const random = new SeededRandom(seed, 'convolution');
  const layer = randomConv(wish, random);
  const input = Uint8Array.from({ length: wish.width * wish.height * wish.inputChannels }, () => random.below(256));
  return { fast: simulate(layer, input, outputBytesOf(wish)), slow: slowConvolution(layer, input) };
}

function assertAgrees(wish: ConvWish, seed: number): void {
  const { fast, slow } = runConv(wish, seed);
  assert.deepEqual(fast, slow, JSON.stringify(wish));
}

const kinds = { kernelSize: fc.constantFrom(1 as const, 3 as const), depthwise: fc.boolean(), poolType: fc.integer({ min: 0, max: 9 }), weightBits: fc.constantFrom(8 as const, 16 as const) };
/** A depthwise convolution has as many outputs as inputs, and no result is empty. */
const possible = (wish: ConvWish): ConvWish => {
  const least = { 3: 4, 4: 4, 7: 4, 1: 2, 2: 2, 5: 2, 6: 2 }[wish.poolType] ?? 1;
  return { ...wish, width: Math.max(least, wish.width), height: Math.max(least, wish.height), outputChannels: wish.depthwise ? wish.inputChannels : wish.outputChannels };
};
const channels = fc.integer({ min: 1, max: 9 });

test('convolutions of every kind agree bit for bit with slow whole-number arithmetic', () => {
  const wishes = fc.record({ width: fc.integer({ min: 1, max: 70 }), height: fc.integer({ min: 1, max: 9 }), inputChannels: channels, outputChannels: channels, ...kinds }).map(possible);
  fc.assert(fc.property(wishes, fc.integer({ min: 1, max: 1e6 }), assertAgrees), { numRuns: 150 });
});

test('maps of every width up to 512 agree', () => {
  const few = fc.integer({ min: 1, max: 5 });
  const wishes = fc.record({ width: fc.integer({ min: 1, max: 512 }), height: fc.integer({ min: 1, max: 4 }), inputChannels: few, outputChannels: few, ...kinds }).map(possible);
  fc.assert(fc.property(wishes, fc.integer({ min: 1, max: 1e6 }), assertAgrees), { numRuns: 50 });
});

test('deep sums agree, of which 32 bits hold only a part', () => {
  const wishes = fc.record({ width: fc.integer({ min: 1, max: 5 }), height: fc.integer({ min: 1, max: 4 }), inputChannels: fc.integer({ min: 200, max: 1024 }), outputChannels: fc.integer({ min: 1, max: 6 }), ...kinds })
    .map((wish) => possible({ ...wish, depthwise: false }));
  fc.assert(fc.property(wishes, fc.integer({ min: 1, max: 1e6 }), assertAgrees), { numRuns: 8 });
});

test('widths at the borders of the memory layout, and the widest, agree too', () => {
  for (const width of [16, 17, 32, 33, 63, 64, 65, 128, 129, 511, 512]) {
    assertAgrees({ width, height: 4, inputChannels: 5, outputChannels: 3, kernelSize: 3, depthwise: false, poolType: 0, weightBits: 8 }, width);
  }
});

test('the largest inputs and the farthest weights do not overflow', () => {
  for (const weightBits of [8, 16] as const) {
    const wish: ConvWish = { width: 4, height: 4, inputChannels: 1024, outputChannels: 2, kernelSize: 3, depthwise: false, poolType: 0, weightBits };
    const layer = randomConv(wish, new SeededRandom(weightBits, 'largest'));
    // One row of zeros, one of the largest.
    layer.weights.fill(0).fill(2 ** weightBits - 1, layer.weights.length / 2);
    const [half] = [2 ** (weightBits - 1)];
    const registers = { ...layer.registers, padValue: 255, shiftX: 0, shiftW: 0, argumentX: -half, argumentW: 0, argumentAdd: 0 };
    const largest = 255 * half * 9216;
    const batchNorm = [{ multiplier: 3, shift: 2, add: 0 }, { multiplier: -3, shift: 1, add: 11 }];
    const activation = [{ start: firstSegmentStart, multiplier: 0, shift: 0, bias: 1 }, { start: -largest, multiplier: 1, shift: Math.ceil(Math.log2(largest / 50)), bias: 3 }];
    const extreme: ConvLayer = { ...layer, registers, batchNorm, activation: [...activation, ...layer.activation.slice(2).map((segment, i) => ({ ...segment, start: 2 ** 35 - 16 + i }))] };
    const input = new Uint8Array(16 * 1024).fill(255);
    const expected = slowConvolution(extreme, input);
    assert.deepEqual(simulate(extreme, input, 32), expected);
    assert.ok(expected.every((value) => value > 0 && value < 255), `${weightBits} bits: ${expected.join()}`);
  }
});

test('the outputs of the random layers are not all at the ends of the range', () => {
  const { slow } = runConv({ width: 40, height: 9, inputChannels: 4, outputChannels: 8, kernelSize: 3, depthwise: false, poolType: 0, weightBits: 8 }, 3);
  assert.ok(new Set(slow).size > 20);
});

/** A 1x1 convolution of one channel whose sums are the bytes that enter, plus `argumentAdd`. */
function passing(entry: BatchNormEntry, segments: readonly ActivationSegment[], width: number, argumentAdd = 0): ConvLayer {
  const layer = randomConv({ width, height: 1, inputChannels: 1, outputChannels: 1, kernelSize: 1, depthwise: false, poolType: 0, weightBits: 8 }, new SeededRandom(1, 'passing'));
  const registers = { ...layer.registers, argumentX: 0, argumentW: 0, argumentAdd };
  return { ...layer, registers, weights: Uint8Array.of(1), batchNorm: [entry], activation: segments };
}

function activate(bytes: readonly number[], entry: BatchNormEntry, segments: readonly ActivationSegment[], argumentAdd = 0): number[] {
  const layer = passing(entry, segments, bytes.length, argumentAdd);
  const result = simulate(layer, Uint8Array.from(bytes), bytes.length);
  assert.deepEqual(result, slowConvolution(layer, Uint8Array.from(bytes)));
  return [...result];
}

test('halves are rounded to the even neighbour, and unused segments do not count', () => {
  const segments = [{ start: firstSegmentStart, multiplier: 0, shift: 0, bias: 7 }, { start: 0, multiplier: 1, shift: 2, bias: 0 }, { start: 2 ** 35 - 16, multiplier: 0, shift: 0, bias: 9 }];
  assert.deepEqual(activate([2, 6, 10, 1, 3, 0], { multiplier: 2, shift: 1, add: 0 }, segments), [0, 2, 2, 0, 1, 7]);
  assert.deepEqual(activate([0], { multiplier: 2, shift: 1, add: -5 }, segments), [7]);
  const falling = [{ start: firstSegmentStart, multiplier: 0, shift: 0, bias: 7 }, { start: 0, multiplier: -1, shift: 2, bias: 200 }];
  assert.deepEqual(activate([2, 6, 10, 1, 3], { multiplier: 1, shift: 0, add: 0 }, falling), [200, 198, 198, 200, 199]);
});

test('a segment without a shift, and one of a single segment, work', () => {
  assert.deepEqual(activate([1, 2, 100], { multiplier: 1, shift: 0, add: 0 }, [{ start: firstSegmentStart, multiplier: 0, shift: 0, bias: 0 }, { start: 0, multiplier: 3, shift: 0, bias: 5 }]), [8, 11, 255]);
  assert.deepEqual(activate([1, 2], { multiplier: 1, shift: 0, add: 0 }, [{ start: firstSegmentStart, multiplier: 0, shift: 0, bias: 42 }]), [42, 42]);
  assert.deepEqual(activate([1, 9], { multiplier: 1, shift: 0, add: 0 }, [{ start: 0, multiplier: 32_767, shift: 255, bias: 42 }]), [42, 42]);
});

test('sums of 36 bits are multiplied exactly', () => {
  const [accumulator, entry] = [2 ** 34 + 12_345, { multiplier: 2 ** 21 + 1, shift: 15, add: 3 }] as const;
  const value = ((BigInt(accumulator) * BigInt(entry.multiplier)) >> 15n) + 3n;
  const segments = [{ start: firstSegmentStart, multiplier: 0, shift: 0, bias: 0 }, { start: Number(value) - 5 * 2 ** 28, multiplier: 1, shift: 28, bias: 0 }];
  assert.deepEqual(activate([0], entry, segments, accumulator), [5]);
  assert.deepEqual(activate([0], entry, segments, accumulator - 2 ** 22), [4]);
});

test('numbers that no accumulator of the chip holds are refused by their layer', () => {
  const segments = [{ start: firstSegmentStart, multiplier: 0, shift: 0, bias: 0 }, { start: 0, multiplier: 1, shift: 60, bias: 0 }];
  const refused = (error: unknown): boolean => error instanceof UserError && /test: layer 0: its sums are larger/.test(error.message);
  assert.throws(() => activate([1], { multiplier: 2 ** 23 - 1, shift: 0, add: 0 }, segments, 2 ** 39 - 1), refused);
  assert.throws(() => activate([1], { multiplier: 2 ** 10, shift: 0, add: 0 }, segments, 2 ** 38), refused);
});

test('the same picture gives the same bytes on every run, whatever ran in between', () => {
  const random = new SeededRandom(4, 'again');
  const layers = [0, 1].map((i) => randomConv({ width: 21, height: 6, inputChannels: 3, outputChannels: 7, kernelSize: i === 0 ? 1 : 3, depthwise: false, poolType: 0, weightBits: 8 }, random));
  const program = programOf(layers, 21 * 6 * 7, 21 * 6 * 7);
  const simulator = new Simulator(program, 'test');
  const pictures = [0, 1].map(() => Uint8Array.from({ length: 21 * 6 * 3 }, () => random.below(256))) as [Uint8Array, Uint8Array];
  const first = simulator.run(pictures[0]);
  simulator.run(pictures[1]);
  assert.deepEqual(simulator.run(pictures[0]), first);
  assert.deepEqual(new Simulator(program, 'test').run(pictures[0]), first);
});
