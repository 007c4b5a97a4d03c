import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { productVersion } from '../../base/product';
import { errorCode, UserError } from '../../base/user-error';
import type { DatasetRecord } from '../dataset-artifact';
import { datasetFingerprint } from '../dataset-fingerprint';
import { datasetOf, type Dataset } from '../dataset-reader';
import { readJpegHeader } from '../photos/jpeg-header';
import { compareCodePoints } from '../scan';
import { RecordReader } from '../tfrecord/record-reader';
import { labelsFileName, readLabels, readLabelsIfPresent } from './labels-file';
import { nameOfLabel, withHeldOut, type HoldOutOptions } from './read-as-is';

export interface RecordFilesOptions extends HoldOutOptions {
  /** `labels.csv` with the names of the labels. Default: the one beside the records, if there is one. */
  readonly labels?: string;
}

/** Pictures of each file whose size is looked at. */
const lookedAtPerFile = 16;
const unknown = 'unknown';

/**
 * Opens TFRecord files that came without a `dataset.json`, such as those of the original project's tools, as a dataset. Nothing
 * is copied; an index is written beside each file where the folder allows it. Labels may have gaps; an identity without a name
 * in `labels.csv` is called "label 17". The size is that of the pictures, whatever the records' own height and width say: one
 * of the original's tools stores 112 with pictures of 128 pixels.
 * @param location one TFRecord file, or a folder of them
 * @throws UserError naming the file (and byte) that cannot be used
 */
export async function openRecordFiles(location: string, options: RecordFilesOptions = {}): Promise<Dataset> {
  const { folder, files } = await findRecordFiles(location);
  const readers: RecordReader[] = [];
  try {
    for (const file of files) readers.push(await RecordReader.open(path.join(folder, file)));
    const labels = countLabels(readers);
    if (labels.size === 0) throw new UserError(`${location} holds no records.`, 'Give TFRecord files with pictures.');
    const names = options.labels !== undefined ? await readLabels(options.labels) : await readLabelsIfPresent(path.join(folder, labelsFileName));
    const order = [...labels.keys()].sort((a, b) => a - b);
    const counts = order.map((label) => ({ name: names?.get(label) ?? nameOfLabel(label), images: labels.get(label) ?? 0 }));
    const imageSize = commonSize(readers);
    const record = recordOf(files, readers, { imageSize, seed: options.seed ?? 0, identities: withHeldOut(counts, options) });
    const places = new Map(order.map((label, place) => [label, place]));
    return datasetOf({ folder, record, readers, identityOf: (label) => places.get(label) });
  } catch (error) {
    for (const reader of readers) reader.close();
    throw error;
  }
}

/** Whether a file is taken for TFRecords. */
export function isRecordFile(name: string): boolean {
  return /\.tfrecords?$/iu.test(name);
}

async function findRecordFiles(location: string): Promise<{ folder: string; files: string[] }> {
  try {
    if (!(await stat(location)).isDirectory()) return { folder: path.dirname(location), files: [path.basename(location)] };
    const files = (await readdir(location)).filter(isRecordFile).sort(compareCodePoints);
    if (files.length === 0) throw new UserError(`${location} holds no TFRecord files.`, 'Give a folder with files that end in .tfrecord.');
    return { folder: location, files };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw new UserError(`${location} does not exist.`, 'Give a TFRecord file or a folder of them.', { cause: error });
    if (errorCode(error) === 'EACCES') throw new UserError(`${location} cannot be read: permission denied.`, 'Choose a folder you may read.', { cause: error });
    throw error;
  }
}

function countLabels(readers: readonly RecordReader[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { count, index } of readers) {
    for (let i = 0; i < count; i++) {
      const label = index.label(i);
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
  }
  return counts;
}

function recordOf(files: readonly string[], readers: readonly RecordReader[], known: Pick<DatasetRecord, 'imageSize' | 'seed' | 'identities'>): DatasetRecord {
  const meaning = { ...known, template: unknown, landmarks: unknown };
  return {
    format: 1,
    toolVersion: productVersion,
    createdAt: new Date().toISOString(),
    fingerprint: datasetFingerprint(meaning, readers.map((reader) => reader.index)),
    ...meaning,
    shards: readers.map(({ count }, i) => ({ file: files[i] ?? '', records: count })),
    images: readers.reduce((sum, reader) => sum + reader.count, 0),
  };
}

/** Side of the pictures, from a few of each file. */
function commonSize(readers: readonly RecordReader[]): number {
  let size: number | undefined;
  for (const reader of readers) {
    const step = Math.max(1, Math.floor(reader.count / lookedAtPerFile));
    for (let i = 0; i < reader.count; i += step) {
      const own = sizeOf(reader, i);
      size ??= own;
      if (own !== size) throw new UserError(`Record ${i} of ${reader.file} has a picture of ${own} pixels; others have ${size}.`, 'Write all records with pictures of one size.');
    }
  }
  return size ?? 0;
}

function sizeOf(reader: RecordReader, i: number): number {
  const header = readJpegHeader(reader.read(i).image);
  const where = `Record ${i} of ${reader.file}`;
  if (!header) throw new UserError(`${where} does not hold a JPEG picture.`, 'Write the records again with JPEG pictures as image_raw.');
  if (header.width !== header.height) throw new UserError(`${where} has a picture of ${header.width} x ${header.height} pixels, which is not square.`, 'Write the records again with square crops.');
  return header.width;
}
