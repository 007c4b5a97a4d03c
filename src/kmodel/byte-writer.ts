const firstCapacityBytes = 1 << 16;

/** A growing buffer of little-endian numbers. */
export class ByteWriter {
  private bytes = new Uint8Array(firstCapacityBytes);
  private view = new DataView(this.bytes.buffer);
  private length = 0;

  /** Bytes written so far. */
  get position(): number {
    return this.length;
  }

  u32(value: number): void {
    const start = this.reserve(4);
    this.view.setUint32(start, value, true);
  }

  i32(value: number): void {
    const start = this.reserve(4);
    this.view.setInt32(start, value, true);
  }

  f32(value: number): void {
    const start = this.reserve(4);
    this.view.setFloat32(start, value, true);
  }

  u64(value: bigint): void {
    const start = this.reserve(8);
    this.view.setBigUint64(start, value, true);
  }

  u8s(values: Uint8Array): void {
    const start = this.reserve(values.length);
    this.bytes.set(values, start);
  }

  u16s(values: Uint16Array): void {
    const start = this.reserve(values.length * 2);
    values.forEach((value, i) => this.view.setUint16(start + 2 * i, value, true));
  }

  f32s(values: Float32Array): void {
    const start = this.reserve(values.length * 4);
    values.forEach((value, i) => this.view.setFloat32(start + 4 * i, value, true));
  }

  /** Appends zeros up to a multiple of `alignment`. */
  align(alignment: number): void {
    this.reserve((alignment - (this.length % alignment)) % alignment);
  }

  /** Replaces a number that was written before. */
  setU32(position: number, value: number): void {
    this.view.setUint32(position, value, true);
  }

  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  private reserve(count: number): number {
    const start = this.length;
    this.length += count;
    if (this.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.length, this.bytes.length * 2));
      larger.set(this.bytes);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    return start;
  }
}
