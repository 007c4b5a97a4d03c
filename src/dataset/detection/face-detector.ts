import type { FivePoints } from '../align';
import type { RgbImage } from '../photos/rgb-image';

/** The libraries whose networks can find the faces; the first is the default. */
export const detectorNames = ['face-api', 'human'] as const;
export type DetectorName = (typeof detectorNames)[number];

/** The steps of face-api's cascade, in the order in which they are tried. */
export const cascadeStages = ['tiny-224', 'tiny-416', 'ssd'] as const;
export type CascadeStage = (typeof cascadeStages)[number];

export const detectorStages = [...cascadeStages, 'human'] as const;
/** What found a face. */
export type DetectorStage = (typeof detectorStages)[number];

/** In photo pixels; may reach beyond the photo. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface DetectedFace {
  readonly box: Box;
  /** Confidence, 0..1; comparable only within a stage. */
  readonly score: number;
  /** In photo pixels. */
  readonly landmarks: FivePoints;
  readonly stage: DetectorStage;
}

/** Finds faces and their five points. */
export interface FaceDetector {
  /**
   * All faces of the first stage that finds a usable one; else of the first that finds any; empty when none does.
   * @param isUsable by default every face is: a stage that finds only specks would otherwise hide the face that a later one sees
   */
  detect(image: RgbImage, isUsable?: (face: DetectedFace) => boolean): Promise<DetectedFace[]>;
  close(): void;
}

/** Finds faces in several photos at once; what it finds in one does not depend on the others. */
export interface BatchFaceDetector {
  /** For each photo as `FaceDetector.detect`. @param isUsable also gets the number of the photo in `images` */
  detectAll(images: readonly RgbImage[], isUsable?: (face: DetectedFace, photo: number) => boolean): Promise<DetectedFace[][]>;
  close(): void;
}

/** A detector that takes one photo at a time, as one that takes several. */
export function oneByOne(detector: FaceDetector): BatchFaceDetector {
  return {
    async detectAll(images, isUsable = () => true) {
      const faces: DetectedFace[][] = [];
      for (const [photo, image] of images.entries()) faces.push(await detector.detect(image, (face) => isUsable(face, photo)));
      return faces;
    },
    close: () => detector.close(),
  };
}
