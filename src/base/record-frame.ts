import { maskedCrc32c } from './crc32c';

/** TFRecord's frame: length (uint64) and its checksum before the content, the content's checksum after it (TensorFlow, record_writer.h). */
export const recordFraming = { headerBytes: 12, footerBytes: 4 } as const;

/** A payload in TFRecord's frame. */
export function frameRecord(payload: Uint8Array): Buffer {
  const { headerBytes, footerBytes } = recordFraming;
  const framed = Buffer.allocUnsafe(headerBytes + payload.length + footerBytes);
  framed.writeBigUInt64LE(BigInt(payload.length), 0);
  framed.writeUInt32LE(maskedCrc32c(framed, 0, 8), 8);
  framed.set(payload, headerBytes);
  framed.writeUInt32LE(maskedCrc32c(payload), headerBytes + payload.length);
  return framed;
}
