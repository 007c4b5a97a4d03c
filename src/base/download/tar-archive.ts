import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { DownloadFailure } from './download-failure';

const blockBytes = 512;
const checksumOffset = 148;
const checksumBytes = 8;

/**
 * Unpacks chosen regular files of a gzipped tar archive (POSIX ustar) in one pass.
 * @param targetOf where a member goes, by its path in the archive; undefined skips it
 * @throws DownloadFailure when the archive is damaged or ends early
 */
export async function unpackTarGz(
  file: string,
  targetOf: (memberPath: string) => string | undefined,
  options: { signal: AbortSignal; onProgress: (doneBytes: number) => void },
): Promise<void> {
  const source = createReadStream(file, { highWaterMark: 1 << 20, signal: options.signal });
  const unzipped = createGunzip({ chunkSize: 1 << 20 });
  // Errors of the source reach the loop below through the gunzip stream.
  source.on('error', (error) => unzipped.destroy(error));
  source.pipe(unzipped);
  try {
    await unpackMembers(new BlockReader(unzipped), targetOf, options);
  } finally {
    source.destroy();
    unzipped.destroy();
  }
}

async function unpackMembers(
  reader: BlockReader,
  targetOf: (memberPath: string) => string | undefined,
  options: { signal: AbortSignal; onProgress: (doneBytes: number) => void },
): Promise<void> {
  let doneBytes = 0;
  for (;;) {
    const header = await reader.read(blockBytes);
    if (header.every((byte) => byte === 0)) return;
    const member = parseHeader(header);
    const target = member.isRegular && member.sizeBytes > 0 ? targetOf(member.path) : undefined;
    const chunks = reader.chunks(member.sizeBytes);
    if (target === undefined) {
      for await (const chunk of chunks) void chunk;
    } else {
      const counted = Readable.from(counting(chunks, (bytes) => options.onProgress((doneBytes += bytes))));
      await pipeline(counted, createWriteStream(target, { highWaterMark: 4 << 20 }), { signal: options.signal });
    }
    await reader.read((blockBytes - (member.sizeBytes % blockBytes)) % blockBytes);
  }
}

async function* counting(chunks: AsyncIterable<Buffer>, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    onBytes(chunk.length);
    yield chunk;
  }
}

/** Path, size and kind from a header block. */
function parseHeader(header: Buffer): { path: string; sizeBytes: number; isRegular: boolean } {
  if (checksumOf(header) !== octal(header, checksumOffset, checksumBytes)) throw new DownloadFailure('the tar archive is damaged');
  const prefix = header.toString('latin1', 257, 262) === 'ustar' ? text(header, 345, 155) : '';
  const name = text(header, 0, 100);
  const kind = header[156];
  const isRegular = kind === 0 || kind === 0x30;
  return { path: prefix ? `${prefix}/${name}` : name, sizeBytes: octal(header, 124, 12), isRegular };
}

/** Sum of the header's bytes, its own field counted as blanks. */
function checksumOf(header: Buffer): number {
  let sum = checksumBytes * 0x20;
  for (const [index, byte] of header.entries()) {
    if (index < checksumOffset || index >= checksumOffset + checksumBytes) sum += byte;
  }
  return sum;
}

function text(header: Buffer, offset: number, length: number): string {
  const field = header.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}

function octal(header: Buffer, offset: number, length: number): number {
  const digits = text(header, offset, length).trim();
  if (!/^[0-7]+$/.test(digits)) throw new DownloadFailure('the tar archive is damaged');
  return Number.parseInt(digits, 8);
}

/** Exact amounts of bytes from a stream of chunks of any size. */
class BlockReader {
  private readonly iterator: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);

  constructor(stream: Readable) {
    this.iterator = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async read(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const chunk of this.chunks(length)) parts.push(chunk);
    return Buffer.concat(parts);
  }

  async *chunks(length: number): AsyncGenerator<Buffer> {
    let missing = length;
    while (missing > 0) {
      if (this.rest.length === 0) {
        const next = await this.iterator.next();
        if (next.done === true) throw new DownloadFailure('the tar archive ends early');
        this.rest = next.value;
      }
      const chunk = this.rest.subarray(0, missing);
      this.rest = this.rest.subarray(chunk.length);
      missing -= chunk.length;
      yield chunk;
    }
  }
}
