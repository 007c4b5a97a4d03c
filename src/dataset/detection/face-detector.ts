import type { FivePoints } from '../align';
import type { RgbImage } from '../photos/rgb-image';

/** The steps of the cascade, in the order in which they are tried. */
export const detectorStages = ['tiny-224', 'tiny-416', 'ssd'] as const;
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
  /** All faces of the first stage that finds any; empty when none does. */
  detect(image: RgbImage): Promise<DetectedFace[]>;
  close(): void;
}

/** Finds faces in several photos at once; what it finds in one does not depend on the others. */
export interface BatchFaceDetector {
  /** For each photo all faces of the first stage that finds any. */
  detectAll(images: readonly RgbImage[]): Promise<DetectedFace[][]>;
  close(): void;
}

/** A detector that takes one photo at a time, as one that takes several. */
export function oneByOne(detector: FaceDetector): BatchFaceDetector {
  return {
    async detectAll(images) {
      const faces: DetectedFace[][] = [];
      for (const image of images) faces.push(await detector.detect(image));
      return faces;
    },
    close: () => detector.close(),
  };
}
