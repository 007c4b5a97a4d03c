import { open, readFile, rename, rm } from 'node:fs/promises';
import { temporaryName } from '../../base/atomic-file';
import { measureNames, type MeasureName } from './face-measures';
import { measureRowBytes, type MeasureTable } from './measure-table';

const rowsPerWrite = 4096;

/**
 * Writes the measures of a dataset's images in the order of its records; the file gets its name when it is complete.
 * @param photoAt number of the photo of which the record at a position is made
 */
export async function writeMeasures(file: string, table: MeasureTable, count: number, photoAt: (position: number) => number): Promise<void> {
  const temporary = temporaryName(file);
  try {
    const handle = await open(temporary, 'wx');
    try {
      for (let first = 0; first < count; first += rowsPerWrite) {
        const rows = Buffer.alloc(Math.min(rowsPerWrite, count - first) * measureRowBytes);
        for (let offset = 0; offset < rows.length; offset += measureRowBytes) table.copyRow(photoAt(first + offset / measureRowBytes), rows, offset);
        await handle.writeFile(rows);
      }
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The columns of such a file, by measure; a value that is no number belongs to an image that was not measured. */
export async function readMeasures(file: string): Promise<Record<MeasureName, Float32Array>> {
  const bytes = await readFile(file);
  const count = bytes.length / measureRowBytes;
  const column = (shift: number): Float32Array => Float32Array.from({ length: count }, (_, row) => bytes.readFloatLE(row * measureRowBytes + 4 * shift));
  return Object.fromEntries(measureNames.map((name, shift) => [name, column(shift)])) as Record<MeasureName, Float32Array>;
}
