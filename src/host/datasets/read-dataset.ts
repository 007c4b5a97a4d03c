import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { datasetFileName } from '../../dataset/artifact-names';
import { datasetRecordSchema } from '../../dataset/dataset-artifact';
import type { BrokenDatasetEntry, DatasetEntry } from './dataset-entries';

/** What `dataset.json` of a prepared dataset says, or why it cannot be read. */
export async function readDataset(folder: string): Promise<DatasetEntry | BrokenDatasetEntry> {
  try {
    const parsed = datasetRecordSchema.safeParse(JSON.parse(await readFile(path.join(folder, datasetFileName), 'utf8')));
    if (parsed.success) return { kind: 'dataset', folder, record: parsed.data };
    return { kind: 'broken', folder, reason: `${datasetFileName}: ${parsed.error.issues[0]?.path.join('.') ?? ''} ${parsed.error.issues[0]?.message ?? ''}` };
  } catch (error) {
    return { kind: 'broken', folder, reason: error instanceof Error ? error.message : String(error) };
  }
}
