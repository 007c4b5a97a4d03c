import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { WireCursor } from '../../../../src/dataset/tfrecord/wire-cursor';

describe('wire cursor', () => {
  it('reads whole numbers of 64 bits as the general writer writes them, alone and packed', () => {
    fc.assert(fc.property(fc.oneof(fc.maxSafeInteger(), fc.integer()), fc.integer({ min: 1, max: 100_000 }), (value, field) => {
      const writer = new BinaryWriter();
      writer.tag(field, WireType.Varint).int64(value);
      writer.tag(field, WireType.LengthDelimited).fork().int64(value).int64(1).join();
      const cursor = new WireCursor(writer.finish());
      assert.ok(cursor.next());
      assert.deepEqual([cursor.field, cursor.wireType, cursor.int64()], [field, WireType.Varint, value]);
      assert.ok(cursor.next());
      assert.equal(cursor.packedInt64(), value);
      assert.equal(cursor.next(), false);
    }));
  });

  it('passes over fields of every kind', () => {
    const writer = new BinaryWriter();
    writer.tag(1, WireType.Bit64).double(1).tag(2, WireType.Bit32).float(1).tag(3, WireType.LengthDelimited).string('hello').tag(4, WireType.Varint).uint32(9);
    const bytes = writer.finish();
    const cursor = new WireCursor(bytes);
    const fields: number[] = [];
    while (cursor.next()) {
      fields.push(cursor.field);
      if (cursor.field === 3) assert.equal(Buffer.from(bytes.subarray(cursor.start, cursor.end)).toString(), 'hello');
    }
    assert.deepEqual(fields, [1, 2, 3, 4]);
    assert.equal(cursor.int64(), 9);
  });

  it('throws on groups, on field 0 and on every cut', () => {
    assert.throws(() => new WireCursor(Uint8Array.of(0x0b)).next(), /unknown wire type 3/);
    assert.throws(() => new WireCursor(Uint8Array.of(0x02, 0x00)).next(), /without a number/);
    for (const bytes of [[0x08], [0x08, 0xff], [0x09, 1, 2], [0x0a, 5, 1], [0x0d, 1], [0x80], [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]]) {
      assert.throws(() => new WireCursor(Uint8Array.from(bytes)).next(), Error, String(bytes));
    }
  });
});
