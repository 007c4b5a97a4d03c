import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../../base/atomic-file';
import { errorCode, UserError } from '../../base/user-error';
import { crc32c } from '../../base/crc32c';

/** Where a record's payload (the serialized Example) lies, whose it is, and its checksum. */
export interface RecordLocation {
  /** First byte of the payload, below 2^48. */
  readonly offset: number;
  /** Length of the payload in bytes, below 2^24. */
  readonly length: number;
  /** Label of the record, below 2^24. */
  readonly label: number;
  /** Masked CRC-32C of the payload, as stored behind it. */
  readonly checksum: number;
}

const magic = 'MFNIDX';
const version = 1;
const headerBytes = 24;
const entryBytes = 16;
/** What of an entry is kept in memory: all but the offset. */
const keptBytes = 10;
/** Where label and checksum begin in it. */
const contentOffset = 3;
const recordsPerOffset = 64;
/** What TFRecord's frame puts between two payloads: a checksum, and the length of the next with its checksum. */
const framingBytes = 16;
const contentEntriesAtOnce = 4096;
const maxUint24 = 2 ** 24 - 1;
const maxUint48 = 2 ** 48 - 1;

/**
 * The index of one TFRecord file, and its side-car `<name>.idx`. All numbers are little-endian:
 *
 *     header, 24 bytes
 *       0  6  magic "MFNIDX"
 *       6  2  version, 1
 *       8  8  size of the TFRecord file in bytes; another size means that the index is stale
 *      16  4  number of records
 *      20  4  CRC-32C of all entries
 *     then per record, in file order, 16 bytes
 *       0  6  offset of the payload
 *       6  3  length of the payload
 *       9  3  label
 *      12  4  masked CRC-32C of the payload
 *
 * Records follow each other without gaps, so most offsets need not be kept in memory: 10 bytes a record, 150 MB for 15 million.
 */
export class RecordIndex {
  private constructor(
    /** Length, label and checksum of each record, as in the file. */
    private readonly entries: Buffer,
    /** Offset of every 64th record. */
    private readonly offsets: Float64Array,
    /** Size of the TFRecord file that this index describes. */
    readonly recordFileBytes: number,
  ) {}

  get count(): number {
    return this.entries.length / keptBytes;
  }

  /** @throws RangeError when a number does not fit its field, or a record does not follow the one before */
  static of(locations: readonly RecordLocation[], recordFileBytes: number): RecordIndex {
    const entries = Buffer.alloc(locations.length * keptBytes);
    const offsets = new Float64Array(Math.ceil(locations.length / recordsPerOffset));
    locations.forEach(({ offset, length, label, checksum }, i) => {
      if (offset > maxUint48) throw new RangeError(`record ${i} lies beyond 2^48 bytes`);
      if (length > maxUint24) throw new RangeError(`record ${i} is longer than 16 MiB`);
      if (label < 0 || label > maxUint24) throw new RangeError(`record ${i} has the label ${label}, which is not in 0..${maxUint24}`);
      const before = locations[i - 1];
      if (before && offset !== before.offset + before.length + framingBytes) throw new RangeError(`record ${i} does not follow the one before`);
      if (i % recordsPerOffset === 0) offsets[i / recordsPerOffset] = offset;
      const at = i * keptBytes;
      entries.writeUIntLE(length, at, 3);
      entries.writeUIntLE(label, at + 3, 3);
      entries.writeUInt32LE(checksum, at + 6);
    });
    return new RecordIndex(entries, offsets, recordFileBytes);
  }

  /** @throws Error saying what is wrong with the bytes */
  static parse(bytes: Buffer): RecordIndex {
    if (bytes.length < headerBytes || bytes.toString('latin1', 0, magic.length) !== magic) throw new Error('it is not an index file');
    const found = bytes.readUInt16LE(6);
    if (found !== version) throw new Error(`it has version ${found}, expected ${version}`);
    const entries = bytes.subarray(headerBytes);
    if (entries.length !== bytes.readUInt32LE(16) * entryBytes) throw new Error('it is cut off');
    if (crc32c(entries) !== bytes.readUInt32LE(20)) throw new Error('its checksum is wrong');
    return RecordIndex.ofEntries(entries, Number(bytes.readBigUInt64LE(8)));
  }

  private static ofEntries(stored: Buffer, recordFileBytes: number): RecordIndex {
    const count = stored.length / entryBytes;
    const entries = Buffer.alloc(count * keptBytes);
    const offsets = new Float64Array(Math.ceil(count / recordsPerOffset));
    let expected: number | undefined;
    for (let i = 0; i < count; i++) {
      const from = i * entryBytes;
      const offset = stored.readUInt32LE(from) + stored.readUInt16LE(from + 4) * 2 ** 32;
      if (expected !== undefined && offset !== expected) throw new Error(`its record ${i} does not follow the one before`);
      expected = offset + (stored.readUInt32LE(from + 6) & maxUint24) + framingBytes;
      if (i % recordsPerOffset === 0) offsets[i / recordsPerOffset] = offset;
      for (let k = 0; k < keptBytes; k++) entries[i * keptBytes + k] = stored[from + 6 + k] as number;
    }
    return new RecordIndex(entries, offsets, recordFileBytes);
  }

  toBytes(): Buffer {
    const bytes = Buffer.alloc(headerBytes + this.count * entryBytes);
    bytes.write(magic, 'latin1');
    bytes.writeUInt16LE(version, 6);
    bytes.writeBigUInt64LE(BigInt(this.recordFileBytes), 8);
    bytes.writeUInt32LE(this.count, 16);
    let offset = this.offsets[0] ?? 0;
    for (let i = 0; i < this.count; i++) {
      const to = headerBytes + i * entryBytes;
      bytes.writeUIntLE(offset, to, 6);
      this.entries.copy(bytes, to + 6, i * keptBytes, (i + 1) * keptBytes);
      offset += this.lengthAt(i * keptBytes) + framingBytes;
    }
    bytes.writeUInt32LE(crc32c(bytes, headerBytes), 20);
    return bytes;
  }

  /** @throws RangeError when `i` is not in 0..count-1 */
  location(i: number): RecordLocation {
    const at = this.entryAt(i);
    const first = i - (i % recordsPerOffset);
    let offset = this.offsets[first / recordsPerOffset] as number;
    for (let before = first * keptBytes; before < at; before += keptBytes) offset += this.lengthAt(before) + framingBytes;
    return { offset, length: this.lengthAt(at), label: this.entries.readUIntLE(at + 3, 3), checksum: this.entries.readUInt32LE(at + 6) };
  }

  /** `location(i).label` without the rest. */
  label(i: number): number {
    return this.entries.readUIntLE(this.entryAt(i) + 3, 3);
  }

  /** Labels and checksums of all records in order, 7 bytes each, many at a time: what the dataset's fingerprint is made of. */
  *contentBytes(): Generator<Buffer> {
    const contentEntryBytes = keptBytes - contentOffset;
    const chunk = Buffer.alloc(contentEntriesAtOnce * contentEntryBytes);
    for (let first = 0; first < this.count; first += contentEntriesAtOnce) {
      const count = Math.min(contentEntriesAtOnce, this.count - first);
      for (let i = 0, to = 0; i < count; i++) {
        const from = (first + i) * keptBytes + contentOffset;
        for (let k = 0; k < contentEntryBytes; k++) chunk[to++] = this.entries[from + k] as number;
      }
      yield chunk.subarray(0, count * contentEntryBytes);
    }
  }

  private entryAt(i: number): number {
    if (!Number.isInteger(i) || i < 0 || i >= this.count) throw new RangeError(`record ${i} of ${this.count}`);
    return i * keptBytes;
  }

  private lengthAt(at: number): number {
    const { entries } = this;
    return (entries[at] as number) | ((entries[at + 1] as number) << 8) | ((entries[at + 2] as number) << 16);
  }
}

/** Name of the index of a TFRecord file: `a.tfrecord` has `a.idx`. */
export function indexPathOf(recordFile: string): string {
  return `${recordFile.replace(/\.tfrecords?$/i, '')}.idx`;
}

export async function writeRecordIndex(recordFile: string, index: RecordIndex): Promise<void> {
  await writeFileAtomic(indexPathOf(recordFile), index.toBytes());
}

/**
 * The index beside a TFRecord file; undefined when there is none.
 * @throws UserError when the index file is damaged
 */
export async function readRecordIndex(recordFile: string): Promise<RecordIndex | undefined> {
  const file = indexPathOf(recordFile);
  try {
    return RecordIndex.parse(await readFile(file));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`The index ${file} cannot be used: ${why}.`, 'Delete this file; it is built again from the records.', { cause: error });
  }
}
