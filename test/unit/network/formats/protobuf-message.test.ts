import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MessageReader, MessageWriter } from '../../../../src/network/formats/protobuf-message';

const integer = fc.maxSafeInteger();

test('fields read back as they were written, whatever their order', () => {
  const float = fc.float({ noNaN: true });
  fc.assert(fc.property(fc.string(), integer, float, fc.array(integer), fc.array(integer), fc.uint8Array(), (text, int, real, packed, loose, bytes) => {
    const message = new MessageWriter().packedInts(7, packed);
    for (const value of loose) message.int(4, value);
    message.bytes(900, bytes).float(5, real).text(1, text).int(2, int).message(3, new MessageWriter().text(1, 'first')).message(3, new MessageWriter().text(1, text));
    const read = MessageReader.parse(message.finish());
    assert.equal(read.text(1), Buffer.from(text).toString());
    assert.equal(read.number(2), int);
    assert.deepEqual(read.messages(3).map((inner) => inner.text(1)), ['first', Buffer.from(text).toString()]);
    assert.deepEqual(read.ints(4), loose);
    assert.equal(read.number(5), real);
    assert.deepEqual(read.ints(7), packed);
    assert.deepEqual([...read.bytes(900)], [...bytes]);
    assert.equal(read.number(66), 0);
    assert.deepEqual(read.ints(66), []);
  }));
});

test('bytes that are cut off are refused', () => {
  const bytes = new MessageWriter().text(1, 'a text of some length').finish();
  assert.throws(() => MessageReader.parse(bytes.subarray(0, bytes.length - 3)));
});
