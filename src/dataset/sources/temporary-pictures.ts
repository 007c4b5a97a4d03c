import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Encoded pictures in one temporary file, which is gone after `close` (and, but on Windows, when the process ends in any way). */
export class TemporaryPictures {
  private readonly folder: string;
  private readonly descriptor: number;
  private readonly places = new Map<number, { readonly offset: number; readonly length: number }>();
  private sizeBytes = 0;
  private closed = false;

  constructor() {
    this.folder = mkdtempSync(path.join(tmpdir(), 'mobilefacenet-pictures-'));
    this.descriptor = openSync(path.join(this.folder, 'pictures'), 'wx+');
    // Elsewhere a file without a name stays readable through its descriptor.
    if (process.platform !== 'win32') rmSync(this.folder, { recursive: true });
  }

  put(key: number, picture: Uint8Array): void {
    for (let written = 0; written < picture.length; ) {
      written += writeSync(this.descriptor, picture, written, picture.length - written, this.sizeBytes + written);
    }
    this.places.set(key, { offset: this.sizeBytes, length: picture.length });
    this.sizeBytes += picture.length;
  }

  /** undefined when there is no picture of this key. */
  get(key: number): Uint8Array | undefined {
    const place = this.places.get(key);
    if (!place) return undefined;
    const picture = Buffer.allocUnsafe(place.length);
    if (readSync(this.descriptor, picture, 0, place.length, place.offset) !== place.length) throw new Error(`the temporary file of picture ${key} was cut`);
    return picture;
  }

  /** Safe to call twice. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    closeSync(this.descriptor);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
