import { createHash } from 'node:crypto';

/** Flag, length before the program; its SHA-256 behind it (k210-serial.md, section 1.8). */
const headerBytes = 5;
const digestBytes = 32;

/** Whether the boot ROM would start what lies at the beginning of `flash`: a plain image whose digest fits. */
export function isBootable(flash: Uint8Array): boolean {
  const view = new DataView(flash.buffer, flash.byteOffset, flash.byteLength);
  const end = headerBytes + view.getUint32(1, true);
  if (flash[0] !== 0 || end + digestBytes > flash.length) return false;
  return digestOf(flash.subarray(0, end)).equals(flash.subarray(end, end + digestBytes));
}

/**
 * An image that the boot ROM starts, as boards leave the factory with one.
 * @param programBytes length of the program in it, whose bytes mean nothing
 */
export function factoryImage(programBytes = 700_000): Uint8Array {
  const image = new Uint8Array(headerBytes + programBytes + digestBytes);
  const end = headerBytes + programBytes;
  new DataView(image.buffer).setUint32(1, programBytes, true);
  for (let i = headerBytes; i < end; i++) image[i] = Math.imul(i, 2_654_435_761) >>> 24;
  image.set(digestOf(image.subarray(0, end)), end);
  return image;
}

function digestOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
