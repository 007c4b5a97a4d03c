import { closeSync, openSync, readSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { errorCode, UserError } from '../../base/user-error';
import { maskedCrc32c } from '../../base/crc32c';
import { recordFraming } from '../../base/record-frame';
import { decodeFaceExample } from './face-example';
import { readRecordIndex, writeRecordIndex, type RecordIndex } from './record-index';
import { buildRecordIndex, damagedRecord } from './record-scan';

/** A record as the sampler wants it. */
export interface FaceRecord {
  readonly label: number;
  /** The encoded picture (JPEG); the caller owns it. */
  readonly image: Uint8Array;
}

/** Random access to one TFRecord file through its index. */
export class RecordReader {
  private constructor(
    readonly file: string,
    readonly index: RecordIndex,
    private descriptor: number | undefined,
  ) {}

  /**
   * Opens the file. A missing or stale index is built from the records, and kept beside them where the folder allows it.
   * @throws UserError when the file is missing or damaged
   */
  static async open(file: string): Promise<RecordReader> {
    const index = await usableIndex(file);
    return new RecordReader(file, index, openSync(file, 'r'));
  }

  get count(): number {
    return this.index.count;
  }

  /**
   * Record `i` of 0..count-1, by one positioned read (about 6 microseconds when the file is cached).
   * @throws UserError naming file and offset when the record is damaged
   */
  read(i: number): FaceRecord {
    if (this.descriptor === undefined) throw new Error(`${this.file} is closed`);
    const { offset, length, checksum } = this.index.location(i);
    const position = positionOf(offset);
    const payload = Buffer.allocUnsafe(length);
    const bytesRead = readSync(this.descriptor, payload, 0, length, offset);
    if (bytesRead !== length) throw damagedRecord(this.file, position, 'the file ends within it');
    if (maskedCrc32c(payload) !== checksum) throw damagedRecord(this.file, position, 'the checksum of its content is wrong');
    try {
      const { label, image } = decodeFaceExample(payload);
      return { label, image };
    } catch (error) {
      throw damagedRecord(this.file, position, error instanceof Error ? error.message : String(error));
    }
  }

  /** Where record `i` lies, for messages. */
  place(i: number): string {
    return `record ${i} (at byte ${positionOf(this.index.location(i).offset)}) of ${this.file}`;
  }

  close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }
}

/** Of the record's length field. @param offset of its content */
function positionOf(offset: number): number {
  return offset - recordFraming.headerBytes;
}

async function usableIndex(file: string): Promise<RecordIndex> {
  const sizeBytes = await recordFileBytes(file);
  const existing = await readRecordIndex(file);
  if (existing?.recordFileBytes === sizeBytes) return existing;
  const built = await buildRecordIndex(file);
  // A dataset on read-only storage is still readable; only the next opening takes as long as this one.
  await writeRecordIndex(file, built).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
  });
  return built;
}

async function recordFileBytes(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    throw new UserError(`The record file ${file} is missing.`, 'Restore it from a copy or prepare the dataset again.', { cause: error });
  }
}
