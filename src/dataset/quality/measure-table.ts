import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { measureNames, type FaceMeasures, type MeasureName } from './face-measures';

/** Bytes of one face: little-endian float32, one for each measure. */
export const measureRowBytes = 4 * measureNames.length;
const rowsPerRead = 8192;

/**
 * The measures of photos by number while a dataset is prepared, in a file, so that 15 million photos take no memory. Rows of photos
 * that were not measured are undefined.
 */
export class MeasureTable {
  private readonly descriptor: number;
  private readonly isMeasured: Uint8Array;
  private measured = 0;

  /** Begins a new file. */
  constructor(file: string, private readonly photoCount: number) {
    this.descriptor = openSync(file, 'w+');
    this.isMeasured = new Uint8Array(photoCount);
  }

  /** How many photos have measures. */
  get count(): number {
    return this.measured;
  }

  put(photo: number, measures: FaceMeasures): void {
    const row = Buffer.alloc(measureRowBytes);
    measureNames.forEach((name, column) => row.writeFloatLE(measures[name], 4 * column));
    writeSync(this.descriptor, row, 0, row.length, photo * measureRowBytes);
    if (this.isMeasured[photo] === 0) this.measured++;
    this.isMeasured[photo] = 1;
  }

  /** Copies the row of a photo; numbers that are none where it was not measured. */
  copyRow(photo: number, target: Buffer, offset: number): void {
    if (this.isMeasured[photo] === 1 && readSync(this.descriptor, target, offset, measureRowBytes, photo * measureRowBytes) === measureRowBytes) return;
    measureNames.forEach((_, column) => target.writeFloatLE(Number.NaN, offset + 4 * column));
  }

  /** One measure of all measured photos, in the order of their numbers. */
  column(name: MeasureName): Float32Array {
    const values = new Float32Array(this.measured);
    const block = Buffer.alloc(rowsPerRead * measureRowBytes);
    const shift = 4 * measureNames.indexOf(name);
    let next = 0;
    for (let first = 0; first < this.photoCount; first += rowsPerRead) {
      readSync(this.descriptor, block, 0, block.length, first * measureRowBytes);
      const end = Math.min(this.photoCount, first + rowsPerRead);
      for (let photo = first; photo < end; photo++) {
        if (this.isMeasured[photo] === 1) values[next++] = block.readFloatLE((photo - first) * measureRowBytes + shift);
      }
    }
    return values;
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
