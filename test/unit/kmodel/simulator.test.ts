import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SeededRandom } from '../../../src/base/random';
import { UserError } from '../../../src/base/user-error';
import { mapLines, readMap, writeMap } from '../../../src/kmodel/simulator/kpu-memory';
import { Simulator } from '../../../src/kmodel/simulator/simulate';
import { programOf, randomConv } from '../../support/kmodel/sample-programs';

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
