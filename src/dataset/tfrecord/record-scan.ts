import { open, type FileHandle } from 'node:fs/promises';
import { UserError } from '../../base/user-error';
import { maskedCrc32c } from '../../base/crc32c';
import { recordFraming } from '../../base/record-frame';
import { decodeFaceExample } from './face-example';
import { RecordIndex, type RecordLocation } from './record-index';

/** Bytes that are read ahead at once. */
const windowBytes = 4 * 1024 * 1024;

/**
 * Builds the index of a TFRecord file that came without one, by reading all of it once and checking every checksum.
 * @throws UserError naming the file and the offset of the first damaged or unsuitable record
 */
export async function buildRecordIndex(recordFile: string): Promise<RecordIndex> {
  const handle = await open(recordFile, 'r');
  try {
    const { size } = await handle.stat();
    const window = new FileWindow(handle, size);
    const locations: RecordLocation[] = [];
    for (let position = 0; position < size; ) {
      const location = await readLocation(window, recordFile, position);
      locations.push(location);
      position = location.offset + location.length + recordFraming.footerBytes;
    }
    return indexOf(recordFile, locations, size);
  } finally {
    await handle.close();
  }
}

function indexOf(recordFile: string, locations: readonly RecordLocation[], sizeBytes: number): RecordIndex {
  try {
    return RecordIndex.of(locations, sizeBytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(`${recordFile} cannot be indexed: ${error.message}.`, 'Write its records with labels that count identities from 0.', { cause: error });
  }
}

async function readLocation(window: FileWindow, recordFile: string, position: number): Promise<RecordLocation> {
  const header = await window.read(position, recordFraming.headerBytes);
  if (!header) throw damagedRecord(recordFile, position, 'the file ends within its length field');
  if (maskedCrc32c(header, 0, 8) !== header.readUInt32LE(8)) throw damagedRecord(recordFile, position, 'the checksum of its length is wrong');
  const length = Number(header.readBigUInt64LE(0));
  const offset = position + recordFraming.headerBytes;
  const body = await window.read(offset, length + recordFraming.footerBytes);
  if (!body) throw damagedRecord(recordFile, position, 'the file ends within it');
  const checksum = body.readUInt32LE(length);
  if (maskedCrc32c(body, 0, length) !== checksum) throw damagedRecord(recordFile, position, 'the checksum of its content is wrong');
  try {
    return { offset, length, label: decodeFaceExample(body.subarray(0, length)).label, checksum };
  } catch (error) {
    throw damagedRecord(recordFile, position, error instanceof Error ? error.message : String(error));
  }
}

/** The error for a record that cannot be used. `position` is the offset of its length field. */
export function damagedRecord(recordFile: string, position: number, why: string): UserError {
  return new UserError(
    `The record at byte ${position} of ${recordFile} cannot be used: ${why}.`,
    'Restore the file from a copy or prepare the dataset again.',
  );
}

/** Sequential reading with read-ahead. */
class FileWindow {
  private bytes = Buffer.alloc(0);
  private start = 0;

  constructor(
    private readonly handle: FileHandle,
    private readonly sizeBytes: number,
  ) {}

  /** `length` bytes from `position`; undefined when the file ends before. Valid until the next call. */
  async read(position: number, length: number): Promise<Buffer | undefined> {
    if (position + length > this.sizeBytes) return undefined;
    const inWindow = position >= this.start && position + length <= this.start + this.bytes.length;
    if (!inWindow) {
      const wanted = Math.min(Math.max(length, windowBytes), this.sizeBytes - position);
      const { bytesRead, buffer } = await this.handle.read(Buffer.allocUnsafe(wanted), 0, wanted, position);
      this.bytes = buffer.subarray(0, bytesRead);
      this.start = position;
      if (bytesRead < length) return undefined;
    }
    return this.bytes.subarray(position - this.start, position - this.start + length);
  }
}
