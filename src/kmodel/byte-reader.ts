import { UserError } from '../base/user-error';

/** Reads little-endian numbers of a file and refuses to leave it. */
export class ByteReader {
  private readonly view: DataView;

  /** @param file name for messages */
  constructor(
    readonly bytes: Uint8Array,
    readonly file: string,
    public position = 0,
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

  /** A reader of the same file at another place. */
  at(position: number): ByteReader {
    return new ByteReader(this.bytes, this.file, position);
  }

  private take(count: number, what: string): number {
    const start = this.position;
    if (start + count > this.bytes.byteLength) {
      throw new UserError(
        `${this.file} is truncated: ${what} needs bytes ${start} to ${start + count}, but the file has ${this.bytes.byteLength}.`,
        'Copy or convert the model again.',
      );
    }
    this.position = start + count;
    return start;
  }
}
