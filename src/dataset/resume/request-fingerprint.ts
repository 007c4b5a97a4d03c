import { createHash, type Hash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { productVersion } from '../../base/product';
import { photoPath, type PhotoFolder } from '../scan';

/** Counts up when the journal, the spool or the way of making crops changes within a version. */
const workFormat = 2;

/**
 * SHA-256 over everything that the crops depend on: settings, names, sizes and times of the photos, and of the files in
 * `alsoRead`. What an earlier run has made may be used when it is equal.
 */
export async function cropsFingerprint(photos: PhotoFolder, settings: Readonly<Record<string, unknown>>, alsoRead: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([workFormat, productVersion, settings]));
  for (const file of alsoRead) await addFiles(hash, photos.root, [file]);
  for (const identity of photos.identities) {
    hash.update(JSON.stringify(identity.name));
    await addFiles(hash, photos.root, identity.photos.map((photo) => photoPath(identity, photo)));
  }
  return hash.digest('hex');
}

/** SHA-256 over everything that a dataset depends on: the crops and the settings of what comes after. */
export function requestFingerprint(crops: string, settings: Readonly<Record<string, unknown>>): string {
  return createHash('sha256').update(JSON.stringify([crops, settings])).digest('hex');
}

async function addFiles(hash: Hash, folder: string, names: readonly string[]): Promise<void> {
  const found = await Promise.all(names.map((name) => stat(path.join(folder, name)).catch(() => undefined)));
  hash.update(JSON.stringify(names.map((name, i) => [name, found[i]?.size ?? -1, found[i]?.mtimeMs ?? -1])));
}
