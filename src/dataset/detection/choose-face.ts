import type { RgbImage } from '../photos/rgb-image';
import type { DetectedFace } from './face-detector';

/** What to do with a photo that shows several faces: take one, or leave the photo out. */
export const severalFacesRules = ['centre', 'largest', 'drop'] as const;
export type SeveralFacesRule = (typeof severalFacesRules)[number];

/** The face that a photo stands for, or undefined when `rule` leaves it out (or there is none). */
export function chooseFace(faces: readonly DetectedFace[], image: Pick<RgbImage, 'width' | 'height'>, rule: SeveralFacesRule): DetectedFace | undefined {
  if (faces.length <= 1) return faces[0];
  switch (rule) {
    case 'centre':
      return smallest(faces, (face) => distanceToCentre(face, image));
    case 'largest':
      return smallest(faces, ({ box }) => -box.width * box.height);
    case 'drop':
      return undefined;
  }
}

/** Distance between the mean of the five points and the middle of the photo: the subject is rarely at the edge. */
function distanceToCentre({ landmarks }: DetectedFace, { width, height }: Pick<RgbImage, 'width' | 'height'>): number {
  const meanX = landmarks.reduce((sum, [x]) => sum + x, 0) / landmarks.length;
  const meanY = landmarks.reduce((sum, [, y]) => sum + y, 0) / landmarks.length;
  return Math.hypot(meanX - width / 2, meanY - height / 2);
}

function smallest(faces: readonly DetectedFace[], measure: (face: DetectedFace) => number): DetectedFace | undefined {
  let best: DetectedFace | undefined;
  let bestValue = Number.POSITIVE_INFINITY;
  for (const face of faces) {
    const value = measure(face);
    if (value >= bestValue) continue;
    best = face;
    bestValue = value;
  }
  return best;
}
