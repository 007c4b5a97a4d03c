import { createHash } from 'node:crypto';

/**
 * What the boot ROM starts from address 0: flag u8 (0 plain, 1 AES), length u32 of the data, data, SHA-256 of all before it
 * (k210-serial.md, section 1.8).
 */
const headerBytes = 5;
const hashBytes = 32;

/** A plain boot image of `program`. */
export function wrapFirmware(program: Uint8Array): Uint8Array {
  const image = new Uint8Array(headerBytes + program.length + hashBytes);
  new DataView(image.buffer).setUint32(1, program.length, true);
  image.set(program, headerBytes);
  const hashed = headerBytes + program.length;
  image.set(sha256(image.subarray(0, hashed)), hashed);
  return image;
}

/** Whether `file` is a boot image already; bytes after its hash are padding. `encrypted` ones start only on chips with that key. */
export function readFirmware(file: Uint8Array): { readonly encrypted: boolean } | undefined {
  const [flag] = file;
  if (file.length < headerBytes + hashBytes || (flag !== 0 && flag !== 1)) return undefined;
  const hashed = headerBytes + new DataView(file.buffer, file.byteOffset).getUint32(1, true);
  if (hashed + hashBytes > file.length) return undefined;
  return sha256(file.subarray(0, hashed)).equals(file.subarray(hashed, hashed + hashBytes)) ? { encrypted: flag === 1 } : undefined;
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
