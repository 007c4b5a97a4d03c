import * as path from 'node:path';
import { readDatasetRecord } from '../../dataset/dataset-reader';
import { labelsFileName, readLabelsIfPresent } from '../../dataset/sources/labels-file';
import type { NameOfLabel } from './record-tiles';

/** Names of a record file's labels: from the dataset that it is part of, else from `labels.csv` beside it. */
export async function labelNames(recordFile: string): Promise<NameOfLabel> {
  const folder = path.dirname(recordFile);
  const dataset = await readDatasetRecord(folder).catch(() => undefined);
  if (dataset?.shards.some(({ file }) => file === path.basename(recordFile))) return (label) => dataset.identities[label]?.name;
  const names = await readLabelsIfPresent(path.join(folder, labelsFileName)).catch(() => undefined);
  return (label) => names?.get(label);
}
