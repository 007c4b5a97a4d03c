import { closeSync, openSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { explainWriteError } from '../../base/atomic-file';
import { frameRecord } from '../../base/record-frame';
import { encodeEvent, type EventMessage } from './event-message';

/**
 * Writes one TensorBoard event file: `events.out.tfevents.<seconds>.<host>.<pid>`, TFRecords of Event messages. Every job makes its
 * own file; TensorBoard reads all files of a folder in the order of their names as one run. What was appended is in the file at once,
 * so a killed job loses nothing and a live page follows.
 */
export class EventFileWriter {
  private constructor(
    readonly file: string,
    private readonly descriptor: number,
  ) {}

  /** @throws UserError when the folder cannot be written */
  static create(folder: string, timeMs: number): EventFileWriter {
    const seconds = String(Math.floor(timeMs / 1000)).padStart(10, '0');
    const file = path.join(folder, `events.out.tfevents.${seconds}.${hostname().replace(/[^\w.-]/gu, '_')}.${process.pid}`);
    try {
      const writer = new EventFileWriter(file, openSync(file, 'a'));
      writer.append({ wallTime: timeMs / 1000, step: 0, content: { kind: 'version' } });
      return writer;
    } catch (error) {
      throw explainWriteError(error, file);
    }
  }

  /** @throws UserError when the disk is full */
  append(message: EventMessage): void {
    const record = frameRecord(encodeEvent(message));
    try {
      for (let written = 0; written < record.length; ) written += writeSync(this.descriptor, record, written);
    } catch (error) {
      throw explainWriteError(error, this.file);
    }
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
