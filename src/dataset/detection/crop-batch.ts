import { readFile } from 'node:fs/promises';
import { errorCode, errorText } from '../../base/user-error';
import { alignFace, cropSidePixels, mapPoints, type FivePoints, type TemplateName } from '../align';
import type { DecodedPhoto } from '../photos/decode-photo';
import { defaultCropRule } from '../crop-rule';
import { cropFixedBox, type CropBox } from '../sources/fixed-box';
import type { PhotoCodec } from '../photos/photo-codec';
import type { RgbImage } from '../photos/rgb-image';
import { measureFace, type FaceMeasures } from '../quality/face-measures';
import { chooseFace } from './choose-face';
import type { CropSettings, FaceSource, LandmarkSource, PhotoOutcome, PhotoTask } from './detector-messages';
import type { BatchFaceDetector, DetectedFace } from './face-detector';

/** What photos are cropped with. */
export interface CropTools {
  readonly codec: PhotoCodec;
  /** Not asked for photos whose landmarks are known or not wanted. */
  readonly detector: BatchFaceDetector;
}

/** The bytes of a photo file, or why it cannot be read. */
export type PhotoFile = Uint8Array | { readonly problem: string };

type Dropped = Extract<PhotoOutcome, { kind: 'dropped' }>;

/** A photo on its way, with what is known of it so far. */
interface OpenPhoto {
  readonly task: PhotoTask;
  readonly file: Uint8Array;
  readonly photo: DecodedPhoto;
}

interface Crop {
  readonly task: PhotoTask;
  readonly foundBy: FaceSource;
  readonly image: RgbImage;
  /** Absent where no face was looked for. */
  readonly measures?: FaceMeasures;
}

interface ChosenFace extends OpenPhoto {
  /** In pixels of `photo.image`. */
  readonly landmarks: FivePoints;
  readonly foundBy: LandmarkSource;
  /** Absent where the landmarks were known. */
  readonly detected?: DetectedFace;
}

/** The face that stands for a photo. */
export interface PhotoFace {
  readonly task: PhotoTask;
  readonly photo: DecodedPhoto;
  /** In pixels of `photo.image`. */
  readonly landmarks: FivePoints;
  /** What the detector said of it; absent where the landmarks were known. */
  readonly detected?: DetectedFace;
}

/** Reads the files of a batch. */
export function readPhotoFiles(tasks: readonly PhotoTask[]): Promise<PhotoFile[]> {
  return Promise.all(tasks.map(({ file }) => readFile(file).catch((error: unknown) => ({ problem: problemOf(error) }))));
}

/**
 * A batch of photos from file to aligned JPEG: decode, find the landmarks (unless they are known), choose the face, align, measure, encode.
 * With a fixed box, nothing is looked for or measured: the box is cut from every photo.
 * A photo that cannot be used is an outcome, not an error; the outcome of a photo is the same in any batch.
 * @param files of `tasks`, in the same order
 * @param onFace told of each face that is cut out, before it is
 * @returns outcomes in the order of `tasks`
 */
export async function cropBatch(
  tasks: readonly PhotoTask[], files: readonly PhotoFile[], settings: CropSettings, tools: CropTools, onFace: (face: PhotoFace) => void = () => undefined,
): Promise<PhotoOutcome[]> {
  const outcomes = new Map<PhotoTask, PhotoOutcome>();
  const drop = (task: PhotoTask, outcome: Omit<Dropped, 'kind'>): void => void outcomes.set(task, { kind: 'dropped', ...outcome });
  const open = await decodeAll(tasks, files, tools.codec, drop);
  const { crop = defaultCropRule } = settings;
  const crops = crop.kind === 'fixed-box' ? await cutBoxes(open, crop.box, settings.size, tools.codec, drop) : await alignFaces(open, settings, tools, { drop, onFace });
  const jpegs = await tools.codec.encode(crops.map(({ image }) => image));
  crops.forEach(({ task, foundBy, measures }, i) => outcomes.set(task, { kind: 'crop', jpeg: jpegs[i] ?? new Uint8Array(), foundBy, ...(measures && { measures }) }));
  return tasks.map((task) => outcomes.get(task) ?? unreadable(`${task.file} was forgotten`));
}

/** The outcome of a photo that cannot be decoded or processed. */
export function unreadable(detail: string): PhotoOutcome {
  return { kind: 'dropped', reason: 'unreadable', detail };
}

type Drop = (task: PhotoTask, outcome: Omit<Dropped, 'kind'>) => void;

async function decodeAll(tasks: readonly PhotoTask[], files: readonly PhotoFile[], codec: PhotoCodec, drop: Drop): Promise<OpenPhoto[]> {
  const readable: { task: PhotoTask; file: Uint8Array }[] = [];
  tasks.forEach((task, i) => {
    const file = files[i] ?? { problem: 'it was not read' };
    if (file instanceof Uint8Array) readable.push({ task, file });
    else drop(task, { reason: 'unreadable', detail: file.problem });
  });
  const photos = await codec.decode(readable.map(({ file }) => file));
  return readable.flatMap(({ task, file }, i) => {
    const photo = photos[i] ?? { problem: 'it was not decoded' };
    if ('image' in photo) return [{ task, file, photo }];
    drop(task, { reason: 'unreadable', detail: photo.problem });
    return [];
  });
}

/** A box counts pixels of the whole photo, so that one that came smaller is decoded again. */
async function cutBoxes(open: readonly OpenPhoto[], box: CropBox, size: number, codec: PhotoCodec, drop: Drop): Promise<Crop[]> {
  const crops: Crop[] = [];
  for (const { task, file, photo } of open) {
    const { image } = photo.scale === 1 ? photo : await codec.decodeAtScale(file, 1);
    if (image.width < box.right || image.height < box.bottom) drop(task, { reason: 'too-small', detail: `it has ${image.width} x ${image.height} pixels, less than the box` });
    else crops.push({ task, foundBy: 'fixed-box', image: cropFixedBox(image, box, size) });
  }
  return crops;
}

async function alignFaces(
  open: readonly OpenPhoto[], settings: CropSettings, { codec, detector }: CropTools, { drop, onFace }: { readonly drop: Drop; readonly onFace: (face: PhotoFace) => void },
): Promise<Crop[]> {
  const crops: Crop[] = [];
  for (const face of await chooseFaces(open, settings, detector, drop)) {
    onFace(face);
    const { image, landmarks } = await withEnoughPixels(face, settings, codec);
    const crop = alignFace(image, landmarks, settings.size, templateOf(settings));
    const measured = templateOf(settings) === 'arcface' ? crop : alignFace(image, landmarks, settings.size);
    const measures = measureFace(image, landmarks, measured, sidePixelsOf(face.landmarks, face.photo, settings));
    crops.push({ task: face.task, foundBy: face.foundBy, image: crop, measures });
  }
  return crops;
}

function templateOf({ crop = defaultCropRule }: CropSettings): TemplateName | undefined {
  return crop.kind === 'similarity' ? crop.template : undefined;
}

async function chooseFaces(open: readonly OpenPhoto[], settings: CropSettings, detector: BatchFaceDetector, drop: Drop): Promise<ChosenFace[]> {
  const unknown = open.filter(({ task }) => !task.landmarks);
  const isLarge = ({ photo }: OpenPhoto, landmarks: FivePoints): boolean => sidePixelsOf(landmarks, photo, settings) >= settings.minFacePixels;
  const isUsable = ({ landmarks }: DetectedFace, i: number): boolean => isLarge(unknown[i] as OpenPhoto, landmarks);
  const detected = unknown.length > 0 ? await detector.detectAll(unknown.map(({ photo }) => photo.image), isUsable) : [];
  const facesOf = new Map(unknown.map((photo, i) => [photo, detected[i] ?? []]));
  return open.flatMap((photo): ChosenFace[] => {
    const { task } = photo;
    if (task.landmarks) {
      const face: ChosenFace = { ...photo, landmarks: rescale(task.landmarks, photo.photo.scale), foundBy: 'sidecar' };
      if (isLarge(photo, face.landmarks)) return [face];
      drop(task, tooSmall(sidePixelsOf(face.landmarks, photo.photo, settings), 'sidecar'));
      return [];
    }
    return chooseDetected(photo, facesOf.get(photo) ?? [], settings, drop);
  });
}

/** Specks do not count: neither as the photo's face nor as a second one. */
function chooseDetected(photo: OpenPhoto, faces: readonly DetectedFace[], settings: CropSettings, drop: Drop): ChosenFace[] {
  const [first] = faces;
  if (!first) {
    drop(photo.task, { reason: 'no-face' });
    return [];
  }
  const sides = faces.map(({ landmarks }) => sidePixelsOf(landmarks, photo.photo, settings));
  const large = faces.filter((_, i) => (sides[i] ?? 0) >= settings.minFacePixels);
  const face = chooseFace(large, photo.photo.image, settings.severalFaces);
  if (face) return [{ ...photo, landmarks: face.landmarks, foundBy: face.stage, detected: face }];
  if (large.length > 0) drop(photo.task, { reason: 'several-faces', detail: `${large.length} faces`, foundBy: first.stage });
  else drop(photo.task, tooSmall(Math.max(...sides), first.stage));
  return [];
}

function tooSmall(sidePixels: number, foundBy: LandmarkSource): Omit<Dropped, 'kind'> {
  return { reason: 'too-small', detail: `the face is ${Math.round(sidePixels)} pixels wide`, foundBy };
}

/** How large a face is: the side in pixels of the original photo of the square that becomes the crop. */
function sidePixelsOf(landmarks: FivePoints, { scale }: DecodedPhoto, settings: CropSettings): number {
  return cropSidePixels(landmarks, settings.size, templateOf(settings)) / scale;
}

/** A small face in a photo that was made smaller is cut from a larger one instead. */
async function withEnoughPixels({ file, photo, landmarks }: ChosenFace, settings: CropSettings, codec: PhotoCodec): Promise<{ image: RgbImage; landmarks: FivePoints }> {
  const { size } = settings;
  const sidePixels = cropSidePixels(landmarks, size, templateOf(settings));
  if (photo.scale === 1 || sidePixels >= size) return { image: photo.image, landmarks };
  const larger = await codec.decodeAtScale(file, Math.min(1, (photo.scale * size) / sidePixels));
  return { image: larger.image, landmarks: rescale(landmarks, larger.scale / photo.scale) };
}

/** Points in a picture whose pixels are `1 / factor` as large; (0, 0) is the centre of the first pixel in both. */
function rescale(points: FivePoints, factor: number): FivePoints {
  return mapPoints(points, ([x, y]) => [(x + 0.5) * factor - 0.5, (y + 0.5) * factor - 0.5]);
}

function problemOf(error: unknown): string {
  if (errorCode(error) === 'EACCES') return 'permission denied';
  return errorText(error).split('\n')[0] ?? '';
}
