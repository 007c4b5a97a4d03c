import type { FileHandle } from 'node:fs/promises';

/** Bytes that are read ahead at once. */
const windowBytes = 4 * 1024 * 1024;

/** Sequential reading with read-ahead. */
export class FileWindow {
  private bytes = Buffer.alloc(0);
  private start = 0;

  /** @param aheadBytes read ahead at once */
  constructor(
    private readonly handle: FileHandle,
    readonly sizeBytes: number,
    private readonly aheadBytes = windowBytes,
  ) {}

  /** `length` bytes from `position`; undefined when the file ends before. Valid until the next call. */
  async read(position: number, length: number): Promise<Buffer | undefined> {
    if (position + length > this.sizeBytes) return undefined;
    const inWindow = position >= this.start && position + length <= this.start + this.bytes.length;
    if (!inWindow) {
      const wanted = Math.min(Math.max(length, this.aheadBytes), this.sizeBytes - position);
      const { bytesRead, buffer } = await this.handle.read(Buffer.allocUnsafe(wanted), 0, wanted, position);
      this.bytes = buffer.subarray(0, bytesRead);
      this.start = position;
      if (bytesRead < length) return undefined;
    }
    return this.bytes.subarray(position - this.start, position - this.start + length);
  }
}
