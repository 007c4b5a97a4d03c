import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { freeDiskBytes } from '../base/atomic-file';
import { errorCode, UserError } from '../base/user-error';
import { datasetFileName } from './artifact-names';

/**
 * Makes sure that a new dataset may take the place `out`.
 * @throws UserError when something is there that must not be replaced, or when photos and dataset would lie in each other
 */
export async function checkTarget(photos: string, out: string, overwrite: boolean): Promise<void> {
  if (contains(photos, out) || contains(out, photos)) {
    throw new UserError(`The dataset folder ${out} and the photo folder ${photos} must not lie in each other.`, 'Choose another folder for the dataset.');
  }
  const names = await listNames(out);
  if (names === undefined || names.length === 0) return;
  if (!names.includes(datasetFileName)) {
    throw new UserError(`${out} exists and is not a dataset.`, 'Choose a new folder: only a dataset is ever replaced.');
  }
  if (!overwrite) throw new UserError(`${out} is a dataset already.`, 'Choose another folder, or add --overwrite to replace it.');
}

/**
 * Makes sure that the disk has room.
 * @param measure free bytes on the disk of a folder
 * @throws UserError with both sizes when it has not
 */
export async function requireDiskSpace(out: string, neededBytes: number, measure: (folder: string) => Promise<number> = freeDiskBytes): Promise<void> {
  const freeBytes = await measure(out);
  if (freeBytes >= neededBytes) return;
  throw new UserError(
    `The disk of ${out} has ${megabytes(freeBytes)} MB free, but the dataset needs about ${megabytes(neededBytes)} MB while it is made.`,
    'Free some space or choose a folder on another disk.',
  );
}

/** Bytes per pixel of a crop as JPEG of quality 95 (0.4 to 0.55 on photos), and what a record adds. */
const bytesPerPixel = 0.6;
const bytesPerRecord = 256;
/** The same of copies with noise, which compress badly (measured: 2.2 with Gaussian noise of variance 0.01). */
const bytesPerCopyPixel = 2.3;
/** Crops lie on the disk twice (spool and records), beside a few small files. */
const spoolAndRecord = 2;
const smallFilesBytes = 1024 * 1024;

/** Upper estimate of the space that a preparation takes while it runs. `copyCount`: images that a policy adds. */
export function estimateBytes(photoCount: number, size: number, copyCount = 0): number {
  const photoBytes = photoCount * spoolAndRecord * (size * size * bytesPerPixel + bytesPerRecord);
  const copyBytes = copyCount * (size * size * bytesPerCopyPixel + bytesPerRecord);
  return Math.ceil(smallFilesBytes + photoBytes + copyBytes);
}

function contains(outer: string, inner: string): boolean {
  const relative = path.relative(path.resolve(outer), path.resolve(inner));
  return relative === '' || (relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative));
}

async function listNames(folder: string): Promise<string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    if (errorCode(error) === 'ENOTDIR') throw new UserError(`${fileInTheWay(folder)} is a file.`, 'Choose a new folder for the dataset.', { cause: error });
    throw error;
  }
}

/** The part of a path that is a file where a folder is needed. */
function fileInTheWay(target: string): string {
  let place = target;
  while (!existsSync(place)) place = path.dirname(place);
  return place;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
