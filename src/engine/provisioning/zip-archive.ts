import { createWriteStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import { crc32 } from '../../base/crc32';
import { ProvisioningFailure } from './provisioning-step';

/** Bytes that can be read in any order: a file, or a file on a server. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** Exactly `length` bytes from `first` on. */
  read(first: number, length: number): Promise<Buffer>;
}

/** One file of a zip archive, from its central directory. */
export interface ZipMember {
  /** With `/` between folders. */
  readonly path: string;
  readonly method: number;
  readonly crc32: number;
  readonly compressedBytes: number;
  readonly sizeBytes: number;
  readonly headerOffset: number;
}

const endSignature = Buffer.from('PK\u0005\u0006', 'latin1');
const endBytes = 22;
const commentLimitBytes = 0xffff;
const directorySignature = 0x02014b50;
const directoryEntryBytes = 46;
const directoryLimitBytes = 64 << 20;
const localSignature = 0x04034b50;
const localHeaderBytes = 30;
const methodStored = 0;
const methodDeflated = 8;

/**
 * Reads the list of files (PKWARE APPNOTE 4.3.12 and 4.3.16). Archives over 4 GiB (zip64) are not supported.
 * @throws ProvisioningFailure when the bytes are no whole zip archive
 */
export async function readZipDirectory(source: ByteSource): Promise<ZipMember[]> {
  const tailBytes = Math.min(source.sizeBytes, endBytes + commentLimitBytes);
  const tail = await source.read(source.sizeBytes - tailBytes, tailBytes);
  const end = tail.lastIndexOf(endSignature);
  if (end < 0 || end + endBytes > tail.length) throw new ProvisioningFailure('the file is no zip archive, or its end is missing');
  const directoryBytes = tail.readUInt32LE(end + 12);
  const directoryOffset = tail.readUInt32LE(end + 16);
  if (directoryOffset === 0xffffffff || directoryBytes === 0xffffffff) throw new ProvisioningFailure('the zip archive is larger than 4 GiB, which is not supported');
  if (directoryBytes > directoryLimitBytes || directoryOffset + directoryBytes > source.sizeBytes) throw new ProvisioningFailure('the zip archive is damaged: its directory lies outside of it');
  return parseDirectory(await source.read(directoryOffset, directoryBytes));
}

function parseDirectory(directory: Buffer): ZipMember[] {
  const members: ZipMember[] = [];
  let offset = 0;
  while (offset + directoryEntryBytes <= directory.length && directory.readUInt32LE(offset) === directorySignature) {
    const nameBytes = directory.readUInt16LE(offset + 28);
    const nameOffset = offset + directoryEntryBytes;
    members.push({
      path: directory.toString('utf8', nameOffset, nameOffset + nameBytes),
      method: directory.readUInt16LE(offset + 10),
      crc32: directory.readUInt32LE(offset + 16),
      compressedBytes: directory.readUInt32LE(offset + 20),
      sizeBytes: directory.readUInt32LE(offset + 24),
      headerOffset: directory.readUInt32LE(offset + 42),
    });
    offset = nameOffset + nameBytes + directory.readUInt16LE(offset + 30) + directory.readUInt16LE(offset + 32);
  }
  return members;
}

/** Where a member's compressed bytes begin. @throws ProvisioningFailure when its local header is not there */
export async function memberDataOffset(source: ByteSource, member: ZipMember): Promise<number> {
  const isInside = member.headerOffset + localHeaderBytes + member.compressedBytes <= source.sizeBytes;
  const header = isInside ? await source.read(member.headerOffset, localHeaderBytes) : undefined;
  if (header?.readUInt32LE(0) !== localSignature) throw new ProvisioningFailure(`the zip archive is damaged at ${member.path}`);
  return member.headerOffset + localHeaderBytes + header.readUInt16LE(26) + header.readUInt16LE(28);
}

/**
 * Writes a member's content to `target` and checks its size and CRC-32.
 * @param compressed exactly the member's `compressedBytes`
 */
export async function inflateMember(
  member: ZipMember,
  compressed: Readable,
  target: string,
  options: { signal: AbortSignal; onProgress: (doneBytes: number) => void },
): Promise<void> {
  if (member.method !== methodStored && member.method !== methodDeflated) throw new ProvisioningFailure(`${member.path} is packed in an unknown way (method ${member.method})`);
  let crc = 0;
  let sizeBytes = 0;
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      crc = crc32(chunk, crc);
      sizeBytes += chunk.length;
      options.onProgress(sizeBytes);
      done(null, chunk);
    },
  });
  const output = createWriteStream(target, { highWaterMark: 4 << 20 });
  const stop = { signal: options.signal };
  if (member.method === methodStored) await pipeline(compressed, check, output, stop);
  else await pipeline(compressed, createInflateRaw({ chunkSize: 1 << 20 }), check, output, stop);
  if (sizeBytes !== member.sizeBytes) throw new ProvisioningFailure(`${member.path} is damaged: ${sizeBytes} of ${member.sizeBytes} bytes`);
  if (crc !== member.crc32) throw new ProvisioningFailure(`${member.path} is damaged: its CRC-32 does not fit`);
}

/** A file on disk as `ByteSource`; the caller closes it. */
export async function openFileSource(file: string): Promise<ByteSource & { close(): Promise<void> }> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    return { sizeBytes: size, read: (first, length) => readExactly(handle, file, first, length), close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readExactly(handle: FileHandle, file: string, first: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, first);
  if (bytesRead !== length) throw new ProvisioningFailure(`${file} ends early`);
  return buffer;
}
