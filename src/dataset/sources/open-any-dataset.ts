import { access, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ProgressReporter } from '../../base/progress';
import { datasetFileName } from '../artifact-names';
import { openDataset, type Dataset } from '../dataset-reader';
import { openAlignedFolder } from './aligned-folder';
import type { HoldOutOptions } from './read-as-is';
import { isRecordFile, openRecordFiles } from './record-files';

export interface OpenAnyOptions extends HoldOutOptions {
  /** Side of the crops where the source is a folder of pictures. */
  readonly size?: number;
  /** `labels.csv` where the source is record files. */
  readonly labels?: string;
  readonly progress?: ProgressReporter;
  readonly signal?: AbortSignal;
}

/** The forms that training can read. */
export type DatasetForm = 'dataset' | 'records' | 'aligned-folder';

/** A prepared dataset has a `dataset.json`; record files end in .tfrecord; everything else is taken for a folder of pictures. */
export async function datasetFormOf(location: string): Promise<DatasetForm> {
  const stats = await stat(location).catch(() => undefined);
  if (stats?.isFile() === true) return isRecordFile(location) ? 'records' : 'dataset';
  const names = stats ? await readdir(location) : [];
  if (names.some(isRecordFile)) return (await exists(path.join(location, datasetFileName))) ? 'dataset' : 'records';
  return names.length === 0 || (await exists(path.join(location, datasetFileName))) ? 'dataset' : 'aligned-folder';
}

/** What holds people: photos in a folder or a list, records, or a dataset. A photo folder and an aligned folder look the same; lists are files that are no records. */
export async function sourceFormOf(location: string): Promise<'photos' | 'records' | 'dataset'> {
  const stats = await stat(location).catch(() => undefined);
  const form = await datasetFormOf(location);
  if (form === 'records') return 'records';
  return form === 'dataset' && stats?.isDirectory() === true ? 'dataset' : 'photos';
}

/**
 * Opens whatever training can read. The options only matter where held-out identities and size are not on record.
 * @throws UserError naming what cannot be used; CancelledError
 */
export async function openAnyDataset(location: string, options: OpenAnyOptions = {}): Promise<Dataset> {
  switch (await datasetFormOf(location)) {
    case 'dataset':
      return openDataset(location);
    case 'records':
      return openRecordFiles(location, options);
    case 'aligned-folder':
      return openAlignedFolder(location, options);
  }
}

function exists(file: string): Promise<boolean> {
  return access(file).then(() => true, () => false);
}
