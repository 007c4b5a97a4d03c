import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Weight } from '../../../src/network/network-spec';
import { decodeSafetensors, encodeSafetensors } from '../../../src/network/safetensors';

const weight = fc
  .array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 })
  .chain((shape) => fc.tuple(fc.constant(shape), fc.float32Array({ minLength: product(shape), maxLength: product(shape) })))
  .map(([shape, data]): Weight => ({ shape, data }));

function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

describe('safetensors', () => {
  test('what is written is read again, bit for bit', () => {
    const name = fc.string({ minLength: 1 }).filter((text) => text !== '__metadata__' && text !== '__proto__');
    fc.assert(
      fc.property(fc.array(fc.tuple(name, weight), { maxLength: 6 }), fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string()), (entries, metadata) => {
        const weights = new Map(entries);
        const decoded = decodeSafetensors(encodeSafetensors(weights, metadata));
        assert.deepEqual(decoded.metadata, { ...metadata });
        assert.deepEqual([...decoded.weights.keys()].sort(), [...weights.keys()].sort());
        for (const [key, value] of weights) {
          assert.deepEqual(decoded.weights.get(key)?.shape, value.shape);
          assert.deepEqual(new Uint8Array(decoded.weights.get(key)?.data.buffer ?? new ArrayBuffer(0)), bytesOf(value));
        }
      }),
    );
  });

  test('the layout is the published one', () => {
    const file = Buffer.from(encodeSafetensors(new Map([['a', { shape: [2], data: Float32Array.of(1, -2) }]])));
    const headerBytes = Number(file.readBigUInt64LE(0));
    assert.equal((8 + headerBytes) % 8, 0);
    const header = JSON.parse(file.toString('utf8', 8, 8 + headerBytes)) as unknown;
    assert.deepEqual(header, { __metadata__: {}, a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } });
    assert.equal(file.readFloatLE(8 + headerBytes + 4), -2);
  });

  test('a cut file is refused', () => {
    const file = encodeSafetensors(new Map([['a', { shape: [4], data: new Float32Array(4) }]]));
    assert.throws(() => decodeSafetensors(file.subarray(0, file.length - 1)), /tensor a is cut off/);
    assert.throws(() => decodeSafetensors(file.subarray(0, 5)), /only 5 bytes/);
    assert.throws(() => decodeSafetensors(file.subarray(0, 20)), /header needs/);
  });
});

function bytesOf({ data }: Weight): Uint8Array {
  return new Uint8Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
}
