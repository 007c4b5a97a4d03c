import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NorFlash, uniqueId } from '../../../../src/board/emulator/nor-flash';

const small = 1 << 20;

function withEnable(flash: NorFlash, ...sent: number[]): void {
  flash.transfer(Uint8Array.of(0x06));
  flash.transfer(Uint8Array.from(sent));
  flash.elapse(flash.busyMs);
}

function read(flash: NorFlash, address: number, count: number): number[] {
  return [...flash.transfer(Uint8Array.of(0x03, address >> 16, (address >> 8) & 0xff, address & 0xff), count)];
}

test('a chip names itself, its size and its number', () => {
  assert.deepEqual([...new NorFlash().transfer(Uint8Array.of(0x9f), 3)], [0xef, 0x40, 24]);
  assert.deepEqual([...new NorFlash({ sizeBytes: 1 << 23 }).transfer(Uint8Array.of(0x9f), 4)], [0xef, 0x40, 23, 0xff]);
  assert.deepEqual([...new NorFlash({ sizeBytes: small }).transfer(Uint8Array.of(0x4b, 0, 0, 0, 0), 8)], uniqueId);
  assert.deepEqual([...new NorFlash({ absent: true, sizeBytes: small }).transfer(Uint8Array.of(0x9f), 3)], [0xff, 0xff, 0xff]);
});

test('programming only clears bits, and needs a write enable each time', () => {
  const misuse: string[] = [];
  const flash = new NorFlash({ sizeBytes: small, onMisuse: (sentence) => misuse.push(sentence) });
  withEnable(flash, 0x02, 0, 0, 16, 0xf0, 0xaa);
  withEnable(flash, 0x02, 0, 0, 16, 0x3c, 0xff);
  flash.transfer(Uint8Array.of(0x02, 0, 0, 16, 0, 0));
  assert.deepEqual(read(flash, 15, 4), [0xff, 0x30, 0xaa, 0xff]);
  assert.deepEqual(misuse, ['page program without write enable']);
});

test('a program beyond its page wraps to the start of the page', () => {
  const misuse: string[] = [];
  const flash = new NorFlash({ sizeBytes: small, onMisuse: (sentence) => misuse.push(sentence) });
  withEnable(flash, 0x02, 0, 1, 0xfe, 1, 2, 3);
  assert.deepEqual([...read(flash, 0x1fe, 3), ...read(flash, 0x100, 2)], [1, 2, 0xff, 3, 0xff]);
  assert.equal(misuse.length, 1);
});

test('erases clear their own block alone, wherever in it the address points', () => {
  fc.assert(fc.property(fc.constantFrom([0x20, 4096] as const, [0x52, 32_768] as const, [0xd8, 65_536] as const), fc.integer({ min: 0, max: small - 1 }), ([command, blockBytes], address) => {
    const flash = new NorFlash({ sizeBytes: small, content: new Uint8Array(small) });
    withEnable(flash, command, address >> 16, (address >> 8) & 0xff, address & 0xff);
    const start = Math.floor(address / blockBytes) * blockBytes;
    assert.equal(flash.memory.indexOf(0xff), start);
    assert.equal(flash.memory.lastIndexOf(0xff), start + blockBytes - 1);
    assert.ok(flash.memory.subarray(start, start + blockBytes).every((byte) => byte === 0xff));
  }), { numRuns: 20 });
});

test('a busy chip answers its status and nothing else', () => {
  const flash = new NorFlash({ sizeBytes: small, content: new Uint8Array(8) });
  flash.transfer(Uint8Array.of(0x06));
  assert.deepEqual([...flash.transfer(Uint8Array.of(0x05), 1)], [0x02]);
  flash.transfer(Uint8Array.of(0x20, 0, 0, 0));
  assert.deepEqual([...flash.transfer(Uint8Array.of(0x05), 1)], [0x03]);
  flash.transfer(Uint8Array.of(0x06));
  assert.deepEqual(read(flash, 0, 2), [0xff, 0xff]);
  flash.elapse(44);
  assert.deepEqual([...flash.transfer(Uint8Array.of(0x05), 1)], [0x03]);
  flash.elapse(2);
  assert.deepEqual([...flash.transfer(Uint8Array.of(0x05), 1)], [0x00]);
});

test('a protected chip goes through the motions and keeps what it holds', () => {
  const flash = new NorFlash({ sizeBytes: small, content: Uint8Array.of(1, 2, 3), protectedBits: 7 });
  withEnable(flash, 0x20, 0, 0, 0);
  withEnable(flash, 0x02, 0, 0, 0, 0);
  withEnable(flash, 0x01, 0);
  assert.deepEqual(read(flash, 0, 4), [1, 2, 3, 0xff]);
  assert.deepEqual([...flash.transfer(Uint8Array.of(0x05), 1)], [0x1c]);
  assert.equal(flash.changeCount, 0);
});
