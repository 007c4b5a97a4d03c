import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SeededRandom } from '../../../src/base/random';
import { UserError } from '../../../src/base/user-error';
import { ByteWriter } from '../../../src/kmodel/byte-writer';
import { readKmodel } from '../../../src/kmodel/read-kmodel';
import { decodeBatchNorm, decodeRegisters, decodeSegment, encodeBatchNorm, encodeRegisters, encodeSegment } from '../../../src/kmodel/v3/kpu-registers';
import type { Layer, Program } from '../../../src/kmodel/v3/program';
import { readProgram } from '../../../src/kmodel/v3/read-program';
import { writeProgram } from '../../../src/kmodel/v3/write-program';
import { randomConv } from '../../support/kmodel/sample-programs';

/** A depthwise 3x3 layer of a real file (design document "k210-kmodel", section 1.5). */
const goldenWords = [
  0x0000000000000008n, 0x0000698000000000n, 0x000f000f0000000fn, 0x0001dc9f0001dc9fn, 0x000000000d0f0401n, 0x0000000000480001n,
  0x0000000000000000n, 0x0000000090030168n, 0x0000000000130168n, 0x00bf0000f98000ffn, 0x0000000000003b6an, 0x0004afff4aff0000n,
];

test('the registers of a real layer are decoded to what they mean, and encoded to the same bits', () => {
  const registers = decodeRegisters(goldenWords);
  const { depthwise, argumentW, shiftW, argumentX, shiftX, argumentAdd, padValue, bytesPerLoad, loads, channelsPerLoad, inputRowLines, inputChannelLines, inputGroups } = registers;
  assert.deepEqual(
    { depthwise, argumentW, shiftW, argumentX, shiftX, argumentAdd, padValue, bytesPerLoad, loads, channelsPerLoad, inputRowLines, inputChannelLines, inputGroups },
    { depthwise: 1, argumentW: -425_984, shiftW: 15, argumentX: -4_259_840, shiftX: 15, argumentAdd: 15_210, padValue: 13, bytesPerLoad: 144, loads: 0, channelsPerLoad: 15, inputRowLines: 3, inputChannelLines: 360, inputGroups: 1 },
  );
  assert.deepEqual([registers.inputWidth, registers.inputHeight], [159, 119]);
  assert.deepEqual(encodeRegisters(registers), goldenWords);
});

test('table entries of a real file', () => {
  const entry = decodeBatchNorm(0x0f0000971801d8c7n);
  assert.deepEqual(entry, { multiplier: 121_031, add: 38_680, shift: 15 });
  assert.equal(encodeBatchNorm(entry), 0x0f0000971801d8c7n);
  const segment = decodeSegment(0x0ffffce800006614n, 1);
  assert.deepEqual(segment, { start: -202_752, multiplier: 102, shift: 20, bias: 1 });
  assert.equal(encodeSegment(segment), 0x0ffffce800006614n);
});

test('a value that does not fit its register is refused by name', () => {
  const registers = decodeRegisters(goldenWords);
  assert.throws(() => encodeRegisters({ ...registers, inputWidth: 1024 }), /inputWidth 1024/);
  assert.throws(() => encodeRegisters({ ...registers, argumentW: -8_388_609 }), /argumentW/);
});

function sampleProgram(seed: number, weightBits: 8 | 16): Program {
  const random = new SeededRandom(seed, 'program');
  const conv = (): Layer => randomConv({
    width: 4 + random.below(60), height: 4 + random.below(12), inputChannels: 1 + random.below(6), outputChannels: 1 + random.below(6),
    kernelSize: random.below(2) === 0 ? 1 : 3, depthwise: false, poolType: 0, weightBits,
  }, random);
  const single = (): number => Math.fround(random.between(-4, 4));
  const others: Layer[] = [
    { kind: 'dequantize', flags: 1, input: 8, output: 16, count: 5, scale: single(), bias: single() },
    { kind: 'fullyConnected', flags: 0, input: 0, output: 64, inputChannels: 3, outputChannels: 2, activation: 1, weights: Float32Array.from({ length: 6 }, single), bias: Float32Array.from({ length: 2 }, single) },
    { kind: 'concat', flags: 1, output: 0, inputCount: 2, inputs: [{ start: 8, sizeBytes: 4 }, { start: 16, sizeBytes: 12 }] },
    { kind: 'requantize', flags: 1, input: 0, output: 8, count: 3, table: Uint8Array.from({ length: 256 }, (_, i) => 255 - i) },
    { kind: 'channelwiseDequantize', flags: 1, input: 0, output: 8, channels: 2, channelSize: 4, parameters: [{ scale: single(), bias: single() }, { scale: single(), bias: single() }] },
    { kind: 'quantizedAdd', flags: 1, inputA: 0, inputB: 8, output: 16, count: 8, offsetA: -3, multiplierA: 5, shiftA: 2, offsetB: 1, multiplierB: 7, shiftB: 3, offsetOutput: -9, multiplierOutput: 11, shiftOutput: 4 },
    { kind: 'addPadding', flags: 0, input: 4, outputLine: 9, channels: 7 },
    { kind: 'l2Normalization', flags: 1, input: 0, output: 0, count: 2 },
  ];
  const layers = Array.from({ length: 1 + random.below(6) }, () => (random.below(2) === 0 ? conv() : (others[random.below(others.length)] as Layer)));
  return { weightBits, firstKpuLine: random.below(32_769), mainMemoryBytes: 4096, outputs: [{ addressBytes: 0, sizeBytes: 8 }], layers };
}

test('what is written is read back the same', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 1e9 }), fc.constantFrom(8 as const, 16 as const), (seed, bits) => {
    const program = sampleProgram(seed, bits);
    const bytes = writeProgram(program);
    assert.equal(bytes.length % 8, 0);
    assert.deepEqual(readProgram(bytes, 'a.kmodel'), program);
    assert.deepEqual(writeProgram(readProgram(bytes, 'a.kmodel')), bytes);
  }), { numRuns: 40 });
});

test('numbers that straddle a growing buffer are written whole', () => {
  for (let lead = 65_520; lead <= 65_540; lead++) {
    const writer = new ByteWriter();
    writer.u8s(new Uint8Array(lead));
    writer.u64(0x0102030405060708n);
    writer.u32(9);
    assert.deepEqual([...writer.finish().subarray(lead)], [8, 7, 6, 5, 4, 3, 2, 1, 9, 0, 0, 0]);
  }
});

test('blobs lie where the chip can fetch them', () => {
  const bytes = writeProgram(sampleProgram(4, 8));
  const view = new DataView(bytes.buffer);
  const layers = view.getUint32(12, true);
  let body = 28 + 8 * view.getUint32(24, true) + 8 * layers;
  for (let i = 0; i < layers; i++) {
    const header = 28 + 8 * view.getUint32(24, true) + 8 * i;
    if (view.getUint32(header, true) === 10_240) {
      const [registers, weights, batchNorm, activation] = [8, 12, 16, 20].map((offset) => view.getUint32(body + offset, true)) as [number, number, number, number];
      assert.deepEqual([registers % 8, weights % 128, batchNorm % 128, activation % 256], [0, 0, 0, 0]);
    }
    body += view.getUint32(header + 4, true);
  }
  assert.equal(body, bytes.length);
});

test('a damaged file is refused with a sentence, whatever byte is wrong and wherever it ends', () => {
  const whole = writeProgram(sampleProgram(11, 8));
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }), fc.nat(whole.length), (changes, length) => {
    const bytes = whole.slice(0, length);
    for (const [at, value] of changes) if (at < length) bytes[at] = value;
    try {
      readKmodel(bytes, 'a.kmodel');
    } catch (error) {
      assert.ok(error instanceof UserError, String(error));
      assert.match(error.message, /a\.kmodel/);
    }
  }), { numRuns: 400 });
});

test('other kinds of file are named', () => {
  const withFirst = (first: number, littleEndian = true, second = 0): Uint8Array => {
    const bytes = new Uint8Array(64);
    new DataView(bytes.buffer).setUint32(0, first, littleEndian);
    new DataView(bytes.buffer).setUint32(4, second, littleEndian);
    return bytes;
  };
  const refusal = (bytes: Uint8Array): string => {
    try {
      readKmodel(bytes, 'x');
    } catch (error) {
      return error instanceof UserError ? error.message : String(error);
    }
    return 'read';
  };
  assert.match(refusal(withFirst(1)), /version 1/);
  assert.match(refusal(withFirst(3, false)), /big-endian/);
  assert.match(refusal(withFirst(0x4b4d444c, true, 5)), /version 5 \(nncase 1\.x\)/);
  assert.match(refusal(withFirst(0x4b4d444c, true, 9)), /version 9/);
  assert.match(refusal(withFirst(0x04034b50)), /zip archive/);
  assert.match(refusal(new Uint8Array(10)), /truncated/);
  const random = new SeededRandom(1, 'noise');
  assert.match(refusal(Uint8Array.from({ length: 8192 }, () => random.below(256))), /encrypted/);
  assert.match(refusal(new Uint8Array(64).fill(65)), /not a kmodel/);
});
