import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { errorCode, errorText, UserError } from '../base/user-error';
import { datasetRecordSchema, type DatasetRecord } from './dataset-artifact';
import { datasetFileName } from './artifact-names';
import { datasetFingerprint } from './dataset-fingerprint';
import { RecordSubset } from './sampling/record-subset';
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
  /** `read(index).label` without the picture: fast enough for millions. @throws RangeError when `index` is not in 0..count-1 */
  label(index: number): number;
  /** @throws RangeError when `index` is not in 0..count-1; UserError naming file and offset when the record is damaged */
  read(index: number): TrainingImage;
  /** Where image `index` lies, for messages: file and offset. @throws RangeError when `index` is not in 0..count-1 */
  place(index: number): string;
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
    return datasetOf({ folder, record, readers, identityOf: (label) => label });
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

/** Records on disk, and whose they are. */
export interface DatasetParts {
  readonly folder: string;
  readonly record: DatasetRecord;
  /** One for each of the record's shards; the dataset closes them. */
  readonly readers: readonly RecordReader[];
  /** Place in `record.identities` of a record's label; undefined when nobody has it. */
  identityOf(label: number): number | undefined;
}

/**
 * A dataset of opened record files.
 * @throws UserError when a record has a label that no identity has
 */
export function datasetOf(parts: DatasetParts): Dataset {
  return new OpenDataset(parts);
}

class OpenDataset implements Dataset {
  readonly folder: string;
  readonly record: DatasetRecord;
  readonly trainingIdentities: readonly string[];
  readonly heldOut: readonly HeldOutIdentity[];
  private readonly readers: readonly RecordReader[];
  /** Number of the first record of each shard. */
  private readonly shardStarts: readonly number[];
  /** Records of training identities. */
  private readonly trainingRecords: RecordSubset;
  /** Training label of each identity, -1 for held-out ones. */
  private readonly trainingLabels: Int32Array;

  constructor(private readonly parts: DatasetParts) {
    const { folder, record, readers } = parts;
    this.folder = folder;
    this.record = record;
    this.readers = readers;
    this.trainingIdentities = record.identities.filter((identity) => !identity.heldOut).map((identity) => identity.name);
    this.trainingLabels = trainingLabelsOf(record);
    this.shardStarts = startsOf(readers);
    const { training, heldOut } = this.sortRecords();
    this.trainingRecords = training;
    this.heldOut = heldOut;
  }

  get count(): number {
    return this.trainingRecords.count;
  }

  label(index: number): number {
    const { reader, place } = this.locate(this.trainingRecord(index));
    return this.trainingLabelOf(reader.index.label(place));
  }

  read(index: number): TrainingImage {
    const { label, image } = this.readRecord(this.trainingRecord(index));
    return { jpeg: image, label: this.trainingLabelOf(label) };
  }

  place(index: number): string {
    const { reader, place } = this.locate(this.trainingRecord(index));
    return reader.place(place);
  }

  readHeldOut(record: number): Uint8Array {
    return this.readRecord(record).image;
  }

  close(): void {
    for (const reader of this.readers) reader.close();
  }

  private trainingRecord(index: number): number {
    const number = this.trainingRecords.at(index);
    if (number === undefined) throw new RangeError(`training image ${index} of ${this.count}`);
    return number;
  }

  private trainingLabelOf(label: number): number {
    return this.trainingLabels[this.parts.identityOf(label) ?? -1] as number;
  }

  private readRecord(number: number): { label: number; image: Uint8Array } {
    const { reader, place } = this.locate(number);
    return reader.read(place);
  }

  private locate(number: number): { reader: RecordReader; place: number } {
    let low = 0;
    let high = this.shardStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.shardStarts[middle] as number) <= number) low = middle;
      else high = middle - 1;
    }
    const reader = this.readers[low];
    if (!reader) throw new RangeError(`record ${number} of an empty dataset`);
    return { reader, place: number - (this.shardStarts[low] as number) };
  }

  private sortRecords(): { training: RecordSubset; heldOut: HeldOutIdentity[] } {
    const records = new Map<number, number[]>();
    const total = this.readers.reduce((sum, reader) => sum + reader.count, 0);
    let shard = 0;
    const training = new RecordSubset(total, (number) => {
      while (number >= (this.shardStarts[shard + 1] ?? total)) shard++;
      const identity = this.identityOf(this.readers[shard] as RecordReader, number - (this.shardStarts[shard] as number));
      if (this.trainingLabels[identity] !== -1) return true;
      append(records, identity, number);
      return false;
    });
    const heldOut = [...records].sort(([a], [b]) => a - b).map(([identity, numbers]) => ({ identity: this.record.identities[identity]?.name ?? '', records: numbers }));
    return { training, heldOut };
  }

  private identityOf(reader: RecordReader, place: number): number {
    const label = reader.index.label(place);
    const identity = this.parts.identityOf(label);
    if (identity !== undefined && identity < this.trainingLabels.length) return identity;
    throw new UserError(`${reader.file} has the label ${label}, but ${datasetFileName} names ${this.trainingLabels.length} identities.`, 'Prepare the dataset again.');
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
