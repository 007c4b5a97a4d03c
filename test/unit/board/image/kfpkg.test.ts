import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { BoardError } from '../../../../src/board/board-error';
import { readPackage, writePackage } from '../../../../src/board/image/kfpkg';

const model = Uint8Array.from({ length: 5000 }, (_, index) => (index * 7) & 0xff);

function packageOf(list: string, files: Readonly<Record<string, Uint8Array>> = { 'm.kmodel': model }): Uint8Array {
  return zipSync({ 'flash-list.json': Buffer.from(list), ...files });
}

function refuses(bytes: Uint8Array, reason: RegExp): void {
  assert.throws(() => readPackage(bytes, 'x.kfpkg'), (error: unknown) => error instanceof BoardError && error.code === 'K2-FILE' && reason.test(error.message));
}

test('a package as kflash writes it, with hexadecimal numbers that JSON does not know', () => {
  const list = '{ "version": "0.1.0", "files": [ { "address": 0x00300000, "bin": "m.kmodel", "sha256Prefix": false }, { "address": 0, "bin": "0x10.bin", "sha256Prefix": true } ] }';
  const entries = readPackage(packageOf(list, { 'm.kmodel': model, '0x10.bin': Uint8Array.of(1, 2, 3) }), 'x.kfpkg');
  assert.deepEqual(entries.map(({ address, name, isFirmware }) => ({ address, name, isFirmware })), [
    { address: 0x300000, name: 'm.kmodel', isFirmware: false }, { address: 0, name: '0x10.bin', isFirmware: true },
  ]);
  assert.deepEqual(Buffer.from(entries[0]?.bytes ?? []), Buffer.from(model));
});

test('quoted numbers and turned words', () => {
  const list = '{"files": [{"address": "0x300000", "bin": "m.kmodel", "swap": true}, {"address": "4096", "bin": "n.bin", "reverse4Bytes": true}]}';
  const entries = readPackage(packageOf(list, { 'm.kmodel': Uint8Array.of(1, 2, 3, 4, 5), 'n.bin': Uint8Array.of(1, 2, 3, 4) }), 'x.kfpkg');
  assert.deepEqual(entries.map(({ address, bytes }) => [address, [...bytes]]), [[0x300000, [4, 3, 2, 1, 0, 0, 0, 5]], [4096, [4, 3, 2, 1]]]);
});

test('names that lead out of the package are refused, whether the archive has them or not', () => {
  for (const name of ['../m.kmodel', '/etc/passwd', 'a/b.bin', '..\\m.bin', 'C:m.bin', '..', '.', 'a\u0000b']) {
    refuses(packageOf(JSON.stringify({ files: [{ address: 0, bin: name }] }), { [name]: model }), /leads out/u);
  }
});

test('lists that cannot be meant are refused', () => {
  refuses(zipSync({ 'm.kmodel': model }), /no flash-list\.json/u);
  refuses(packageOf('{'), /cannot be read/u);
  refuses(packageOf('{"files": []}'), /cannot be read/u);
  refuses(packageOf('{"files": [{"address": -4096, "bin": "m.kmodel"}]}'), /cannot be read/u);
  refuses(packageOf('{"files": [{"address": 1.5, "bin": "m.kmodel"}]}'), /cannot be read/u);
  refuses(packageOf('{"files": [{"address": 0x300000, "bin": "other.kmodel"}]}'), /does not have/u);
  refuses(packageOf('{"files": [{"address": 0, "bin": "m.kmodel"}, {"address": 0x10000, "bin": "m.kmodel"}]}'), /twice/u);
  refuses(packageOf('{"files": [{"address": 0xfff000, "bin": "m.kmodel"}]}'), /past the end/u);
  refuses(packageOf('{"files": [{"address": 0, "bin": "m.kmodel"}]}', { 'm.kmodel': new Uint8Array(0) }), /empty/u);
});

test('an archive that would unpack to more than its limit is refused before it is unpacked', () => {
  refuses(packageOf('{"files": [{"address": 0, "bin": "big.bin"}]}', { 'big.bin': new Uint8Array(33 << 20) }), /more than 32 MiB/u);
});

test('an archive that lies about its sizes gives no wrong bytes', () => {
  const honest = packageOf('{"files": [{"address": 0x300000, "bin": "big.bin"}]}', { 'big.bin': new Uint8Array(1 << 20) });
  const lying = Buffer.from(honest);
  const entry = lying.lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  lying.writeUInt32LE(1000, entry + 24);
  refuses(lying, /damaged/u);
});

test('every damaged byte of the content is noticed', () => {
  const list = '{"files": [{"address": 0x300000, "bin": "m.kmodel"}]}';
  const whole = Buffer.from(zipSync({ 'flash-list.json': Buffer.from(list), 'm.kmodel': model }, { level: 0 }));
  const start = whole.indexOf(Buffer.from(model));
  fc.assert(fc.property(fc.integer({ min: 0, max: model.length - 1 }), fc.integer({ min: 1, max: 255 }), (offset, change) => {
    const damaged = Buffer.from(whole);
    damaged[start + offset] = (damaged[start + offset] as number) ^ change;
    refuses(damaged, /CRC-32 of m\.kmodel/u);
  }));
});

test('whatever the bytes are, a package is read or refused in a sentence', () => {
  const whole = packageOf('{"files": [{"address": 0x300000, "bin": "m.kmodel"}]}');
  const edit = fc.record({ offset: fc.nat(whole.length - 1), value: fc.integer({ min: 0, max: 255 }) });
  fc.assert(fc.property(fc.array(edit, { minLength: 1, maxLength: 8 }), fc.nat(whole.length), (edits, length) => {
    const bytes = Uint8Array.from(whole);
    for (const { offset, value } of edits) bytes[offset] = value;
    try {
      const [entry] = readPackage(bytes.subarray(0, length), 'x.kfpkg');
      assert.deepEqual(Buffer.from(entry?.bytes ?? []), Buffer.from(model));
    } catch (error) {
      if (!(error instanceof BoardError)) throw error;
    }
  }), { numRuns: 300 });
});

test('what is written comes back, and the same parts give the same bytes', () => {
  const entries = [
    { address: 0, name: 'firmware.bin', bytes: Uint8Array.of(0x6f, 0, 0, 0), isFirmware: true },
    { address: 0x300000, name: 'm.kmodel', bytes: model, isFirmware: false },
  ];
  const bytes = writePackage(entries);
  assert.deepEqual(readPackage(bytes, 'x.kfpkg').map((entry) => ({ ...entry, bytes: [...entry.bytes] })), entries.map((entry) => ({ ...entry, bytes: [...entry.bytes] })));
  assert.deepEqual(Buffer.from(writePackage(entries)), Buffer.from(bytes));
});
