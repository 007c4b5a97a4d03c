import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32c } from '../base/crc32c';

/** Where a crop lies in the spool, in bytes. */
export interface CropLocation {
  readonly offset: number;
  readonly length: number;
}

const openFlags = { new: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, continued: constants.O_RDWR | constants.O_CREAT } as const;

/**
 * The crops of a preparation while it is not yet known which identities stay. One file, written in order of arrival and read in
 * any order; where each crop lies is kept in memory (12 bytes a photo). Writes are synchronous: a crop is a few KB.
 */
export class CropSpool {
  private readonly descriptor: number;
  private readonly offsets: Float64Array;
  private readonly lengths: Uint32Array;
  private sizeBytes: number;

  /** @param mode "continued" accepts an existing file; its crops are known after `restore` */
  constructor(file: string, photoCount: number, mode: keyof typeof openFlags = 'new') {
    this.descriptor = openSync(file, openFlags[mode]);
    this.offsets = new Float64Array(photoCount);
    this.lengths = new Uint32Array(photoCount);
    this.sizeBytes = fstatSync(this.descriptor).size;
  }

  /** Keeps the crop of a photo, 0..photoCount-1. */
  put(photo: number, crop: Uint8Array): CropLocation {
    const location = { offset: this.sizeBytes, length: crop.length };
    for (let written = 0; written < crop.length; ) {
      written += writeSync(this.descriptor, crop, written, crop.length - written, this.sizeBytes + written);
    }
    this.place(photo, location);
    this.sizeBytes += crop.length;
    return location;
  }

  /** Takes over a crop that an earlier process has put; false when its bytes are not there as they were. */
  restore(photo: number, location: CropLocation, checksum: number): boolean {
    const crop = this.read(location);
    if (!crop || crc32c(crop) !== checksum) return false;
    this.place(photo, location);
    return true;
  }

  has(photo: number): boolean {
    return (this.lengths[photo] ?? 0) > 0;
  }

  get(photo: number): Uint8Array {
    const length = this.lengths[photo] ?? 0;
    const crop = length > 0 ? this.read({ offset: this.offsets[photo] ?? 0, length }) : undefined;
    if (!crop) throw new Error(`the crop of photo ${photo} is not in the spool`);
    return crop;
  }

  /** Forgets every crop. */
  clear(): void {
    ftruncateSync(this.descriptor, 0);
    this.lengths.fill(0);
    this.sizeBytes = 0;
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private place(photo: number, { offset, length }: CropLocation): void {
    this.offsets[photo] = offset;
    this.lengths[photo] = length;
  }

  private read({ offset, length }: CropLocation): Uint8Array | undefined {
    const bytes = Buffer.allocUnsafe(length);
    return readSync(this.descriptor, bytes, 0, length, offset) === length ? bytes : undefined;
  }
}
