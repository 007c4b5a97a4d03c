import path from 'node:path';
import { silentProgress, type ProgressReporter } from '../base/progress';
import type { FivePoints } from './align';
import type { CropSpool } from './crop-spool';
import type { PrepareReport } from './dataset-artifact';
import type { SeveralFacesRule } from './detection/choose-face';
import type { LandmarkSource, PhotoOutcome, PhotoTask } from './detection/detector-messages';
import { cropPhotos } from './detection/detector-pool';
import { readLandmarkSidecar } from './detection/landmark-sidecar';
import type { PhotoFolder } from './scan';

export interface CollectOptions {
  readonly size?: number;
  readonly workers?: number;
  readonly detect?: boolean;
  readonly severalFaces?: SeveralFacesRule;
  readonly minFacePixels?: number;
  readonly progress?: ProgressReporter;
  readonly signal?: AbortSignal;
  readonly workerFile?: string;
}

type DroppedPhoto = PrepareReport['dropped'][number];

export interface CollectedCrops {
  /** Photos without a crop, in the order of the scan. */
  readonly dropped: readonly DroppedPhoto[];
  /** Photos in which a face was found, by what found it. */
  readonly foundBy: ReadonlyMap<LandmarkSource, number>;
}

/** Sends every photo of a scan through the detector workers; the crops go to `spool` under the photo's number in the scan. */
export async function collectCrops(folder: PhotoFolder, spool: CropSpool, options: CollectOptions): Promise<CollectedCrops> {
  const { size = 112, severalFaces = 'centre', minFacePixels = 24, progress = silentProgress, workers, signal, workerFile } = options;
  const known = options.detect === true ? new Map<string, FivePoints>() : await readLandmarkSidecar(folder.root);
  const dropped = new Map<number, DroppedPhoto>();
  const foundBy = new Map<LandmarkSource, number>();
  const startMs = performance.now();
  let done = 0;
  const take = (task: PhotoTask, outcome: PhotoOutcome): void => {
    if (outcome.foundBy) foundBy.set(outcome.foundBy, (foundBy.get(outcome.foundBy) ?? 0) + 1);
    if (outcome.kind === 'crop') spool.put(task.id, outcome.jpeg);
    else dropped.set(task.id, droppedPhoto(folder, task, outcome));
    done++;
    const rate = (done * 1000) / (performance.now() - startMs);
    progress.report({ label: 'Finding faces', done, total: folder.photoCount, unit: 'photos', detail: `${rate.toFixed(1)} photos/s` });
  };
  progress.report({ label: 'Finding faces', done, total: folder.photoCount, unit: 'photos' });
  const pool = {
    settings: { size, severalFaces, minFacePixels },
    ...(workers !== undefined && { workers: Math.min(workers, folder.photoCount) }),
    ...(signal && { signal }),
    ...(workerFile !== undefined && { workerFile }),
  };
  await cropPhotos(photoTasks(folder, known), pool, take);
  return { dropped: [...dropped].sort(([a], [b]) => a - b).map(([, drop]) => drop), foundBy };
}

function* photoTasks(folder: PhotoFolder, known: ReadonlyMap<string, FivePoints>): Generator<PhotoTask> {
  let id = 0;
  for (const { name, photos } of folder.identities) {
    for (const photo of photos) {
      const landmarks = known.get(`${name}/${photo}`);
      yield { id: id++, file: path.join(folder.root, name, photo), ...(landmarks && { landmarks }) };
    }
  }
}

function droppedPhoto(folder: PhotoFolder, task: PhotoTask, { reason, detail }: Extract<PhotoOutcome, { kind: 'dropped' }>): DroppedPhoto {
  const photo = path.relative(folder.root, task.file).split(path.sep).join('/');
  return { photo, reason, ...(detail !== undefined && { detail }) };
}
