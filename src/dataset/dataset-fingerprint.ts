import { createHash } from 'node:crypto';
import type { DatasetRecord } from './dataset-artifact';
import type { RecordIndex } from './tfrecord/record-index';

/** The parts of `dataset.json` that say what the records mean. */
export type DatasetMeaning = Pick<DatasetRecord, 'imageSize' | 'template' | 'landmarks' | 'seed' | 'identities'>;

/**
 * SHA-256 over the meaning of a dataset and the label and checksum of each record in order, as 64 hex digits.
 * It needs only the indexes, so it is checked at every opening.
 */
export function datasetFingerprint(meaning: DatasetMeaning, indexes: readonly RecordIndex[]): string {
  const { imageSize, template, landmarks, seed } = meaning;
  const identities = meaning.identities.map(({ name, images, heldOut }) => [name, images, heldOut]);
  const hash = createHash('sha256');
  hash.update(JSON.stringify({ imageSize, template, landmarks, seed, identities }));
  for (const index of indexes) {
    for (const bytes of index.contentBytes()) hash.update(bytes);
  }
  return hash.digest('hex');
}
