/** PKWARE APPNOTE 4.3.12 and 4.3.16. */
const endSignature = 0x06054b50;
const endBytes = 22;
const commentLimitBytes = 0xffff;
const entrySignature = 0x02014b50;
const entryBytes = 46;

/** CRC-32 of each file as the central directory of a zip archive has it; undefined when the bytes are none. */
export function zipChecksums(bytes: Uint8Array): Map<string, number> | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endOffset(view);
  if (end === undefined) return undefined;
  const checksums = new Map<string, number>();
  let offset = view.readUInt32LE(end + 16);
  while (offset + entryBytes <= end && view.readUInt32LE(offset) === entrySignature) {
    const nameOffset = offset + entryBytes;
    const nameBytes = view.readUInt16LE(offset + 28);
    checksums.set(view.toString('utf8', nameOffset, nameOffset + nameBytes), view.readUInt32LE(offset + 16));
    offset = nameOffset + nameBytes + view.readUInt16LE(offset + 30) + view.readUInt16LE(offset + 32);
  }
  return checksums;
}

function endOffset(view: Buffer): number | undefined {
  for (let offset = view.length - endBytes; offset >= Math.max(0, view.length - endBytes - commentLimitBytes); offset--) {
    if (view.readUInt32LE(offset) === endSignature) return offset;
  }
  return undefined;
}
