import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { errorCode, errorText, UserError } from '../base/user-error';
import { datasetFileName, datasetRecordSchema, type DatasetRecord } from './dataset-artifact';
import { datasetFingerprint } from './dataset-fingerprint';
import { RecordReader } from './tfrecord/record-reader';

/** One crop for training. */
export interface TrainingImage {
  /** The crop as JPEG, `imageSize` x `imageSize`; the caller owns it. */
  readonly jpeg: Uint8Array;
  /** Index into `trainingIdentities`. */
  readonly label: number;
}

/** One identity that is kept for verification. */
export interface HeldOutIdentity {
  readonly identity: string;
  /** Numbers to give to `readHeldOut`. */
  readonly records: readonly number[];
}

/** A prepared dataset, opened for reading. Reads are synchronous: one positioned read each. */
export interface Dataset {
  readonly folder: string;
  readonly record: DatasetRecord;
  /** Number of training images; `read` takes 0..count-1. Images of held-out identities are not among them. */
  readonly count: number;
  /** Names of the training identities; labels count through this list. */
  readonly trainingIdentities: readonly string[];
  readonly heldOut: readonly HeldOutIdentity[];
  /** @throws RangeError when `index` is not in 0..count-1; UserError naming file and offset when the record is damaged */
  read(index: number): TrainingImage;
  /** The crop as JPEG. @throws as `read` */
  readHeldOut(record: number): Uint8Array;
  /** Closes the files. Safe to call twice. */
  close(): void;
}

/**
 * Opens a dataset folder and checks that its parts belong together.
 * @throws UserError naming the file (and field) that is missing, damaged or does not belong
 */
export async function openDataset(folder: string): Promise<Dataset> {
  const record = await readDatasetRecord(folder);
  const readers: RecordReader[] = [];
  try {
    for (const shard of record.shards) readers.push(await RecordReader.open(path.join(folder, shard.file)));
    checkParts(folder, record, readers);
    return new OpenDataset(folder, record, readers);
  } catch (error) {
    for (const reader of readers) reader.close();
    throw error;
  }
}

/**
 * `dataset.json` of a dataset folder.
 * @throws UserError when it is missing, no JSON, or has a wrong field
 */
export async function readDatasetRecord(folder: string): Promise<DatasetRecord> {
  const file = path.join(folder, datasetFileName);
  try {
    return datasetRecordSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') {
      throw new UserError(`${folder} is not a dataset: it has no ${datasetFileName}.`, 'Make one with `mobilefacenet dataset prepare PHOTOS --out DATASET`.', { cause: error });
    }
    if (error instanceof z.ZodError) {
      const issue = error.issues[0];
      throw new UserError(`${file} has a wrong field "${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'invalid'}.`, 'Prepare the dataset again with this version.', { cause: error });
    }
    throw new UserError(`${file} cannot be read: ${errorText(error)}`, 'Restore it from a copy or prepare the dataset again.', { cause: error });
  }
}

function checkParts(folder: string, record: DatasetRecord, readers: readonly RecordReader[]): void {
  const remedy = 'Restore the files from a copy or prepare the dataset again.';
  record.shards.forEach((shard, i) => {
    const found = readers[i]?.count;
    if (found === shard.records) return;
    throw new UserError(`${path.join(folder, shard.file)} holds ${found} records, but ${datasetFileName} says ${shard.records}.`, remedy);
  });
  const fingerprint = datasetFingerprint(record, readers.map((reader) => reader.index));
  if (fingerprint === record.fingerprint) return;
  throw new UserError(`The records in ${folder} do not belong to its ${datasetFileName}: the fingerprint differs.`, remedy);
}

class OpenDataset implements Dataset {
  readonly trainingIdentities: readonly string[];
  readonly heldOut: readonly HeldOutIdentity[];
  /** Number of the first record of each shard. */
  private readonly shardStarts: readonly number[];
  /** Record number of each training image. */
  private readonly trainingRecords: Uint32Array;
  /** Training label of each dataset label, -1 for held-out identities. */
  private readonly trainingLabels: Int32Array;

  constructor(
    readonly folder: string,
    readonly record: DatasetRecord,
    private readonly readers: readonly RecordReader[],
  ) {
    this.trainingIdentities = record.identities.filter((identity) => !identity.heldOut).map((identity) => identity.name);
    this.trainingLabels = trainingLabelsOf(record);
    this.shardStarts = startsOf(readers);
    const { training, heldOut } = this.sortRecords();
    this.trainingRecords = training;
    this.heldOut = heldOut;
  }

  get count(): number {
    return this.trainingRecords.length;
  }

  read(index: number): TrainingImage {
    const number = this.trainingRecords[index];
    if (number === undefined) throw new RangeError(`training image ${index} of ${this.count}`);
    const { label, image } = this.readRecord(number);
    return { jpeg: image, label: this.trainingLabels[label] as number };
  }

  readHeldOut(record: number): Uint8Array {
    return this.readRecord(record).image;
  }

  close(): void {
    for (const reader of this.readers) reader.close();
  }

  private readRecord(number: number): { label: number; image: Uint8Array } {
    const { reader, first } = this.shardOf(number);
    return reader.read(number - first);
  }

  private shardOf(number: number): { reader: RecordReader; first: number } {
    let low = 0;
    let high = this.shardStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.shardStarts[middle] as number) <= number) low = middle;
      else high = middle - 1;
    }
    const reader = this.readers[low];
    if (!reader) throw new RangeError(`record ${number} of an empty dataset`);
    return { reader, first: this.shardStarts[low] as number };
  }

  private sortRecords(): { training: Uint32Array; heldOut: HeldOutIdentity[] } {
    const training = new Uint32Array(this.readers.reduce((sum, reader) => sum + reader.count, 0));
    const records = new Map<number, number[]>();
    let count = 0;
    let number = 0;
    for (const reader of this.readers) {
      for (let i = 0; i < reader.count; i++, number++) {
        const label = reader.index.label(i);
        if (this.trainingLabels[label] === undefined) {
          throw new UserError(`${reader.file} has the label ${label}, but ${datasetFileName} names ${this.trainingLabels.length} identities.`, 'Prepare the dataset again.');
        }
        if (this.trainingLabels[label] !== -1) training[count++] = number;
        else append(records, label, number);
      }
    }
    const heldOut = [...records].sort(([a], [b]) => a - b).map(([label, numbers]) => ({ identity: this.record.identities[label]?.name ?? '', records: numbers }));
    return { training: training.subarray(0, count), heldOut };
  }
}

function append(lists: Map<number, number[]>, key: number, value: number): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

function trainingLabelsOf(record: DatasetRecord): Int32Array {
  let next = 0;
  return Int32Array.from(record.identities, (identity) => (identity.heldOut ? -1 : next++));
}

function startsOf(readers: readonly RecordReader[]): number[] {
  let start = 0;
  return readers.map((reader) => {
    const first = start;
    start += reader.count;
    return first;
  });
}
