import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { prepareReportSchema, reportFileName, type DatasetRecord, type PrepareReport } from './dataset-artifact';
import { readDatasetRecord } from './dataset-reader';

/** What the report of a dataset says of its faces' quality; undefined when it has none, as with datasets of other tools. */
export async function readQuality(folder: string): Promise<PrepareReport['quality']> {
  const text = await readFile(path.join(folder, reportFileName), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : prepareReportSchema.parse(JSON.parse(text)).quality;
}

/** `dataset.json` and `report.json` of a finished dataset. */
export async function readPreparedDataset(folder: string): Promise<{ record: DatasetRecord; report: PrepareReport }> {
  const record = await readDatasetRecord(folder);
  const report = prepareReportSchema.parse(JSON.parse(await readFile(path.join(folder, reportFileName), 'utf8')));
  return { record, report };
}
