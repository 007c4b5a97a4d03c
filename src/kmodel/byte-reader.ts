import { UserError } from '../base/user-error';

/** Reads little-endian numbers of a file and refuses to leave it. */
export class ByteReader {
  private readonly view: DataView;

  /**
   * @param file name for messages
   * @param end where the part that is read ends
   */
  constructor(
    readonly bytes: Uint8Array,
    readonly file: string,
    public position = 0,
    private readonly end = bytes.byteLength,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u32(what: string): number {
    return this.view.getUint32(this.take(4, what), true);
  }

  i32(what: string): number {
    return this.view.getInt32(this.take(4, what), true);
  }

  f32(what: string): number {
    return this.view.getFloat32(this.take(4, what), true);
  }

  u64(what: string): bigint {
    return this.view.getBigUint64(this.take(8, what), true);
  }

  /** A copy of the next bytes. */
  take8(count: number, what: string): Uint8Array {
    const start = this.take(count, what);
    return this.bytes.slice(start, start + count);
  }

  u16s(count: number, what: string): Uint16Array {
    const start = this.take(count * 2, what);
    return Uint16Array.from({ length: count }, (_, i) => this.view.getUint16(start + 2 * i, true));
  }

  f32s(count: number, what: string): Float32Array {
    const start = this.take(count * 4, what);
    return Float32Array.from({ length: count }, (_, i) => this.view.getFloat32(start + 4 * i, true));
  }

  /** Passes over bytes that are not looked at. */
  skip(count: number, what: string): void {
    this.take(count, what);
  }

  /** A reader of a part of the same file. */
  part(start: number, end: number): ByteReader {
    return new ByteReader(this.bytes, this.file, start, Math.min(end, this.bytes.byteLength));
  }

  /** A reader of the same part at another place, which must not lie before `from`. */
  at(position: number, from: number, what: string): ByteReader {
    if (position < from || position > this.end) {
      throw new UserError(`${this.file} is damaged: ${what} should be at byte ${position}, outside of bytes ${from} to ${this.end}.`, 'Copy or convert the model again.');
    }
    return new ByteReader(this.bytes, this.file, position, this.end);
  }

  private take(count: number, what: string): number {
    const start = this.position;
    if (start + count > this.end) {
      const isWhole = this.end < this.bytes.byteLength;
      throw new UserError(
        isWhole
          ? `${this.file} is damaged: ${what} needs bytes ${start} to ${start + count}, but its part of the file ends at ${this.end}.`
          : `${this.file} is truncated: ${what} needs bytes ${start} to ${start + count}, but the file has ${this.bytes.byteLength}.`,
        'Copy or convert the model again.',
      );
    }
    this.position = start + count;
    return start;
  }
}
