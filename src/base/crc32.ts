import * as zlib from 'node:zlib';

/**
 * CRC-32 of zip archives and of the K210's serial packets (ISO 3309, reflected polynomial 0xedb88320), continued from `before`.
 * Node has it since 20.15 and 22.2; older ones get the table, which is some five times slower.
 */
export function crc32(data: Uint8Array, before = 0): number {
  return 'crc32' in zlib ? zlib.crc32(data, before) : crc32ByTable(data, before);
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** `crc32` without help from zlib. */
export function crc32ByTable(data: Uint8Array, before = 0): number {
  let crc = ~before;
  for (const byte of data) crc = (crc >>> 8) ^ (table[(crc ^ byte) & 0xff] ?? 0);
  return ~crc >>> 0;
}
