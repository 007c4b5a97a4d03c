import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../../base/atomic-file';
import { errorCode, UserError } from '../../base/user-error';
import { crc32c } from './crc32c';

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
 * It is kept in memory as it lies on disk: 16 bytes a record, 240 MB for 15 million records.
 */
export class RecordIndex {
  private constructor(
    private readonly entries: Buffer,
    /** Size of the TFRecord file that this index describes. */
    readonly recordFileBytes: number,
  ) {}

  get count(): number {
    return this.entries.length / entryBytes;
  }

  /** @throws RangeError when a number does not fit its field */
  static of(locations: readonly RecordLocation[], recordFileBytes: number): RecordIndex {
    const entries = Buffer.alloc(locations.length * entryBytes);
    locations.forEach((location, i) => {
      if (location.offset > maxUint48) throw new RangeError(`record ${i} lies beyond 2^48 bytes`);
      if (location.length > maxUint24) throw new RangeError(`record ${i} is longer than 16 MiB`);
      if (location.label < 0 || location.label > maxUint24) throw new RangeError(`record ${i} has the label ${location.label}, which is not in 0..${maxUint24}`);
      const at = i * entryBytes;
      entries.writeUIntLE(location.offset, at, 6);
      entries.writeUIntLE(location.length, at + 6, 3);
      entries.writeUIntLE(location.label, at + 9, 3);
      entries.writeUInt32LE(location.checksum, at + 12);
    });
    return new RecordIndex(entries, recordFileBytes);
  }

  /** @throws Error saying what is wrong with the bytes */
  static parse(bytes: Buffer): RecordIndex {
    if (bytes.length < headerBytes || bytes.toString('latin1', 0, magic.length) !== magic) throw new Error('it is not an index file');
    const found = bytes.readUInt16LE(6);
    if (found !== version) throw new Error(`it has version ${found}, expected ${version}`);
    const entries = bytes.subarray(headerBytes);
    if (entries.length !== bytes.readUInt32LE(16) * entryBytes) throw new Error('it is cut off');
    if (crc32c(entries) !== bytes.readUInt32LE(20)) throw new Error('its checksum is wrong');
    return new RecordIndex(entries, Number(bytes.readBigUInt64LE(8)));
  }

  toBytes(): Buffer {
    const header = Buffer.alloc(headerBytes);
    header.write(magic, 'latin1');
    header.writeUInt16LE(version, 6);
    header.writeBigUInt64LE(BigInt(this.recordFileBytes), 8);
    header.writeUInt32LE(this.count, 16);
    header.writeUInt32LE(crc32c(this.entries), 20);
    return Buffer.concat([header, this.entries]);
  }

  /** @throws RangeError when `i` is not in 0..count-1 */
  location(i: number): RecordLocation {
    const at = this.entryAt(i);
    return {
      offset: this.entries.readUIntLE(at, 6),
      length: this.entries.readUIntLE(at + 6, 3),
      label: this.entries.readUIntLE(at + 9, 3),
      checksum: this.entries.readUInt32LE(at + 12),
    };
  }

  /** `location(i).label` without the rest. */
  label(i: number): number {
    return this.entries.readUIntLE(this.entryAt(i) + 9, 3);
  }

  /** Labels and checksums of all records in order, 7 bytes each: what the dataset's fingerprint is made of. */
  *contentBytes(): Generator<Buffer> {
    for (let at = 0; at < this.entries.length; at += entryBytes) yield this.entries.subarray(at + 9, at + entryBytes);
  }

  private entryAt(i: number): number {
    if (!Number.isInteger(i) || i < 0 || i >= this.count) throw new RangeError(`record ${i} of ${this.count}`);
    return i * entryBytes;
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
