import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { prepareReportSchema, reportFileName, type DatasetRecord, type PrepareReport } from './dataset-artifact';
import { readDatasetRecord } from './dataset-reader';

/** `dataset.json` and `report.json` of a finished dataset. */
export async function readPreparedDataset(folder: string): Promise<{ record: DatasetRecord; report: PrepareReport }> {
  const record = await readDatasetRecord(folder);
  const report = prepareReportSchema.parse(JSON.parse(await readFile(path.join(folder, reportFileName), 'utf8')));
  return { record, report };
}
