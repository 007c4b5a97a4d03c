import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteLog } from '../../../../src/board/isp/byte-log';
import { SlipDecoder, encodeSlip } from '../../../../src/board/isp/slip';

/** Payloads rich in the bytes that SLIP escapes. */
const payload = fc.array(fc.oneof(fc.constantFrom(0xc0, 0xdb, 0xdc, 0xdd), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 200 })
  .map((bytes) => Uint8Array.from(bytes));

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}

function decodeAll(decoder: SlipDecoder, ...pieces: readonly Uint8Array[]): string[] {
  return pieces.flatMap((piece) => decoder.push(piece)).map(hex);
}

test('escapes stand for the two bytes that have a meaning, and for no others', () => {
  assert.equal(hex(encodeSlip(fromHex('01 c0 02 db 03 dc dd'))), 'c001dbdc02dbdd03dcddc0');
  assert.equal(hex(encodeSlip(fromHex('c2 e0'))), 'c0c2e0c0');
  assert.equal(hex(encodeSlip(new Uint8Array(0))), 'c0c0');
});

test('frames come back from every cut of the stream', () => {
  fc.assert(fc.property(fc.array(payload, { minLength: 1, maxLength: 4 }), (payloads) => {
    const stream = Buffer.concat(payloads.map(encodeSlip));
    for (let cut = 0; cut <= stream.length; cut++) {
      const decoder = new SlipDecoder();
      assert.deepEqual(decodeAll(decoder, stream.subarray(0, cut), stream.subarray(cut)), payloads.map(hex));
      assert.equal(decoder.garbage.totalBytes, 0);
      assert.equal(decoder.unfinishedBytes, 0);
    }
  }), { numRuns: 40 });
});

test('frames come back byte by byte', () => {
  fc.assert(fc.property(fc.array(payload, { minLength: 1, maxLength: 4 }), (payloads) => {
    const stream = Buffer.concat(payloads.map(encodeSlip));
    assert.deepEqual(decodeAll(new SlipDecoder(), ...Array.from(stream, (byte) => Uint8Array.of(byte))), payloads.map(hex));
  }));
});

test('text before the first delimiter is garbage and is kept', () => {
  const decoder = new SlipDecoder();
  assert.deepEqual(decodeAll(decoder, Buffer.from('[MaixPy] init'), Buffer.from(' end\r\n'), fromHex('c0 c2 e0 c0')), ['c2e0']);
  assert.equal(Buffer.from(decoder.garbage.bytes()).toString(), '[MaixPy] init end\r\n');
});

test('empty frames count for nothing, so that a delimiter picked up alone costs nothing', () => {
  assert.deepEqual(decodeAll(new SlipDecoder(), fromHex('c0 c0 c0 c0 c2 e0 c0 c0 c0 d2 e0 c0')), ['c2e0', 'd2e0']);
});

test('a lost delimiter costs one frame at most', () => {
  assert.deepEqual(decodeAll(new SlipDecoder(), fromHex('c0 c2 e0'), fromHex('c0 d2 e0 c0')), ['c2e0', 'd2e0'], 'the end of the first');
  assert.deepEqual(decodeAll(new SlipDecoder(), fromHex('c2 e0 c0'), fromHex('c0 d2 e0 c0')), ['d2e0'], 'the start of the first');
});

test('an escape of another byte drops its frame alone', () => {
  for (const bad of ['00', '01', 'db', 'de', 'ff']) {
    const decoder = new SlipDecoder();
    assert.deepEqual(decodeAll(decoder, fromHex(`c0 01 db ${bad} 02 c0 d2 e0 c0`)), ['d2e0']);
    assert.equal(hex(decoder.garbage.bytes()), `01${bad}02`);
  }
});

test('an escape cut off by a delimiter drops its frame alone', () => {
  assert.deepEqual(decodeAll(new SlipDecoder(), fromHex('c0 01 db c0 d2 e0 c0')), ['d2e0']);
});

test('a frame that never ends holds no more than the limit', () => {
  const decoder = new SlipDecoder(new ByteLog(64), 1000);
  decoder.push(Uint8Array.of(0xc0));
  for (let round = 0; round < 100; round++) {
    assert.deepEqual(decoder.push(new Uint8Array(997).fill(round)), []);
    assert.ok(decoder.unfinishedBytes <= 1000);
  }
  assert.equal(decoder.garbage.bytes().length, 64);
  assert.deepEqual(decodeAll(decoder, fromHex('c0 d2 e0 c0')), ['d2e0']);
});

test('whatever arrives, every byte is in a frame, in the garbage, or was a delimiter or half an escape', () => {
  const noise = fc.array(fc.oneof(fc.constantFrom(0xc0, 0xdb, 0xdc, 0xdd), fc.integer({ min: 0, max: 255 })), { maxLength: 400 });
  fc.assert(fc.property(noise, fc.integer({ min: 1, max: 50 }), (bytes, step) => {
    const decoder = new SlipDecoder(new ByteLog(), 64);
    let framed = 0;
    for (let from = 0; from < bytes.length; from += step) {
      for (const frame of decoder.push(Uint8Array.from(bytes.slice(from, from + step)))) {
        assert.ok(frame.length > 0 && frame.length <= 64);
        framed += frame.length;
      }
    }
    const marks = bytes.filter((byte) => byte === 0xc0 || byte === 0xdb).length;
    const seen = framed + decoder.garbage.totalBytes + decoder.unfinishedBytes;
    assert.ok(seen <= bytes.length && seen + marks >= bytes.length, `${seen} of ${bytes.length}`);
  }));
});

test('after reset the rest of a half frame is garbage', () => {
  const decoder = new SlipDecoder();
  decoder.push(fromHex('c0 01 02'));
  decoder.reset();
  assert.deepEqual(decodeAll(decoder, fromHex('03 c0 d2 e0 c0')), ['d2e0']);
  assert.equal(hex(decoder.garbage.bytes()), '010203');
});

test('a byte log keeps the last bytes, in whatever pieces they come', () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 20 }), fc.integer({ min: 1, max: 30 }), (pieces, limit) => {
    const log = new ByteLog(limit);
    for (const piece of pieces) log.add(piece);
    const all = Buffer.concat(pieces);
    assert.equal(log.totalBytes, all.length);
    assert.equal(hex(log.bytes()), hex(all.subarray(Math.max(0, all.length - limit))));
  }));
});
