import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../base/user-error';
import { prepareReportSchema, type DatasetRecord, type PrepareReport } from './dataset-artifact';
import { reportFileName } from './artifact-names';
import { readDatasetRecord } from './dataset-reader';

/** What the report of a dataset says of its faces' quality; undefined when it has none, as with datasets of other tools. @throws UserError when it is damaged */
export async function readQuality(folder: string): Promise<PrepareReport['quality']> {
  const file = path.join(folder, reportFileName);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return prepareReportSchema.parse(JSON.parse(text)).quality;
  } catch (error) {
    throw new UserError(`${file} is damaged.`, 'Restore it from a copy, or remove it: the dataset is usable without it.', { cause: error });
  }
}

/** `dataset.json` and `report.json` of a finished dataset. */
export async function readPreparedDataset(folder: string): Promise<{ record: DatasetRecord; report: PrepareReport }> {
  const record = await readDatasetRecord(folder);
  const report = prepareReportSchema.parse(JSON.parse(await readFile(path.join(folder, reportFileName), 'utf8')));
  return { record, report };
}
