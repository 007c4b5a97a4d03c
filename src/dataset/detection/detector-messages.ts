/** What a preparation and its detector workers say to each other, over child_process IPC with serialization 'advanced'. */
import type { FivePoints } from '../align';
import type { CropRule } from '../crop-rule';
import type { DropReason } from '../dataset-artifact';
import type { FaceMeasures } from '../quality/face-measures';
import type { SeveralFacesRule } from './choose-face';
import type { DetectorName, DetectorStage } from './face-detector';

/** What found the five points of a photo. */
export type LandmarkSource = DetectorStage | 'sidecar';

/** How the place of a face in its photo is known. */
export type FaceSource = LandmarkSource | 'fixed-box';

export interface CropSettings {
  /** Side of the crops in pixels. */
  readonly size: number;
  /** Default: face-api. */
  readonly detector?: DetectorName;
  readonly severalFaces: SeveralFacesRule;
  /** Faces whose crop is a smaller square of the photo than this do not count; in photo pixels. */
  readonly minFacePixels: number;
  /** Default: aligned to the ArcFace template. */
  readonly crop?: CropRule;
}

export interface PhotoTask {
  /** Chosen by the caller; the answer carries it. */
  readonly id: number;
  readonly file: string;
  /** Known landmarks in pixels of the upright photo; the detector is not asked then. */
  readonly landmarks?: FivePoints;
}

/** What became of a photo. */
export type PhotoOutcome =
  /** `jpeg`: the crop. `measures` are absent where no face was looked for. */
  | { readonly kind: 'crop'; readonly jpeg: Uint8Array; readonly foundBy: FaceSource; readonly measures?: FaceMeasures }
  /** `foundBy` is given when a face was found and yet left out. */
  | { readonly kind: 'dropped'; readonly reason: DropReason; readonly detail?: string; readonly foundBy?: FaceSource };

/** To a worker. `settings` comes first, once. */
export type WorkerRequest =
  /** `threads`: TensorFlow may use so many at once; results do not depend on it. */
  | { readonly kind: 'settings'; readonly settings: CropSettings; readonly threads: number }
  | { readonly kind: 'batch'; readonly tasks: readonly PhotoTask[] };

/** From a worker: one outcome per photo, in any order and in any portions; or `failed` when no photo can be handled at all. */
export type WorkerAnswer =
  | { readonly kind: 'outcomes'; readonly outcomes: readonly { readonly id: number; readonly outcome: PhotoOutcome }[] }
  | { readonly kind: 'failed'; readonly message: string; readonly action?: string };
