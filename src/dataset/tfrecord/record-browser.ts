import { open, stat, type FileHandle } from 'node:fs/promises';
import { maskedCrc32c } from '../../base/crc32c';
import { recordFraming } from '../../base/record-frame';
import { errorText, throwIfCancelled } from '../../base/user-error';
import { exampleFeatures, type ExampleFeature } from './example-features';
import { FileWindow } from './file-window';
import { readRecordIndex, type RecordIndex, type RecordLocation } from './record-index';
import { findNextRecord, scanRecord } from './record-scan';
import { LocationList } from './location-list';

/** What of a file cannot be read, by its first byte. */
export interface RecordDamage {
  readonly position: number;
  readonly why: string;
}

export interface BrowsedRecord {
  readonly number: number;
  /** Of its length field. */
  readonly position: number;
  /** Of its content. */
  readonly bytes: number;
  readonly features: readonly ExampleFeature[];
  /** Why its content cannot be trusted. */
  readonly problem?: string;
}

/** Bytes that are looked at between two chances for others. */
const scanAheadBytes = 1024 * 1024;

/**
 * Looks into any TFRecord file by positioned reads, never more of it in memory than a record: with an index at once, without one
 * while it is scanned. What is damaged is named and passed over.
 */
export class RecordBrowser {
  private readonly list = new LocationList();
  private readonly damages: RecordDamage[] = [];
  private readonly counts = new Map<number, number>();
  private scannedBytes = 0;

  private constructor(readonly file: string, private readonly handle: FileHandle, readonly sizeBytes: number, private readonly index: RecordIndex | undefined) {
    for (let number = 0; index !== undefined && number < index.count; number++) this.countLabel(index.label(number));
  }

  /** @throws Error of the file system when the file cannot be opened */
  static async open(file: string): Promise<RecordBrowser> {
    const { size } = await stat(file);
    // A damaged or stale index is as good as none.
    const index = await readRecordIndex(file).catch(() => undefined);
    return new RecordBrowser(file, await open(file, 'r'), size, index?.recordFileBytes === size ? index : undefined);
  }

  get hasIndex(): boolean {
    return this.index !== undefined;
  }

  /** Records that are known by now. */
  get count(): number {
    return this.index?.count ?? this.list.count;
  }

  /** Bytes of the file that are known by now. */
  get knownBytes(): number {
    return this.index ? this.sizeBytes : this.scannedBytes;
  }

  /** Places that a scan passed over; an index names none. */
  get damage(): readonly RecordDamage[] {
    return this.damages;
  }

  /** How many of the known records each label has. */
  get labelCounts(): ReadonlyMap<number, number> {
    return this.counts;
  }

  /** Label of a record; -1 when it has none. */
  label(number: number): number {
    return this.index?.label(number) ?? this.list.label(number);
  }

  /**
   * Finds the records of a file without an index; returns at once when there is one.
   * @throws CancelledError when `signal` was aborted
   */
  async scan(signal: AbortSignal): Promise<void> {
    if (this.index) return;
    const window = new FileWindow(this.handle, this.sizeBytes, scanAheadBytes);
    while (this.scannedBytes < this.sizeBytes) {
      throwIfCancelled(signal, 'The scan');
      const position = this.scannedBytes;
      const found = await scanRecord(window, position);
      if (found.kind === 'record') this.add(found.location);
      else this.damages.push({ position, why: found.why });
      this.scannedBytes = found.end ?? (await findNextRecord(window, position + 1)) ?? this.sizeBytes;
    }
  }

  /** @throws RangeError when there is no such record */
  async read(number: number): Promise<BrowsedRecord> {
    const { offset, length, checksum } = this.index?.location(number) ?? this.list.location(number);
    const place = { number, position: offset - recordFraming.headerBytes, bytes: length };
    const content = Buffer.allocUnsafe(length);
    const { bytesRead } = await this.handle.read(content, 0, length, offset);
    if (bytesRead !== length) return { ...place, features: [], problem: 'the file ends within it' };
    if (maskedCrc32c(content) !== checksum) return { ...place, features: [], problem: 'the checksum of its content is wrong' };
    try {
      return { ...place, features: exampleFeatures(content) };
    } catch (error) {
      return { ...place, features: [], problem: errorText(error) };
    }
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private add(location: RecordLocation): void {
    this.list.add(location);
    this.countLabel(location.label);
  }

  private countLabel(label: number): void {
    this.counts.set(label, (this.counts.get(label) ?? 0) + 1);
  }
}
