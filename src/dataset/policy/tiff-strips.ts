/** A picture in a TIFF file with JPEG compression (TIFF 6.0 with technical note 2): each strip a JPEG stream without its tables. */
export interface JpegStrips {
  /** A JPEG stream with tables alone. */
  readonly tables: Buffer;
  readonly strips: readonly Buffer[];
}

const tag = { compression: 259, photometric: 262, stripOffsets: 273, stripByteCounts: 279, jpegTables: 347 } as const;
const entryBytes = 12;
const shortType = 3;
const bytesPerValue = new Map([[1, 1], [2, 1], [shortType, 2], [4, 4], [7, 1]]);
const jpegCompression = 7;
const rgbPhotometric = 2;

/**
 * Finds the strips in a little-endian TIFF file of three plain channels.
 * @throws Error when the file is another kind of TIFF
 */
export function readJpegStrips(file: Buffer): JpegStrips {
  if (file.toString('latin1', 0, 2) !== 'II' || file.readUInt16LE(2) !== 42) throw new Error('it is no little-endian TIFF');
  if (readNumbers(file, tag.compression)[0] !== jpegCompression) throw new Error('the TIFF is not compressed as JPEG');
  if (readNumbers(file, tag.photometric)[0] !== rgbPhotometric) throw new Error('the channels of the TIFF are not stored as they were given');
  const offsets = readNumbers(file, tag.stripOffsets);
  const lengths = readNumbers(file, tag.stripByteCounts);
  const tables = readBytes(file, tag.jpegTables);
  return { tables, strips: offsets.map((offset, i) => file.subarray(offset, offset + (lengths[i] ?? 0))) };
}

function readNumbers(file: Buffer, wanted: number): number[] {
  const { bytes, type } = findEntry(file, wanted);
  return Array.from({ length: bytes.length / (type === shortType ? 2 : 4) }, (_, i) => (type === shortType ? bytes.readUInt16LE(i * 2) : bytes.readUInt32LE(i * 4)));
}

function readBytes(file: Buffer, wanted: number): Buffer {
  return findEntry(file, wanted).bytes;
}

function findEntry(file: Buffer, wanted: number): { bytes: Buffer; type: number } {
  const directory = file.readUInt32LE(4);
  const count = file.readUInt16LE(directory);
  for (let i = 0; i < count; i++) {
    const at = directory + 2 + i * entryBytes;
    if (file.readUInt16LE(at) !== wanted) continue;
    const type = file.readUInt16LE(at + 2);
    const length = file.readUInt32LE(at + 4) * (bytesPerValue.get(type) ?? 0);
    const start = length <= 4 ? at + 8 : file.readUInt32LE(at + 8);
    return { bytes: file.subarray(start, start + length), type };
  }
  throw new Error(`the TIFF has no field ${wanted}`);
}
