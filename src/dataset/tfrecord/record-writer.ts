import { open, type FileHandle } from 'node:fs/promises';
import { frameRecord, recordFraming } from '../../base/record-frame';
import { encodeFaceExample, type FaceExample } from './face-example';
import { RecordIndex, writeRecordIndex, type RecordLocation } from './record-index';

/** Records are collected to about this size before they are written. */
const bufferBytes = 1024 * 1024;

/** Writes one TFRecord file from start to end, and its index. The caller cares for temporary names and clean-up. */
export class RecordWriter {
  private readonly locations: RecordLocation[] = [];
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private sizeBytes = 0;

  private constructor(
    private readonly file: string,
    private readonly handle: FileHandle,
  ) {}

  /** @throws when `file` exists already or cannot be made */
  static async create(file: string): Promise<RecordWriter> {
    return new RecordWriter(file, await open(file, 'wx'));
  }

  async append(example: FaceExample): Promise<void> {
    const payload = encodeFaceExample(example);
    const framed = frameRecord(payload);
    this.locations.push({
      offset: this.sizeBytes + recordFraming.headerBytes,
      length: payload.length,
      label: example.label,
      checksum: framed.readUInt32LE(framed.length - recordFraming.footerBytes),
    });
    this.pending.push(framed);
    this.pendingBytes += framed.length;
    this.sizeBytes += framed.length;
    if (this.pendingBytes >= bufferBytes) await this.flush();
  }

  /** Writes what is left to disk, closes the file and writes the index beside it. */
  async finish(): Promise<RecordIndex> {
    try {
      await this.flush();
      await this.handle.sync();
    } finally {
      await this.handle.close();
    }
    const index = RecordIndex.of(this.locations, this.sizeBytes);
    await writeRecordIndex(this.file, index);
    return index;
  }

  /** Closes the file without finishing it. */
  async abandon(): Promise<void> {
    await this.handle.close();
  }

  private async flush(): Promise<void> {
    const bytes = Buffer.concat(this.pending);
    this.pending = [];
    this.pendingBytes = 0;
    await this.handle.writeFile(bytes);
  }
}
