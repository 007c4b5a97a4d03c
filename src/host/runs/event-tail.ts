import { open } from 'node:fs/promises';
import { errorCode } from '../../base/user-error';
import type { RunEvent } from '../../protocol/run';
import { parseEventLines } from './event-lines';

export interface TailRead {
  readonly events: readonly RunEvent[];
  /** The file was replaced by a shorter one: forget what was read before. */
  readonly restarted: boolean;
}

const chunkBytes = 1024 * 1024;

/** Reads what was appended to an events file since the last read. A last line without its end waits for the next read. */
export class EventTail {
  private offset = 0;
  private rest: Buffer = Buffer.alloc(0);
  private badLineCount = 0;

  constructor(private readonly file: string) {}

  /** Lines so far that were no event. */
  get badLines(): number {
    return this.badLineCount;
  }

  async read(): Promise<TailRead> {
    const handle = await open(this.file, 'r').catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (handle === undefined) return { events: [], restarted: false };
    try {
      const { size } = await handle.stat();
      const restarted = size < this.offset;
      if (restarted) this.restart();
      const events: RunEvent[] = [];
      while (this.offset < size) {
        const length = Math.min(chunkBytes, size - this.offset);
        const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, this.offset);
        if (bytesRead === 0) break;
        this.offset += bytesRead;
        events.push(...this.take(buffer.subarray(0, bytesRead)));
      }
      return { events, restarted };
    } finally {
      await handle.close();
    }
  }

  /** Splits at line ends as bytes, since a chunk may end within a character. */
  private take(chunk: Buffer): RunEvent[] {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const end = bytes.lastIndexOf(0x0a) + 1;
    this.rest = Buffer.from(bytes.subarray(end));
    const { events, badLines } = parseEventLines(bytes.toString('utf8', 0, end).split('\n'));
    this.badLineCount += badLines;
    return events;
  }

  private restart(): void {
    this.offset = 0;
    this.rest = Buffer.alloc(0);
    this.badLineCount = 0;
  }
}
