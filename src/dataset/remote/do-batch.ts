import { access } from 'node:fs/promises';
import { errorCode, UserError } from '../../base/user-error';
import type { CropSettings, PhotoOutcome, PhotoTask } from '../detection/detector-messages';
import { BatchFolder } from './batch-folder';
import { batchIdOf, type PhotoBatch } from './photo-batch';

/** Makes the crops of photos: `CropLane`. */
export interface BatchCropper {
  crop(tasks: readonly PhotoTask[], settings: CropSettings, signal: AbortSignal): Promise<PhotoOutcome[]>;
}

/**
 * A worker's part: makes the crops of a batch and lays them into the shared folder. Doing it twice, or two workers doing it at the same time,
 * is as good as once.
 * @returns false when nobody waits for the result any more
 * @throws UserError when this machine does not see the folder; and as the cropper does
 */
export async function doBatch(batch: PhotoBatch, host: string, cropper: BatchCropper, signal: AbortSignal): Promise<boolean> {
  const folder = new BatchFolder(batch.folder);
  if (!(await folder.isOf(batch.fingerprint))) {
    throw new UserError(`The folder ${batch.folder} of a preparation is not seen on ${host}.`, `Give ${host} the same storage at the same path, or stop its worker; then run the same command again.`);
  }
  const present = await Promise.all(batch.photos.map(({ file }) => isPresent(file)));
  const outcomes = await cropper.crop(batch.photos, batch.settings, signal);
  return folder.write(batchIdOf(batch), {
    host,
    outcomes: batch.photos.map(({ id }, i) => ({ id, outcome: outcomes[i] as PhotoOutcome })),
    missing: batch.photos.filter((_, i) => !present[i]).map(({ id }) => id),
  });
}

async function isPresent(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch (error) {
    return errorCode(error) !== 'ENOENT' && errorCode(error) !== 'ENOTDIR';
  }
}
