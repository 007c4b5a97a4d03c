/** Castagnoli polynomial 0x1EDC6F41, bit-reversed (RFC 3720, appendix B.4). */
const reversedPolynomial = 0x82f63b78;
const tables = buildTables();

/**
 * CRC-32C (iSCSI) of `bytes[start, end)` as an unsigned 32-bit number.
 * Eight bytes per turn ("slicing by 8"), because every byte of a dataset passes through here.
 */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables;
  let crc = -1;
  let position = start;
  for (; position + 8 <= end; position += 8) {
    const low = crc ^ view.getInt32(position, true);
    const high = view.getInt32(position + 4, true);
    crc =
      at(t7, low) ^ at(t6, low >>> 8) ^ at(t5, low >>> 16) ^ at(t4, low >>> 24) ^
      at(t3, high) ^ at(t2, high >>> 8) ^ at(t1, high >>> 16) ^ at(t0, high >>> 24);
  }
  for (; position < end; position++) crc = at(t0, crc ^ view.getUint8(position)) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** TFRecord stores checksums rotated and shifted, so that a checksum of checksums stays useful (TensorFlow, lib/hash/crc32c.h). */
export function maskedCrc32c(bytes: Uint8Array, start?: number, end?: number): number {
  const crc = crc32c(bytes, start, end);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function at(table: Int32Array, index: number): number {
  return table[index & 0xff] as number;
}

type SliceTables = readonly [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array];

function buildTables(): SliceTables {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ reversedPolynomial : crc >>> 1;
    return crc;
  });
  const next = (previous: Int32Array): Int32Array => previous.map((value) => at(first, value) ^ (value >>> 8));
  const second = next(first);
  const third = next(second);
  const fourth = next(third);
  const fifth = next(fourth);
  const sixth = next(fifth);
  const seventh = next(sixth);
  return [first, second, third, fourth, fifth, sixth, seventh, next(seventh)];
}
