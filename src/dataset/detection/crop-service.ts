import type { CropSettings, PhotoOutcome, PhotoTask } from './detector-messages';
import { cropPhotos } from './detector-pool';

/** What a preparation asks of its crop service. */
export interface CropRequest {
  readonly settings: CropSettings;
  /** SHA-256 over everything that the crops depend on; requests with the same one get the same crops. */
  readonly fingerprint: string;
  /** Folder of the preparation's own, for files on their way. */
  readonly workFolder: string;
  /** How many photos the whole preparation has, those that are done included. */
  readonly photoCount: number;
  /** Photos that `crop` is asked for. */
  readonly photosLeft: number;
  readonly signal?: AbortSignal;
  /** Told what the photos wait for, as one short phrase; undefined when they go on. */
  readonly onWait?: (reason: string | undefined) => void;
}

/** Who makes the crops of a preparation: detector processes of this machine, or workers on any machines. */
export interface CropService {
  /**
   * Tells the outcome of each photo once, in any order. An outcome depends on the photo and the settings only.
   * @throws UserError when the photos cannot be done; CancelledError when the request's `signal` is aborted. Nothing is left running then.
   */
  crop(tasks: Iterable<PhotoTask>, request: CropRequest, onOutcome: (task: PhotoTask, outcome: PhotoOutcome) => void): Promise<void>;
}

export interface LocalCropsOptions {
  /** Number of detector processes; default: one per core. */
  readonly workers?: number;
  /** Bundle of the detector worker; default: the product's. */
  readonly workerFile?: string;
}

/** Detector processes of this machine. */
export class LocalCrops implements CropService {
  constructor(private readonly options: LocalCropsOptions) {}

  crop(tasks: Iterable<PhotoTask>, { settings, photosLeft, signal }: CropRequest, onOutcome: (task: PhotoTask, outcome: PhotoOutcome) => void): Promise<void> {
    const { workers, workerFile } = this.options;
    return cropPhotos(tasks, {
      settings,
      ...(workers !== undefined && { workers: Math.min(workers, photosLeft) }),
      ...(workerFile !== undefined && { workerFile }),
      ...(signal && { signal }),
    }, onOutcome);
  }
}
