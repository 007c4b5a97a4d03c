import { open } from 'node:fs/promises';
import { UserError } from '../../base/user-error';
import { maskedCrc32c } from '../../base/crc32c';
import { recordFraming } from '../../base/record-frame';
import { decodeFaceExample } from './face-example';
import { FileWindow } from './file-window';
import { RecordIndex, type RecordLocation } from './record-index';

/** Bytes that are searched at once for the next record. */
const resyncBytes = 256 * 1024;

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
  const found = await scanRecord(window, position);
  if (found.kind === 'damaged') throw damagedRecord(recordFile, position, found.why);
  if (found.unsuitable !== undefined) throw damagedRecord(recordFile, position, found.unsuitable);
  return found.location;
}

/** Label of records that have none. */
const noLabel = -1;

/** What lies at a place of a TFRecord file; `end` is where the next record begins. */
export type ScannedRecord =
  /** `unsuitable`: why it is no face record; its label is `noLabel` then */
  | { readonly kind: 'record'; readonly location: RecordLocation; readonly unsuitable?: string; readonly end: number }
  /** Without `end` its length cannot be trusted. */
  | { readonly kind: 'damaged'; readonly why: string; readonly end?: number };

/** Reads a record's frame and checks both checksums. */
export async function scanRecord(window: FileWindow, position: number): Promise<ScannedRecord> {
  const header = await window.read(position, recordFraming.headerBytes);
  if (!header) return { kind: 'damaged', why: 'the file ends within its length field' };
  if (maskedCrc32c(header, 0, 8) !== header.readUInt32LE(8)) return { kind: 'damaged', why: 'the checksum of its length is wrong' };
  const length = Number(header.readBigUInt64LE(0));
  const offset = position + recordFraming.headerBytes;
  const body = await window.read(offset, length + recordFraming.footerBytes);
  if (!body) return { kind: 'damaged', why: 'the file ends within it' };
  const checksum = body.readUInt32LE(length);
  const end = offset + length + recordFraming.footerBytes;
  if (maskedCrc32c(body, 0, length) !== checksum) return { kind: 'damaged', why: 'the checksum of its content is wrong', end };
  try {
    return { kind: 'record', location: { offset, length, label: decodeFaceExample(body.subarray(0, length)).label, checksum }, end };
  } catch (error) {
    return { kind: 'record', location: { offset, length, label: noLabel, checksum }, unsuitable: error instanceof Error ? error.message : String(error), end };
  }
}

/** Where a record begins again after damage, by the checksum of its length; undefined when none does. */
export async function findNextRecord(window: FileWindow, from: number): Promise<number | undefined> {
  const { headerBytes } = recordFraming;
  for (let start = from; start + headerBytes <= window.sizeBytes; start += resyncBytes - headerBytes) {
    const bytes = await window.read(start, Math.min(resyncBytes, window.sizeBytes - start));
    if (!bytes) return undefined;
    for (let at = 0; at + headerBytes <= bytes.length; at++) {
      // Most places are ruled out by this: no record is as long as 2^32 bytes.
      if (bytes.readUInt32LE(at + 4) === 0 && maskedCrc32c(bytes, at, at + 8) === bytes.readUInt32LE(at + 8)) return start + at;
    }
  }
  return undefined;
}

/** The error for a record that cannot be used. `position` is the offset of its length field. */
export function damagedRecord(recordFile: string, position: number, why: string): UserError {
  return new UserError(
    `The record at byte ${position} of ${recordFile} cannot be used: ${why}.`,
    'Restore the file from a copy or prepare the dataset again.',
  );
}
