import { closeSync, createReadStream, ftruncateSync, openSync, writeSync } from 'node:fs';
import { errorCode } from '../../base/user-error';
import { crc32c } from '../../base/crc32c';

const lineFeed = 0x0a;
/** Eight hexadecimal digits and a space. */
const prefixBytes = 9;

/**
 * Append-only notes of a long operation, one JSON value a line behind its CRC-32C: `1a2b3c4d {"photo":7}`. The first line is
 * the header. A process that is killed leaves whole lines and perhaps a torn last one, which is ignored and overwritten.
 */
export class Journal {
  private constructor(
    private readonly descriptor: number,
    private sizeBytes: number,
    /** False when the journal is new or was begun again. */
    readonly isContinued: boolean,
  ) {}

  /**
   * Opens a journal and reads what is in it. One with another header is begun again.
   * @param onRecord called with each record behind the header, in order
   */
  static async open(file: string, header: string, onRecord: (value: unknown) => void): Promise<Journal> {
    let validBytes = 0;
    for await (const { value, endBytes } of readLines(file)) {
      if (validBytes > 0) onRecord(value);
      else if (value !== header) break;
      validBytes = endBytes;
    }
    const descriptor = openSync(file, validBytes > 0 ? 'r+' : 'w+');
    ftruncateSync(descriptor, validBytes);
    const journal = new Journal(descriptor, validBytes, validBytes > 0);
    if (!journal.isContinued) journal.append(header);
    return journal;
  }

  /** Appends a record. It survives the end of this process at once (the end of the machine: when the system has written it). */
  append(value: unknown): void {
    const content = Buffer.from(JSON.stringify(value));
    const line = Buffer.concat([Buffer.from(`${checksumText(content)} `), content, Buffer.of(lineFeed)]);
    for (let written = 0; written < line.length; ) {
      written += writeSync(this.descriptor, line, written, line.length - written, this.sizeBytes + written);
    }
    this.sizeBytes += line.length;
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/** The intact lines from the start; ends at the first that is not. */
async function* readLines(file: string): AsyncGenerator<{ value: unknown; endBytes: number }> {
  let rest: Buffer = Buffer.alloc(0);
  let endBytes = 0;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let start = 0;
      for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, start)) {
        const line = parseLine(bytes.subarray(start, end));
        if (!line) return;
        endBytes += end + 1 - start;
        yield { value: line.value, endBytes };
        start = end + 1;
      }
      rest = bytes.subarray(start);
    }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

function parseLine(line: Buffer): { value: unknown } | undefined {
  const content = line.subarray(prefixBytes);
  if (line.toString('latin1', 0, prefixBytes - 1) !== checksumText(content)) return undefined;
  try {
    return { value: JSON.parse(content.toString()) };
  } catch {
    return undefined;
  }
}

function checksumText(content: Uint8Array): string {
  return crc32c(content).toString(16).padStart(8, '0');
}
