import { errorCode } from '../../base/user-error';
import { alignFace, cropSidePixels, mapPoints, type FivePoints } from '../align';
import { decodePhoto, encodeCrop, type DecodedPhoto } from '../photos/decode-photo';
import { chooseFace } from './choose-face';
import type { CropSettings, LandmarkSource, PhotoOutcome, PhotoTask } from './detector-messages';
import type { FaceDetector } from './face-detector';

/** The detector sees no more of a photo than this on its longer side; it works on at most 512 pixels anyway. */
const detectionSidePixels = 1600;

interface ChosenFace {
  /** In pixels of `photo.image`. */
  readonly landmarks: FivePoints;
  readonly photo: DecodedPhoto;
  readonly foundBy: LandmarkSource;
}

/**
 * One photo from file to aligned JPEG: decode, find the landmarks (unless they are known), choose the face, align, encode.
 * A photo that cannot be used is an outcome, not an error.
 * @param openDetector opened at the first photo without landmarks
 * @throws what `openDetector` throws: then no photo can be handled
 */
export async function cropPhoto(task: PhotoTask, settings: CropSettings, openDetector: () => Promise<FaceDetector>): Promise<PhotoOutcome> {
  const photo = await tryDecode(task.file);
  if ('reason' in photo) return { kind: 'dropped', ...photo };
  const found = task.landmarks ? knownFace(photo, task.landmarks) : await detectFace(photo, settings, await openDetector());
  if ('kind' in found) return found;
  const { size, minFacePixels } = settings;
  const sidePixels = cropSidePixels(found.landmarks, size) / found.photo.scale;
  if (sidePixels < minFacePixels) {
    return { kind: 'dropped', reason: 'too-small', detail: `the face is ${Math.round(sidePixels)} pixels wide`, foundBy: found.foundBy };
  }
  const { image, landmarks } = await withEnoughPixels(task.file, found, size);
  return { kind: 'crop', jpeg: await encodeCrop(alignFace(image, landmarks, size)), foundBy: found.foundBy };
}

async function tryDecode(file: string): Promise<DecodedPhoto | { reason: 'unreadable'; detail: string }> {
  try {
    return await decodePhoto(file, { maxSidePixels: detectionSidePixels });
  } catch (error) {
    return { reason: 'unreadable', detail: decodeProblem(error) };
  }
}

function decodeProblem(error: unknown): string {
  if (errorCode(error) === 'EACCES') return 'permission denied';
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n')[0] ?? '';
}

function knownFace(photo: DecodedPhoto, landmarks: FivePoints): ChosenFace {
  return { photo, landmarks: mapPoints(landmarks, ([x, y]) => [x * photo.scale, y * photo.scale]), foundBy: 'sidecar' };
}

async function detectFace(photo: DecodedPhoto, settings: CropSettings, detector: FaceDetector): Promise<ChosenFace | PhotoOutcome> {
  const faces = await detector.detect(photo.image);
  const stage = faces[0]?.stage;
  if (!stage) return { kind: 'dropped', reason: 'no-face' };
  const face = chooseFace(faces, photo.image, settings.severalFaces);
  if (!face) return { kind: 'dropped', reason: 'several-faces', detail: `${faces.length} faces`, foundBy: stage };
  return { photo, landmarks: face.landmarks, foundBy: stage };
}

/** A small face in a photo that was made smaller is cut from the full photo instead. */
async function withEnoughPixels(file: string, { photo, landmarks }: ChosenFace, size: number): Promise<{ image: DecodedPhoto['image']; landmarks: FivePoints }> {
  if (photo.scale === 1 || cropSidePixels(landmarks, size) >= size) return { image: photo.image, landmarks };
  const full = await decodePhoto(file);
  return { image: full.image, landmarks: mapPoints(landmarks, ([x, y]) => [x / photo.scale, y / photo.scale]) };
}
