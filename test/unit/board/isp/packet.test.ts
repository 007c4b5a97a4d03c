import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  encodeReply, encodeRequest, encodeUint32, flashChip, ispStatus, ownStubOp, parseReply, parseRequest, parseUint32, romOp, shortGreeting, statusText,
  stubLoadAddress, stubOp,
} from '../../../../src/board/isp/packet';
import { encodeStubHello, parseStubHello } from '../../../../src/board/isp/stub-hello';

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** CRCs by Python's zlib.crc32 over address, length and payload. */
test('requests are these bytes', () => {
  const golden: readonly (readonly [Uint8Array, string])[] = [
    [encodeRequest({ op: romOp.nop, address: 0 }), 'c2000000' + '69df2265' + '00000000' + '00000000'],
    [encodeRequest({ op: romOp.memoryWrite, address: stubLoadAddress, payload: Uint8Array.of(1, 2, 3, 4) }), 'c3000000' + '0becb20e' + '00000080' + '04000000' + '01020304'],
    [encodeRequest({ op: romOp.boot, address: stubLoadAddress }), 'c5000000' + 'fb6fc4d4' + '00000080' + '00000000'],
    [encodeRequest({ op: stubOp.setBaudRate, address: 0, payload: encodeUint32(1_500_000) }), 'd6000000' + 'b8e48573' + '00000000' + '04000000' + '60e31600'],
    [encodeRequest({ op: stubOp.flashInit, address: flashChip.onBoard }), 'd7000000' + 'f7df88a9' + '01000000' + '00000000'],
    [encodeRequest({ op: ownStubOp.flashCrc, address: 0x300000, length: 0x10000 }), 'db000000' + '85e94378' + '00003000' + '00000100'],
  ];
  for (const [packet, expected] of golden) assert.equal(hex(packet), expected);
});

test('the short greeting is that of kflash', () => {
  assert.equal(hex(shortGreeting()), 'c2'.padEnd(28, '0'));
});

test('requests come back as they were', () => {
  const request = fc.record({ op: fc.integer({ min: 0, max: 0xffff }), address: fc.nat(0xffffffff), payload: fc.uint8Array({ maxLength: 300 }) });
  fc.assert(fc.property(request, ({ op, address, payload }) => {
    const received = parseRequest(encodeRequest({ op, address, payload }));
    assert.deepEqual(received && { ...received, payload: hex(received.payload) }, { op, address, length: payload.length, payload: hex(payload), crcFits: true });
  }));
});

test('every flipped bit after the reserved field is seen', () => {
  const packet = encodeRequest({ op: stubOp.flashWrite, address: 0x300000, payload: Uint8Array.from({ length: 64 }, (_, index) => index) });
  for (let bit = 8 * 4; bit < 8 * packet.length; bit++) {
    const damaged = Uint8Array.from(packet);
    damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
    assert.equal(parseRequest(damaged)?.crcFits, false);
  }
});

test('what is too short is no packet', () => {
  assert.equal(parseRequest(new Uint8Array(15)), undefined);
  assert.equal(parseReply(Uint8Array.of(0xc2)), undefined);
  assert.equal(parseReply(new Uint8Array(0)), undefined);
  assert.equal(parseUint32(new Uint8Array(3)), undefined);
  assert.equal(parseUint32(new Uint8Array(6), 3), undefined);
});

test('replies come back as they were', () => {
  const reply = fc.record({ op: fc.integer({ min: 0, max: 255 }), status: fc.integer({ min: 0, max: 255 }), data: fc.uint8Array({ maxLength: 100 }) });
  fc.assert(fc.property(reply, (value) => {
    const parsed = parseReply(encodeReply(value));
    assert.deepEqual(parsed && { ...parsed, data: hex(parsed.data) }, { ...value, data: hex(value.data) });
  }));
});

test('statuses have names', () => {
  assert.equal(statusText(ispStatus.badChecksum), 'bad checksum (E2)');
  assert.equal(statusText(0x17), 'status 17');
});

test('the hello of the stub comes back as it was, and nothing else is taken for one', () => {
  const hello = { version: 1, payloadLimitBytes: 65536, apb0Hz: 26_000_000, aclkHz: 52_000_000 };
  const bytes = encodeStubHello(hello);
  assert.equal(hex(bytes), '4b325550' + '01' + '0000' + '80ba8c01' + '00751903');
  assert.deepEqual(parseStubHello(bytes), hello);
  assert.deepEqual(parseStubHello(encodeStubHello({ ...hello, payloadLimitBytes: 4096 })), { ...hello, payloadLimitBytes: 4096 });
  assert.equal(parseStubHello(bytes.subarray(0, 14)), undefined);
  assert.equal(parseStubHello(new Uint8Array(11)), undefined, 'the unique id of ktool');
  assert.equal(parseStubHello(Uint8Array.from(bytes, (byte, index) => (index === 0 ? 0x6b : byte))), undefined);
});
