const alignmentBytes = 8;

/** Hands out the work buffer piece by piece; pieces are never given back, they are small. */
export class MainMemory {
  private used = 0;

  /** Bytes handed out so far. */
  get sizeBytes(): number {
    return this.used;
  }

  /** @returns the offset of `bytes` bytes, at a multiple of 8 */
  take(bytes: number): number {
    const offset = this.used;
    this.used += Math.ceil(bytes / alignmentBytes) * alignmentBytes;
    return offset;
  }
}
