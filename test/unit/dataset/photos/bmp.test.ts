import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeBmp, isBmp } from '../../../../src/dataset/photos/bmp';

interface BmpParts {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly compression?: number;
  /** Blue, green, red, 0 for each colour; or the masks behind the header. */
  readonly table?: readonly number[];
  readonly colours?: number;
  readonly pixels: readonly number[];
}

function bmp({ width, height, bits, compression = 0, table = [], colours = 0, pixels }: BmpParts): Buffer {
  const header = Buffer.alloc(54);
  header.write('BM', 'latin1');
  header.writeUInt32LE(54 + table.length, 10);
  header.writeUInt32LE(40, 14);
  header.writeInt32LE(width, 18);
  header.writeInt32LE(height, 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(bits, 28);
  header.writeUInt32LE(compression, 30);
  header.writeUInt32LE(colours, 46);
  return Buffer.concat([header, Buffer.from(table), Buffer.from(pixels)]);
}

/** Rows of pixels as red-green-blue triples. */
function rowsOf(bytes: Uint8Array): number[][] {
  const { width, height, data } = decodeBmp(bytes);
  return Array.from({ length: height }, (_, row) => [...data.subarray(row * width * 3, (row + 1) * width * 3)]);
}

const blackWhiteRed = [0, 0, 0, 0, 255, 255, 255, 0, 0, 0, 255, 0];

describe('BMP', () => {
  it('reads 24 bits from the bottom and from the top', () => {
    const pixels = [3, 2, 1, 6, 5, 4, 0, 0, 9, 8, 7, 12, 11, 10, 0, 0];
    assert.deepEqual(rowsOf(bmp({ width: 2, height: 2, bits: 24, pixels })), [[7, 8, 9, 10, 11, 12], [1, 2, 3, 4, 5, 6]]);
    assert.deepEqual(rowsOf(bmp({ width: 2, height: -2, bits: 24, pixels })), [[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]]);
  });

  it('reads 1, 4 and 8 bits with a palette', () => {
    const palette = { table: blackWhiteRed, colours: 3 };
    assert.deepEqual(rowsOf(bmp({ width: 9, height: 1, bits: 1, ...palette, pixels: [0b10100000, 0b10000000, 0, 0] })), [[255, 0, 255, 0, 0, 0, 0, 0, 255].flatMap((grey) => [grey, grey, grey])]);
    assert.deepEqual(rowsOf(bmp({ width: 3, height: 1, bits: 4, ...palette, pixels: [0x12, 0x00, 0, 0] })), [[255, 255, 255, 255, 0, 0, 0, 0, 0]]);
    assert.deepEqual(rowsOf(bmp({ width: 3, height: 1, bits: 8, ...palette, pixels: [2, 0, 1, 0] })), [[255, 0, 0, 0, 0, 0, 255, 255, 255]]);
  });

  it('reads 16 and 32 bits, with and without masks', () => {
    assert.deepEqual(rowsOf(bmp({ width: 2, height: 1, bits: 16, pixels: [0x00, 0x7c, 0x1f, 0x00] })), [[255, 0, 0, 0, 0, 255]]);
    assert.deepEqual(rowsOf(bmp({ width: 1, height: 1, bits: 32, pixels: [3, 2, 1, 99] })), [[1, 2, 3]]);
    const masks565 = [0x00, 0xf8, 0, 0, 0xe0, 0x07, 0, 0, 0x1f, 0, 0, 0];
    assert.deepEqual(rowsOf(bmp({ width: 2, height: 1, bits: 16, compression: 3, table: masks565, pixels: [0xe0, 0x07, 0x00, 0xf8] })), [[0, 255, 0, 255, 0, 0]]);
    const masksRgba = [0, 0, 0, 0xff, 0, 0, 0xff, 0, 0, 0xff, 0, 0];
    assert.deepEqual(rowsOf(bmp({ width: 1, height: 1, bits: 32, compression: 3, table: masksRgba, pixels: [99, 3, 2, 1] })), [[1, 2, 3]]);
  });

  it('reads run lengths with literal runs, ends of lines and jumps', () => {
    const pixels = [3, 1, 0, 0, 0, 3, 2, 1, 2, 0, 0, 0, 0, 2, 1, 0, 1, 2, 0, 1];
    const rows = rowsOf(bmp({ width: 3, height: 3, bits: 8, compression: 1, table: blackWhiteRed, colours: 3, pixels }));
    assert.deepEqual(rows, [[0, 0, 0, 255, 0, 0, 0, 0, 0], [255, 0, 0, 255, 255, 255, 255, 0, 0], Array.from({ length: 9 }, () => 255)]);
  });

  it('reads the header of OS/2', () => {
    const header = Buffer.alloc(26);
    header.write('BM', 'latin1');
    header.writeUInt32LE(26, 10);
    header.writeUInt32LE(12, 14);
    [1, 1, 1, 24].forEach((value, i) => header.writeUInt16LE(value, 18 + 2 * i));
    assert.deepEqual(rowsOf(Buffer.concat([header, Buffer.from([3, 2, 1, 0])])), [[1, 2, 3]]);
  });

  it('refuses sizes beyond reason before it asks for memory', () => {
    for (const [width, height] of [[30_000, 30_000], [2 ** 31 - 1, 2 ** 31 - 1], [0, 5], [5, 0], [-5, 5], [1, -(2 ** 31)]] as const) {
      assert.throws(() => decodeBmp(bmp({ width, height, bits: 24, pixels: [] })), /its size .* is out of range/);
    }
    assert.throws(() => decodeBmp(bmp({ width: 16_000, height: 16_000, bits: 24, pixels: [] })), /cut off/);
    const bomb = bmp({ width: 16_000, height: 16_000, bits: 8, compression: 1, table: blackWhiteRed, colours: 3, pixels: [255] });
    assert.throws(() => decodeBmp(bomb), /cut off/);
  });

  it('refuses what it does not know and colours outside of the palette', () => {
    assert.throws(() => decodeBmp(bmp({ width: 1, height: 1, bits: 2, pixels: [0, 0, 0, 0] })), /2 bits a pixel/);
    assert.throws(() => decodeBmp(bmp({ width: 1, height: 1, bits: 24, compression: 4, pixels: [0, 0, 0, 0] })), /compression 4/);
    assert.throws(() => decodeBmp(bmp({ width: 1, height: 1, bits: 8, table: blackWhiteRed, colours: 3, pixels: [3, 0, 0, 0] })), /the colour 3, but its palette has 3/);
    assert.throws(() => decodeBmp(bmp({ width: 1, height: 1, bits: 8, compression: 1, table: blackWhiteRed, colours: 3, pixels: [9, 1] })), /leave the picture/);
    assert.throws(() => decodeBmp(bmp({ width: 1, height: 1, bits: 32, compression: 3, table: Array.from({ length: 12 }, () => 0), pixels: [0, 0, 0, 0] })), /masks is empty/);
    assert.equal(isBmp(Buffer.from('BM')), false);
    assert.throws(() => decodeBmp(Buffer.from('PNG')), /no BMP/);
  });

  it('answers damaged files in words', () => {
    const whole = bmp({ width: 3, height: 2, bits: 8, table: blackWhiteRed, colours: 3, pixels: [1, 2, 0, 0, 0, 1, 2, 0] });
    fc.assert(fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (place, value, length) => {
      const bytes = Buffer.from(whole);
      bytes[place] = value;
      try {
        const { width, height, data } = decodeBmp(bytes.subarray(0, length));
        assert.equal(data.length, width * height * 3);
      } catch (error) {
        assert.ok(error instanceof Error && !(error instanceof RangeError) && !(error instanceof TypeError), String(error));
      }
    }), { numRuns: 2000 });
  });
});
