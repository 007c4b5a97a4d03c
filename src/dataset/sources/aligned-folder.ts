import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { productVersion } from '../../base/product';
import { silentProgress, type ProgressReporter } from '../../base/progress';
import { UserError } from '../../base/user-error';
import type { DatasetRecord } from '../dataset-artifact';
import type { Dataset, HeldOutIdentity, TrainingImage } from '../dataset-reader';
import { decodeBytes } from '../photos/decode-photo';
import { requireSeveralIdentities, scanPhotos, type PhotoFolder, type ScanProblem } from '../scan';
import { AlignedPictures } from './aligned-pictures';
import { withHeldOut, type HoldOutOptions } from './read-as-is';

export interface AlignedFolderOptions extends HoldOutOptions {
  /** Side of the crops in pixels; pictures of another size are resized. Default: the height of the first picture. */
  readonly size?: number;
  readonly progress?: ProgressReporter;
  readonly signal?: AbortSignal;
}

/** A folder of aligned pictures as a dataset. */
export interface AlignedFolder extends Dataset {
  /** Pictures that are left out, and why. */
  readonly unreadable: readonly { readonly photo: string; readonly why: string }[];
  /** What the scan passed over. */
  readonly problems: readonly ScanProblem[];
}

/**
 * Opens `<folder>/<identity>/<picture>` with aligned crops for training, without TFRecords. Labels count the folders in sorted
 * order. Each picture is looked at once: JPEG files of the right size are read from the folder when they are wanted; all others are
 * converted now and wait in a temporary file, which is gone after `close`. The fingerprint covers names and file sizes.
 * @throws UserError when the folder holds no usable pictures of at least two people; CancelledError
 */
export async function openAlignedFolder(folder: string, options: AlignedFolderOptions = {}): Promise<AlignedFolder> {
  const scanned = await scanPhotos(folder);
  requireSeveralIdentities(scanned);
  const size = options.size ?? (await firstSize(scanned));
  const pictures = new AlignedPictures(scanned, size);
  try {
    await pictures.look(options.progress ?? silentProgress, options.signal);
    return new OpenAlignedFolder(scanned, pictures, size, options);
  } catch (error) {
    pictures.close();
    throw error;
  }
}

/** Height of the first picture that can be decoded. */
async function firstSize({ root, identities }: PhotoFolder): Promise<number> {
  for (const { name, photos } of identities) {
    for (const photo of photos) {
      const decoded = await readFile(path.join(root, name, photo)).then((bytes) => decodeBytes(bytes)).catch(() => undefined);
      if (decoded) return decoded.image.height;
    }
  }
  throw new UserError(`None of the pictures in ${root} can be read.`, 'See `mobilefacenet dataset check` for the reasons.');
}

class OpenAlignedFolder implements AlignedFolder {
  readonly folder: string;
  readonly record: DatasetRecord;
  readonly count: number;
  readonly trainingIdentities: readonly string[];
  readonly heldOut: readonly HeldOutIdentity[];
  readonly unreadable: AlignedFolder['unreadable'];
  readonly problems: readonly ScanProblem[];
  /** Picture and label of each training image. */
  private readonly trainingPictures: Uint32Array;
  private readonly trainingLabels: Uint32Array;

  constructor(scanned: PhotoFolder, private readonly pictures: AlignedPictures, size: number, options: AlignedFolderOptions) {
    this.folder = scanned.root;
    this.problems = scanned.problems;
    this.unreadable = [...pictures.unreadable].sort(([a], [b]) => a - b).map(([picture, why]) => ({ photo: pictures.nameOf(picture), why }));
    const usable = usablePictures(scanned, pictures);
    const identities = withHeldOut(usable.map(({ name, numbers }) => ({ name, images: numbers.length })), options);
    const training = usable.filter((_, i) => identities[i]?.heldOut === false);
    this.trainingIdentities = training.map(({ name }) => name);
    this.heldOut = usable.filter((_, i) => identities[i]?.heldOut === true).map(({ name, numbers }) => ({ identity: name, records: numbers }));
    this.count = training.reduce((sum, { numbers }) => sum + numbers.length, 0);
    this.trainingPictures = new Uint32Array(this.count);
    this.trainingLabels = new Uint32Array(this.count);
    let next = 0;
    training.forEach(({ numbers }, label) => {
      this.trainingPictures.set(numbers, next);
      this.trainingLabels.fill(label, next, next + numbers.length);
      next += numbers.length;
    });
    this.record = recordOf(usable, pictures, identities, { size, seed: options.seed ?? 0 });
  }

  label(index: number): number {
    const label = this.trainingLabels[index];
    if (label === undefined) throw new RangeError(`training image ${index} of ${this.count}`);
    return label;
  }

  read(index: number): TrainingImage {
    const label = this.label(index);
    return { jpeg: this.pictures.read(this.trainingPictures[index] as number), label };
  }

  place(index: number): string {
    const picture = this.trainingPictures[index];
    if (picture === undefined) throw new RangeError(`training image ${index} of ${this.count}`);
    return path.join(this.folder, this.pictures.nameOf(picture));
  }

  readHeldOut(record: number): Uint8Array {
    return this.pictures.read(record);
  }

  close(): void {
    this.pictures.close();
  }
}

interface UsableIdentity {
  readonly name: string;
  /** Numbers of its pictures. */
  readonly numbers: readonly number[];
}

function usablePictures({ identities }: PhotoFolder, pictures: AlignedPictures): UsableIdentity[] {
  return identities
    .map(({ name, photos }, i) => {
      const first = pictures.firsts[i] as number;
      return { name, numbers: photos.map((_, photo) => first + photo).filter((picture) => !pictures.unreadable.has(picture)) };
    })
    .filter(({ numbers }) => numbers.length > 0);
}

function recordOf(usable: readonly UsableIdentity[], pictures: AlignedPictures, identities: DatasetRecord['identities'], { size, seed }: { size: number; seed: number }): DatasetRecord {
  const hash = createHash('sha256');
  hash.update(JSON.stringify({ size, seed, identities }));
  for (const { numbers } of usable) {
    for (const picture of numbers) hash.update(`${pictures.nameOf(picture)}\0${pictures.fileBytes[picture]}\n`);
  }
  return {
    format: 1,
    toolVersion: productVersion,
    createdAt: new Date().toISOString(),
    fingerprint: hash.digest('hex'),
    imageSize: size,
    template: 'unknown',
    landmarks: 'unknown',
    seed,
    identities,
    shards: [],
    images: usable.reduce((sum, { numbers }) => sum + numbers.length, 0),
  };
}
