import { rm } from 'node:fs/promises';
import path from 'node:path';
import { writeFolderAtomic, writeJsonAtomic } from '../base/atomic-file';
import { productVersion } from '../base/product';
import { silentProgress, type ProgressReporter } from '../base/progress';
import { SeededRandom } from '../base/random';
import { throwIfCancelled, UserError } from '../base/user-error';
import { templateName } from './align';
import { CropSpool } from './crop-spool';
import { datasetFileName, reportFileName, type DatasetRecord, type PrepareReport } from './dataset-artifact';
import { datasetFingerprint } from './dataset-fingerprint';
import type { SeveralFacesRule } from './detection/choose-face';
import { collectCrops, type CollectedCrops } from './collect-crops';
import { chooseHeldOut, type HoldOutWish } from './hold-out';
import { seededPermutation } from './order';
import { checkTarget, estimateBytes, requireDiskSpace } from './prepare-target';
import { requireSeveralIdentities, scanPhotos, type PhotoFolder } from './scan';
import { writeShards, type WrittenShard } from './write-shards';

export interface PrepareOptions {
  /** Folder with one folder of photos per identity. */
  readonly photos: string;
  /** Dataset folder to make. */
  readonly out: string;
  /** Side of the crops in pixels, 16..512. Default 112. */
  readonly size?: number;
  /** Decides the held-out identities and the order of records. Default 0. */
  readonly seed?: number;
  readonly holdOut?: HoldOutWish;
  /** Detector processes. Default: one per core. */
  readonly workers?: number;
  /** Detect faces even where the photo folder has known landmarks. */
  readonly detect?: boolean;
  readonly severalFaces?: SeveralFacesRule;
  /** Faces that are smaller in the photo (side of the square that becomes the crop, in pixels) are dropped. Default 24. */
  readonly minFacePixels?: number;
  /** Identities with fewer images are dropped. Default 1. */
  readonly minImages?: number;
  /** Replace an existing dataset. */
  readonly overwrite?: boolean;
  readonly progress?: ProgressReporter;
  readonly signal?: AbortSignal;
  /** Bundle of the detector worker; default: the product's. */
  readonly workerFile?: string;
}

export interface PreparedDataset {
  readonly record: DatasetRecord;
  readonly report: PrepareReport;
}

const spoolFileName = 'crops.spool';

/**
 * Photos to dataset: finds and aligns one face per photo, chooses the held-out identities and writes the crops in random order.
 * The same photos, options and seed give the same records, byte for byte, for any number of workers. The folder appears when it is
 * complete; failure and cancellation leave nothing behind.
 * @throws UserError for unsuitable photos or target; CancelledError
 */
export async function prepareDataset(options: PrepareOptions): Promise<PreparedDataset> {
  const startMs = performance.now();
  const { photos, out, size = 112, overwrite = false, signal } = options;
  await checkTarget(photos, out, overwrite);
  const folder = await scanPhotos(photos);
  requireSeveralIdentities(folder);
  await requireDiskSpace(out, estimateBytes(folder.photoCount, size));
  let prepared: PreparedDataset | undefined;
  await writeFolderAtomic(out, async (temporary) => {
    const spoolFile = path.join(temporary, spoolFileName);
    const spool = new CropSpool(spoolFile, folder.photoCount);
    try {
      const collected = await collectCrops(folder, spool, options);
      requireFaces(folder, collected);
      prepared = await writeDataset(temporary, { photos: folder, spool, collected, options, startMs });
    } finally {
      spool.close();
    }
    await rm(spoolFile);
    throwIfCancelled(signal, 'The preparation');
  });
  if (!prepared) throw new Error('the dataset folder was not filled');
  return prepared;
}

/** A preparation whose crops are in the spool. */
interface Preparation {
  readonly photos: PhotoFolder;
  readonly spool: CropSpool;
  readonly collected: CollectedCrops;
  readonly options: PrepareOptions;
  readonly startMs: number;
}

async function writeDataset(folder: string, preparation: Preparation): Promise<PreparedDataset> {
  const { photos, spool, collected, options } = preparation;
  const { size = 112, seed = 0, holdOut = { kind: 'default' } } = options;
  const kept = keepIdentities(photos, spool, options.minImages ?? 1);
  const counts = kept.identities.map(({ name, photoNumbers }) => ({ name, images: photoNumbers.length }));
  const heldOutNames = chooseHeldOut(counts, holdOut, seed);
  const identities = counts.map((identity) => ({ ...identity, heldOut: heldOutNames.has(identity.name) }));
  const shards = await writeRecords(folder, spool, kept.identities, options);
  const images = counts.reduce((sum, identity) => sum + identity.images, 0);
  const meaning = { imageSize: size, template: templateName, landmarks: landmarkNameOf(collected), seed, identities };
  const record: DatasetRecord = {
    format: 1,
    toolVersion: productVersion,
    createdAt: new Date().toISOString(),
    fingerprint: datasetFingerprint(meaning, shards.map((shard) => shard.index)),
    ...meaning,
    shards: shards.map(({ file, index }) => ({ file, records: index.count })),
    images,
  };
  const report = reportOf(preparation, kept, images);
  await writeJsonAtomic(path.join(folder, reportFileName), report);
  await writeJsonAtomic(path.join(folder, datasetFileName), record);
  return { record, report };
}

interface KeptIdentity {
  readonly name: string;
  /** Numbers of its photos that have a crop. */
  readonly photoNumbers: readonly number[];
}

interface KeptIdentities {
  readonly identities: readonly KeptIdentity[];
  readonly droppedIdentities: readonly string[];
  /** Photos with a crop whose identity has too few. */
  readonly droppedPhotos: readonly string[];
}

/** Identities with enough crops; photos are numbered through all identities in the order of the scan. */
function keepIdentities(photos: PhotoFolder, spool: CropSpool, minImages: number): KeptIdentities {
  const identities: KeptIdentity[] = [];
  const droppedIdentities: string[] = [];
  const droppedPhotos: string[] = [];
  let first = 0;
  for (const identity of photos.identities) {
    const photoNumbers = identity.photos.map((_, i) => first + i).filter((photo) => spool.has(photo));
    if (photoNumbers.length >= Math.max(1, minImages)) {
      identities.push({ name: identity.name, photoNumbers });
    } else {
      droppedIdentities.push(identity.name);
      droppedPhotos.push(...photoNumbers.map((photo) => `${identity.name}/${identity.photos[photo - first] ?? ''}`));
    }
    first += identity.photos.length;
  }
  return { identities, droppedIdentities, droppedPhotos };
}

async function writeRecords(folder: string, spool: CropSpool, identities: readonly KeptIdentity[], options: PrepareOptions): Promise<WrittenShard[]> {
  const { size = 112, seed = 0, progress = silentProgress, signal } = options;
  const photoNumbers = identities.flatMap((identity) => identity.photoNumbers);
  const labels = identities.flatMap((identity, label) => identity.photoNumbers.map(() => label));
  const order = seededPermutation(new SeededRandom(seed, 'records'), photoNumbers.length);
  const recordAt = (position: number) => {
    const i = order[position] as number;
    return { height: size, width: size, depth: 3, label: labels[i] as number, image: spool.get(photoNumbers[i] as number) };
  };
  return writeShards(folder, photoNumbers.length, recordAt, (done) => {
    throwIfCancelled(signal, 'The preparation');
    progress.report({ label: 'Writing records', done, total: photoNumbers.length, unit: 'images' });
  });
}

function requireFaces(photos: PhotoFolder, { foundBy, dropped }: CollectedCrops): void {
  if (foundBy.size > 0) return;
  const [first] = dropped;
  if (dropped.every((drop) => drop.reason === 'unreadable')) {
    throw new UserError(`None of the ${photos.photoCount} photos in ${photos.root} can be read; ${first?.photo ?? ''}: ${first?.detail ?? ''}.`, 'Use JPEG, PNG, WebP, TIFF, AVIF, PGM or PPM files.');
  }
  throw new UserError(`No face was found in any of the ${photos.photoCount} photos in ${photos.root}.`, 'Use photos that show a face from the front, at least 40 pixels wide.');
}

function landmarkNameOf({ foundBy }: CollectedCrops): string {
  const names = new Set([...foundBy.keys()].map((source) => (source === 'sidecar' ? 'sidecar' : 'face-api')));
  return [...names].sort().join('+');
}

function reportOf({ photos, collected, startMs }: Preparation, kept: KeptIdentities, images: number): PrepareReport {
  const seconds = (performance.now() - startMs) / 1000;
  const tooFew = kept.droppedPhotos.map((photo) => ({ photo, reason: 'identity-too-small' as const }));
  return {
    format: 1,
    photosFound: photos.photoCount,
    facesFound: [...collected.foundBy.values()].reduce((sum, count) => sum + count, 0),
    imagesWritten: images,
    dropped: [...collected.dropped, ...tooFew],
    droppedIdentities: [...kept.droppedIdentities],
    seconds,
    photosPerSecond: photos.photoCount / seconds,
    foundBy: Object.fromEntries([...collected.foundBy].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
