/** Bytes of the boot log and of noise that an error report shows. */
const defaultLimitBytes = 4096;

/** Keeps the last bytes of what was added, and how many there were. */
export class ByteLog {
  private kept: Uint8Array = new Uint8Array(0);
  private total = 0;

  constructor(private readonly limitBytes = defaultLimitBytes) {}

  /** All bytes ever added. */
  get totalBytes(): number {
    return this.total;
  }

  add(bytes: Uint8Array): void {
    this.total += bytes.length;
    const joined = new Uint8Array(Math.min(this.limitBytes, this.kept.length + bytes.length));
    const fromNew = Math.min(joined.length, bytes.length);
    const fromOld = joined.length - fromNew;
    joined.set(this.kept.subarray(this.kept.length - fromOld));
    joined.set(bytes.subarray(bytes.length - fromNew), fromOld);
    this.kept = joined;
  }

  /** The last bytes, oldest first. */
  bytes(): Uint8Array {
    return this.kept;
  }

  clear(): void {
    this.kept = new Uint8Array(0);
    this.total = 0;
  }
}
