import { open, type FileHandle } from 'node:fs/promises';
import { crc32 } from '../../base/crc32';
import { errorCode } from '../../base/user-error';
import type { RunEvent } from '../../protocol/run';
import { parseEventLines } from './event-lines';

/** A part of what was appended. */
export interface TailSlice {
  readonly events: readonly RunEvent[];
  /** The file was replaced by a shorter one: forget what was read before. */
  readonly restarted: boolean;
}

/** The whole lines that were read so far. */
export interface ReadPrefix {
  readonly bytes: number;
  readonly crc32: number;
  readonly badLines: number;
}

/** Parsing so much takes about 10 ms: whoever shares the thread waits no longer. */
const sliceBytes = 256 * 1024;
const nothingRead: ReadPrefix = { bytes: 0, crc32: 0, badLines: 0 };

/** Reads what was appended to an events file since the last read. A last line without its end waits for the next read. */
export class EventTail {
  private rest: Buffer = Buffer.alloc(0);

  /** @param read what is known of the file already */
  constructor(private readonly file: string, private read: ReadPrefix = nothingRead) {}

  get prefix(): ReadPrefix {
    return this.read;
  }

  /** What there is now, in slices between which others get their turn; none when there is nothing new. */
  async *slices(): AsyncGenerator<TailSlice> {
    const handle = await open(this.file, 'r').catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (handle === undefined) return;
    try {
      yield* this.slicesOf(handle);
    } finally {
      await handle.close();
    }
  }

  private async *slicesOf(handle: FileHandle): AsyncGenerator<TailSlice> {
    const { size } = await handle.stat();
    if (size < this.offset) {
      this.read = nothingRead;
      this.rest = Buffer.alloc(0);
      yield { events: [], restarted: true };
    }
    while (this.offset < size) {
      const length = Math.min(sliceBytes, size - this.offset);
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, this.offset);
      if (bytesRead === 0) break;
      const events = this.take(buffer.subarray(0, bytesRead));
      if (events.length > 0) yield { events, restarted: false };
    }
  }

  private get offset(): number {
    return this.read.bytes + this.rest.length;
  }

  /** Splits at line ends as bytes, since a slice may end within a character. */
  private take(slice: Buffer): RunEvent[] {
    const bytes = this.rest.length === 0 ? slice : Buffer.concat([this.rest, slice]);
    const lines = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
    this.rest = Buffer.from(bytes.subarray(lines.length));
    const { events, badLines } = parseEventLines(lines.toString('utf8').split('\n'));
    const { read } = this;
    this.read = { bytes: read.bytes + lines.length, crc32: crc32(lines, read.crc32), badLines: read.badLines + badLines };
    return events;
  }
}
