import { closeSync, openSync, readSync, writeSync } from 'node:fs';

/**
 * The crops of a preparation while it is not yet known which identities stay. One file, written in order of arrival and read in
 * any order; where each crop lies is kept in memory (12 bytes a photo). Writes are synchronous: a crop is a few KB.
 */
export class CropSpool {
  private readonly descriptor: number;
  private readonly offsets: Float64Array;
  private readonly lengths: Uint32Array;
  private sizeBytes = 0;

  constructor(file: string, photoCount: number) {
    this.descriptor = openSync(file, 'wx+');
    this.offsets = new Float64Array(photoCount);
    this.lengths = new Uint32Array(photoCount);
  }

  /** Keeps the crop of a photo, 0..photoCount-1. */
  put(photo: number, crop: Uint8Array): void {
    for (let written = 0; written < crop.length; ) {
      written += writeSync(this.descriptor, crop, written, crop.length - written, this.sizeBytes + written);
    }
    this.offsets[photo] = this.sizeBytes;
    this.lengths[photo] = crop.length;
    this.sizeBytes += crop.length;
  }

  has(photo: number): boolean {
    return (this.lengths[photo] ?? 0) > 0;
  }

  get(photo: number): Uint8Array {
    const length = this.lengths[photo] ?? 0;
    const crop = Buffer.allocUnsafe(length);
    const bytesRead = readSync(this.descriptor, crop, 0, length, this.offsets[photo] ?? 0);
    if (length === 0 || bytesRead !== length) throw new Error(`the crop of photo ${photo} is not in the spool`);
    return crop;
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
