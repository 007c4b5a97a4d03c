import path from 'node:path';
import * as z from 'zod';
import { silentProgress, type ProgressReporter } from '../base/progress';
import type { FivePoints } from './align';
import { dropReasonSchema, type PrepareReport } from './dataset-artifact';
import type { SeveralFacesRule } from './detection/choose-face';
import { LocalCrops, type CropService } from './detection/crop-service';
import type { PhotoOutcome, PhotoTask } from './detection/detector-messages';
import type { DetectorName } from './detection/face-detector';
import { readLandmarkSidecar } from './detection/landmark-sidecar';
import { faceMeasuresSchema } from './quality/face-measures';
import type { MeasureTable } from './quality/measure-table';
import { findBreach, type QualityWish } from './quality/quality-limits';
import type { ResumableSpool } from './resume/resumable-spool';
import { photoPath, type PhotoFolder } from './scan';
import { defaultCropRule, type CropRule } from './crop-rule';

export interface CollectOptions {
  readonly size?: number;
  /** Who makes the crops. Default: detector processes of this machine. */
  readonly crops?: CropService;
  readonly workers?: number;
  readonly detect?: boolean;
  readonly crop?: CropRule;
  readonly detector?: DetectorName;
  readonly severalFaces?: SeveralFacesRule;
  readonly minFacePixels?: number;
  readonly progress?: ProgressReporter;
  readonly signal?: AbortSignal;
  readonly workerFile?: string;
}

type DroppedPhoto = PrepareReport['dropped'][number];

/** What the journal keeps of a photo's outcome, beside the crop. Without `reason` there is a crop. */
const outcomeNoteSchema = z.object({ reason: dropReasonSchema.optional(), detail: z.string().optional(), foundBy: z.string().optional(), measures: faceMeasuresSchema.optional() });
type OutcomeNote = z.infer<typeof outcomeNoteSchema>;

/** What became of the photos so far, whichever run found it out. */
export class CropTally {
  private readonly droppedByNumber = new Map<number, DroppedPhoto>();
  private readonly counts = new Map<string, number>();

  /**
   * @param photoName names a photo by its number in the scan
   * @param table takes the measures of faces
   * @param wish faces that break a limit are dropped; their crops stay in the spool for a run with other limits
   */
  constructor(
    private readonly photoName: (photo: number) => string,
    private readonly table: MeasureTable,
    private readonly wish: QualityWish,
  ) {}

  /** Photos without a crop, in the order of the scan. */
  get dropped(): DroppedPhoto[] {
    return [...this.droppedByNumber].sort(([a], [b]) => a - b).map(([, drop]) => drop);
  }

  isDropped(photo: number): boolean {
    return this.droppedByNumber.has(photo);
  }

  /** Photos in which a face was found, by what found it. */
  get foundBy(): ReadonlyMap<string, number> {
    return this.counts;
  }

  /**
   * Counts a photo.
   * @throws ZodError when `note` is no note of an outcome
   */
  add(photo: number, note: unknown): void {
    const { reason, detail, foundBy, measures } = outcomeNoteSchema.parse(note);
    if (foundBy !== undefined) this.counts.set(foundBy, (this.counts.get(foundBy) ?? 0) + 1);
    if (measures) this.table.put(photo, measures);
    const breach = measures && findBreach(measures, this.wish);
    if (breach !== undefined) this.droppedByNumber.set(photo, { photo: this.photoName(photo), reason: 'poor-quality', detail: breach });
    if (reason !== undefined) this.droppedByNumber.set(photo, { photo: this.photoName(photo), reason, ...(detail !== undefined && { detail }) });
  }
}

/** Where the crops of a preparation are collected. */
export interface CropStore {
  /** Takes crops under their photo's number in the scan. */
  readonly spool: ResumableSpool;
  readonly tally: CropTally;
  /** See `CropRequest`. */
  readonly fingerprint: string;
  readonly workFolder: string;
}

/** Sends those photos of a scan through the crop service that are wanted and not yet decided. */
export async function collectCrops(folder: PhotoFolder, isWanted: (photo: number) => boolean, { spool, tally, fingerprint, workFolder }: CropStore, options: CollectOptions): Promise<void> {
  const { size = 112, detector = 'face-api', severalFaces = 'centre', minFacePixels = 24, crop = defaultCropRule, progress = silentProgress, signal, crops = new LocalCrops(options) } = options;
  const needsLandmarks = crop.kind === 'similarity' && options.detect !== true;
  const known = !needsLandmarks ? new Map<string, FivePoints>() : await readLandmarkSidecar(folder.root);
  const total = countWanted(folder.photoCount, isWanted);
  const left = countWanted(folder.photoCount, (photo) => isWanted(photo) && !spool.isDecided(photo));
  const startMs = performance.now();
  let done = 0;
  let waitsFor: string | undefined;
  const report = (): void => {
    const rate = (done * 1000) / (performance.now() - startMs);
    const detail = waitsFor ?? (done > 0 ? `${rate.toFixed(1)} photos/s` : undefined);
    progress.report({ label: 'Finding faces', done: total - left + done, total, unit: 'photos', ...(detail !== undefined && { detail }) });
  };
  const onWait = (reason: string | undefined): void => {
    if (reason === undefined && waitsFor === undefined) return;
    waitsFor = reason;
    report();
  };
  report();
  if (left === 0) return;
  const settings = { size, detector, severalFaces, minFacePixels, crop };
  const request = { settings, fingerprint, workFolder, photoCount: folder.photoCount, photosLeft: left, onWait, ...(signal && { signal }) };
  await crops.crop(photoTasks(folder, known, (photo) => isWanted(photo) && !spool.isDecided(photo)), request, (task, outcome) => {
    const note = noteOf(outcome);
    spool.put(task.id, outcome.kind === 'crop' ? outcome.jpeg : undefined, note);
    tally.add(task.id, note);
    done++;
    report();
  });
}

function noteOf(outcome: PhotoOutcome): OutcomeNote {
  if (outcome.kind === 'crop') return { foundBy: outcome.foundBy, measures: outcome.measures };
  const { reason, detail, foundBy } = outcome;
  return { reason, ...(detail !== undefined && { detail }), ...(foundBy !== undefined && { foundBy }) };
}

function countWanted(photoCount: number, isWanted: (photo: number) => boolean): number {
  let count = 0;
  for (let photo = 0; photo < photoCount; photo++) if (isWanted(photo)) count++;
  return count;
}

function* photoTasks(folder: PhotoFolder, known: ReadonlyMap<string, FivePoints>, isAsked: (photo: number) => boolean): Generator<PhotoTask> {
  let id = -1;
  for (const identity of folder.identities) {
    for (const photo of identity.photos) {
      id++;
      if (!isAsked(id)) continue;
      const file = photoPath(identity, photo);
      const landmarks = known.get(file);
      yield { id, file: path.join(folder.root, file), ...(landmarks && { landmarks }) };
    }
  }
}
