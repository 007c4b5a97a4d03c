import path from 'node:path';
import { explainWriteError } from '../base/atomic-file';
import type { ProgressReporter } from '../base/progress';
import { CancelledError, errorCode, throwIfCancelled, UserError } from '../base/user-error';
import { collectCrops, CropTally } from './collect-crops';
import { cropRuleTitle, defaultCropRule, type CropRule } from './crop-rule';
import type { DatasetRecord, PrepareReport } from './dataset-artifact';
import { readPreparedDataset } from './dataset-report';
import type { SeveralFacesRule } from './detection/choose-face';
import type { CropService } from './detection/crop-service';
import type { DetectorName } from './detection/face-detector';
import { sidecarFileName } from './detection/landmark-sidecar';
import type { HoldOutWish } from './hold-out';
import { previewPolicy } from './policy/image-plan';
import { mayKeep, type Policy } from './policy/policy';
import { presetPolicy } from './policy/presets';
import { checkTarget, estimateBytes, requireDiskSpace } from './prepare-target';
import { MeasureTable } from './quality/measure-table';
import type { QualityWish } from './quality/quality-limits';
import { cropsFingerprint, requestFingerprint } from './resume/request-fingerprint';
import { ResumableSpool } from './resume/resumable-spool';
import { publishedRequest, workFolderBytes, WorkFolder } from './resume/work-folder';
import { applyLeaveOut, leaveOutListOf } from './quarantine';
import { photoPath, requireSeveralIdentities, type PhotoFolder } from './scan';
import { openPhotoFolder, photoRoot } from './sources/open-photo-folder';
import { policyDropsAll, writeDataset } from './write-dataset';

/** In the work folder; made anew from the journal by each run. */
const measuresFileName = 'faces.measures';

export interface PrepareOptions {
  /** Folder with one folder of photos per identity, or a list of photos with labels (`sources/photo-list.ts`). */
  readonly photos: string;
  /** Folder of the photos that a list names. Default: the folder of the list. */
  readonly root?: string;
  /** `labels.csv` with the names of a list's labels. Default: the one beside the list, if there is one. */
  readonly labels?: string;
  /** Dataset folder to make. */
  readonly out: string;
  /** Side of the crops in pixels, 16..512. Default 112. */
  readonly size?: number;
  /** Decides the held-out identities, what a policy draws and the order of records. Default 0. */
  readonly seed?: number;
  readonly holdOut?: HoldOutWish;
  /** What is done to people by their number of images. Default: every image once. */
  readonly policy?: Policy;
  /** Who makes the crops. Default: detector processes of this machine. */
  readonly crops?: CropService;
  /** Detector processes of this machine. Default: one per core. */
  readonly workers?: number;
  /** Detect faces even where the photo folder has known landmarks. */
  readonly detect?: boolean;
  /** Whose networks find the faces. Default: face-api. */
  readonly detector?: DetectorName;
  /** How the crops are cut. Default: aligned to the ArcFace template. */
  readonly crop?: CropRule;
  readonly severalFaces?: SeveralFacesRule;
  /** Faces that are smaller in the photo (side of the square that becomes the crop, in pixels) are dropped. Default 24. */
  readonly minFacePixels?: number;
  /** Faces that break one of these limits are dropped. Default: none. */
  readonly quality?: QualityWish;
  /** Identities with fewer images are dropped. Default 1. */
  readonly minImages?: number;
  /** List of photos to leave out; by default `leave-out.txt` in the photo folder, if there is one. */
  readonly leaveOut?: string;
  /** Replace an existing dataset. */
  readonly overwrite?: boolean;
  /** Begin again, even when an interrupted run could be continued. */
  readonly fresh?: boolean;
  readonly progress?: ProgressReporter;
  readonly signal?: AbortSignal;
  /** Bundle of the detector worker; default: the product's. */
  readonly workerFile?: string;
}

export interface PreparedDataset {
  readonly record: DatasetRecord;
  readonly report: PrepareReport;
}

/**
 * Photos to dataset: finds and aligns one face per photo, applies the policy, chooses the held-out identities and writes the
 * crops in random order. The same photos, options and seed give the same records, byte for byte, for any number of workers and
 * whether or not the run was interrupted. The folder appears when it is complete. A run that is cancelled, killed or stopped by
 * a full disk is continued by the next with the same photos and options; one that fails by its input leaves nothing behind.
 * @throws UserError for unsuitable photos or target; CancelledError
 */
export async function prepareDataset(options: PrepareOptions): Promise<PreparedDataset> {
  const startMs = performance.now();
  const { out, overwrite = false, fresh = false, signal } = options;
  const root = await photoRoot(options.photos, options.root);
  const published = fresh ? undefined : await publishedRequest(out);
  if (published === undefined) await checkTarget(root, out, overwrite);
  const photos = await wantedPhotoFolder(options);
  requireSeveralIdentities(photos);
  const request = await requestOf(photos, options);
  if (published !== undefined && published !== request.whole) await checkTarget(root, out, overwrite);
  requireKeptPeople(photos, request.policy);
  throwIfCancelled(signal, 'The preparation');
  if (published !== request.whole) await requireDiskSpace(out, await neededBytes(photos, request.policy, options));
  const work = await WorkFolder.open(out, fresh);
  try {
    return await (published === request.whole ? finishPublished(work, out) : prepareIn(work, { photos, request, options, startMs }));
  } finally {
    await work.release();
  }
}

/** The photo folder without what its list leaves out. */
async function wantedPhotoFolder({ photos, root, labels, leaveOut }: PrepareOptions): Promise<PhotoFolder> {
  const folder = await openPhotoFolder(photos, { ...(root !== undefined && { root }), ...(labels !== undefined && { labels }) });
  const list = await leaveOutListOf(folder.root, leaveOut);
  return list ? applyLeaveOut(folder, list) : folder;
}

/** What a run is asked for. Fingerprints say what of an earlier run can be used. */
interface Request {
  readonly policy: Policy;
  readonly crops: string;
  readonly whole: string;
}

async function requestOf(photos: PhotoFolder, options: PrepareOptions): Promise<Request> {
  const { size = 112, detector = 'face-api', severalFaces = 'centre', minFacePixels = 24, detect = false, crop = defaultCropRule, seed = 0, minImages = 1, holdOut = { kind: 'default' }, quality = {} } = options;
  const policy = options.policy ?? (presetPolicy('none') as Policy);
  const crops = await cropsFingerprint(photos, { size, detector, severalFaces, minFacePixels, detect, crop: cropRuleTitle(crop) }, detect ? [] : [sidecarFileName]);
  return { policy, crops, whole: requestFingerprint(crops, { seed, minImages, holdOut, policy, quality }) };
}

/** A run that was killed after it had put the dataset in its place. */
async function finishPublished(work: WorkFolder, out: string): Promise<PreparedDataset> {
  const prepared = await readPreparedDataset(out);
  await work.discard();
  return prepared;
}

interface Preparation {
  readonly photos: PhotoFolder;
  readonly request: Request;
  readonly options: PrepareOptions;
  readonly startMs: number;
}

async function prepareIn(work: WorkFolder, preparation: Preparation): Promise<PreparedDataset> {
  const { request, options } = preparation;
  const state = { decidedPhotos: 0, allDecided: false };
  try {
    const prepared = await fill(work, preparation, state);
    throwIfCancelled(options.signal, 'The preparation');
    await work.publish(request.whole);
    return prepared;
  } catch (error) {
    const failure = explainWriteError(error, options.out);
    const isByInput = state.allDecided && failure instanceof UserError && errorCode(failure.cause) === undefined;
    if (isByInput || state.decidedPhotos === 0) {
      await work.discard();
      throw failure;
    }
    throw withKeptWork(failure, state.decidedPhotos);
  }
}

async function fill(work: WorkFolder, preparation: Preparation, state: { decidedPhotos: number; allDecided: boolean }): Promise<PreparedDataset> {
  const table = new MeasureTable(path.join(work.folder, measuresFileName), preparation.photos.photoCount);
  try {
    return await fillWith(table, work, preparation, state);
  } finally {
    table.close();
  }
}

async function fillWith(table: MeasureTable, work: WorkFolder, { photos, request, options, startMs }: Preparation, state: { decidedPhotos: number; allDecided: boolean }): Promise<PreparedDataset> {
  const wanted = wantedPhotos(photos, request.policy);
  const isWanted = (photo: number): boolean => wanted[photo] === 1;
  const photoName = photoNamer(photos);
  const tally = new CropTally(photoName, table, options.quality ?? {});
  let resumedPhotos = 0;
  const spool = await ResumableSpool.open(work.folder, request.crops, photos.photoCount, (photo, note) => {
    if (!isWanted(photo)) return;
    tally.add(photo, note);
    resumedPhotos++;
  });
  try {
    await collectCrops(photos, isWanted, { spool, tally, fingerprint: request.crops, workFolder: work.folder }, options).finally(() => (state.decidedPhotos = spool.decidedCount));
    state.allDecided = true;
    const folder = await work.resultFolder(request.whole);
    return await writeDataset(folder, { photos, isWanted, photoName, policy: request.policy, spool, tally, table, options, resumedPhotos, startMs });
  } finally {
    spool.close();
  }
}

/** Marks the photos of people who may stay: the others need no look at their faces. */
function wantedPhotos(photos: PhotoFolder, policy: Policy): Uint8Array {
  const wanted = new Uint8Array(photos.photoCount);
  let first = 0;
  for (const { photos: files } of photos.identities) {
    if (mayKeep(policy, files.length)) wanted.fill(1, first, first + files.length);
    first += files.length;
  }
  return wanted;
}

/** Names photos by their number in the scan, relative to the root. */
function photoNamer({ identities }: PhotoFolder): (photo: number) => string {
  const firsts = new Float64Array(identities.length);
  identities.forEach(({ photos }, i) => (firsts[i + 1] = (firsts[i] ?? 0) + photos.length));
  return (photo) => {
    let low = 0;
    for (let high = identities.length; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if ((firsts[middle] ?? 0) <= photo) low = middle;
      else high = middle;
    }
    const identity = identities[low];
    return identity ? photoPath(identity, identity.photos[photo - (firsts[low] ?? 0)] ?? '') : '';
  };
}

/** A policy that keeps nobody is told before the faces are searched for. */
function requireKeptPeople(photos: PhotoFolder, policy: Policy): void {
  if (photos.identities.some((identity) => mayKeep(policy, identity.photos.length))) return;
  throw policyDropsAll(policy, photos.identities.map((identity) => identity.photos.length));
}

async function neededBytes(photos: PhotoFolder, policy: Policy, { size = 112, out, fresh = false }: PrepareOptions): Promise<number> {
  const effects = previewPolicy(policy, photos.identities.map((identity) => identity.photos.length));
  const copies = effects.reduce((sum, { photos: before, images }) => sum + Math.max(0, images - before), 0);
  const needed = estimateBytes(photos.photoCount, size, copies);
  return fresh ? needed : needed - (await workFolderBytes(out));
}

function withKeptWork(error: unknown, decidedPhotos: number): unknown {
  const kept = `${decidedPhotos} photos are done and kept: the same command continues, and with --fresh it begins again.`;
  if (error instanceof UserError) return new UserError(error.message, `${error.action} ${kept}`, { cause: error.cause });
  if (!(error instanceof CancelledError)) return error;
  const cancelled = new CancelledError('The preparation');
  cancelled.message += ` ${kept}`;
  return cancelled;
}
