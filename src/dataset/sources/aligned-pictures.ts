import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import type { ProgressReporter } from '../../base/progress';
import { errorText, throwIfCancelled, UserError } from '../../base/user-error';
import { decodeBytes, encodeCrop } from '../photos/decode-photo';
import { readJpegHeader } from '../photos/jpeg-header';
import type { PhotoFolder } from '../scan';
import { TemporaryPictures } from './temporary-pictures';

const photosAtOnce = 16;

/** The pictures of a scan by number, counted through all identities. */
export class AlignedPictures {
  readonly unreadable = new Map<number, string>();
  /** Number of the first picture of each identity; one more than identities. */
  readonly firsts: Uint32Array;
  readonly fileBytes: Float64Array;
  private converted: TemporaryPictures | undefined;

  constructor(
    private readonly scanned: PhotoFolder,
    private readonly size: number,
  ) {
    const { identities, photoCount } = scanned;
    this.firsts = new Uint32Array(identities.length + 1);
    identities.forEach(({ photos }, i) => (this.firsts[i + 1] = (this.firsts[i] as number) + photos.length));
    this.fileBytes = new Float64Array(photoCount);
  }

  nameOf(picture: number): string {
    const identity = this.identityOf(picture);
    const { name, photos } = this.scanned.identities[identity] ?? { name: '', photos: [] };
    return `${name}/${photos[picture - (this.firsts[identity] as number)] ?? ''}`;
  }

  identityOf(picture: number): number {
    let low = 0;
    let high = this.firsts.length - 2;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.firsts[middle] as number) <= picture) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Looks at every picture; converts those that training cannot read as they are. */
  async look(progress: ProgressReporter, signal: AbortSignal | undefined): Promise<void> {
    const total = this.fileBytes.length;
    for (let first = 0; first < total; first += photosAtOnce) {
      throwIfCancelled(signal, 'The opening of the folder');
      const count = Math.min(photosAtOnce, total - first);
      await Promise.all(Array.from({ length: count }, (_, i) => this.lookAt(first + i)));
      progress.report({ label: 'Looking at pictures', done: first + count, total, unit: 'pictures' });
    }
  }

  read(picture: number): Uint8Array {
    const converted = this.converted?.get(picture);
    if (converted) return converted;
    try {
      return readFileSync(this.fileOf(picture));
    } catch (error) {
      throw new UserError(`${this.fileOf(picture)} cannot be read any more: ${errorText(error)}`, 'Restore it, then continue the training.', { cause: error });
    }
  }

  close(): void {
    this.converted?.close();
  }

  private async lookAt(picture: number): Promise<void> {
    try {
      const bytes = await readFile(this.fileOf(picture));
      this.fileBytes[picture] = bytes.length;
      if (this.isReady(bytes)) return;
      const converted = await convert(bytes, this.size);
      this.converted ??= new TemporaryPictures();
      this.converted.put(picture, converted);
    } catch (error) {
      this.unreadable.set(picture, errorText(error).split('\n')[0] ?? '');
    }
  }

  /** A whole, upright JPEG of the right size in grey or colour. */
  private isReady(bytes: Buffer): boolean {
    const header = readJpegHeader(bytes);
    if (header?.width !== this.size || header.height !== this.size) return false;
    const isPlain = header.precision === 8 && header.coding !== 'other' && header.orientation === 1 && (header.components === 1 || header.components === 3);
    return isPlain && bytes.subarray(-2).equals(endOfJpeg);
  }

  private fileOf(picture: number): string {
    return path.join(this.scanned.root, this.nameOf(picture));
  }
}

const endOfJpeg = Buffer.from([0xff, 0xd9]);

async function convert(bytes: Uint8Array, size: number): Promise<Uint8Array> {
  const { image } = await decodeBytes(bytes);
  if (image.width === size && image.height === size) return encodeCrop(image);
  const raw = { width: image.width, height: image.height, channels: 3 } as const;
  const data = await sharp(image.data, { raw }).resize(size, size, { fit: 'fill' }).raw().toBuffer();
  return encodeCrop({ width: size, height: size, data });
}
