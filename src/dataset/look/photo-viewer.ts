import { availableParallelism } from 'node:os';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { UserError } from '../../base/user-error';
import { applySimilarity, fitSimilarity, mapPoints, templateFor, type FivePoints } from '../align';
import { cropBatch, readPhotoFiles, type CropTools, type PhotoFace } from '../detection/crop-batch';
import type { CropSettings, PhotoOutcome } from '../detection/detector-messages';
import { readLandmarkSidecar } from '../detection/landmark-sidecar';
import { openCropTools, plainCropTools, type OpenedCropTools } from '../detection/open-crop-tools';
import { decodePhoto, encodeCrop } from '../photos/decode-photo';
import type { Point } from '../photos/warp';
import { Augmenter } from '../policy/augmenter';
import { describeRule, ruleIndexFor, type Operation, type Policy, type PolicyRule } from '../policy/policy';
import { presetPolicy } from '../policy/presets';
import { isPhotoName } from '../scan';
import type { PhotoLook } from './photo-look';

export interface LookOptions {
  /** Side of the crop in pixels. */
  readonly size: number;
  readonly policy: Policy;
  /** Seed of the policy's copies. */
  readonly seed: number;
}

const thumbnailQuality = 80;
/** Shown beside the policy's own operations, so that a user sees what could be asked for. */
const offeredOperations: readonly Operation[] = (presetPolicy('original')?.rules ?? []).flatMap(({ operations = [] }) => operations);

/** Looks at photos of one folder the way a preparation does, photo by photo; the detector is opened when it is first needed. */
export class PhotoViewer {
  private readonly plainTools = plainCropTools();
  private opening: Promise<OpenedCropTools> | undefined;

  private constructor(private readonly root: string, private readonly sidecar: ReadonlyMap<string, FivePoints>) {}

  /** @throws UserError when the folder's landmarks are damaged */
  static async open(root: string): Promise<PhotoViewer> {
    return new PhotoViewer(root, await readLandmarkSidecar(root));
  }

  /**
   * @param photo "person/file"
   * @throws UserError when the detector is needed and cannot be opened
   */
  async look(photo: string, { size, policy, seed }: LookOptions): Promise<PhotoLook> {
    const landmarks = this.sidecar.get(photo);
    const tools = landmarks ? this.plainTools : await this.openTools();
    const startMs = performance.now();
    const task = { id: 0, file: this.fileOf(photo), ...(landmarks && { landmarks }) };
    const settings: CropSettings = { size, severalFaces: 'centre', minFacePixels: 24 };
    const counted = countingFaces(tools);
    let face: PhotoFace | undefined;
    const [outcome] = await cropBatch([task], await readPhotoFiles([task]), settings, counted.tools, (chosen) => {
      face = chosen;
    });
    const milliseconds = Math.round(performance.now() - startMs);
    const faces = landmarks ? undefined : counted.faces();
    const base = { photo, cropSide: size, milliseconds, ...(faces === undefined ? {} : { faces }), ...(await sizeOf(task.file)) };
    if (!outcome || outcome.kind === 'dropped' || !face) return { ...base, ...droppedOf(outcome) };
    return { ...base, face: describeFace(face, outcome, size), policy: await this.policyFor(photo, outcome.jpeg, policy, seed) };
  }

  /** Writes a small upright picture, `side` pixels on its longer side at most. @throws Error saying why the photo cannot be read */
  async writeThumbnail(photo: string, side: number, out: string): Promise<void> {
    const file = this.fileOf(photo);
    const box = { width: side, height: side, fit: 'inside', withoutEnlargement: true } as const;
    const direct = sharp(file, { failOn: 'none' }).autoOrient().resize(box).flatten({ background: '#000' }).toColourspace('srgb').jpeg({ quality: thumbnailQuality });
    await direct.toFile(out).catch(async () => {
      // Formats that only this product reads.
      const { image } = await decodePhoto(file);
      await sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } }).resize(box).jpeg({ quality: thumbnailQuality }).toFile(out);
    });
  }

  async close(): Promise<void> {
    const tools = await this.opening?.catch(() => undefined);
    tools?.detector.close();
    tools?.codec.close();
  }

  private fileOf(photo: string): string {
    const file = path.join(this.root, photo);
    if (!path.relative(this.root, file).startsWith('..')) return file;
    throw new UserError(`${photo} lies outside ${this.root}.`, 'Name a photo as person/file.');
  }

  private openTools(): Promise<OpenedCropTools> {
    this.opening ??= openCropTools(availableParallelism(), 'face-api');
    return this.opening;
  }

  private async policyFor(photo: string, jpeg: Uint8Array, policy: Policy, seed: number): Promise<PhotoLook['policy']> {
    const files = await readdir(path.dirname(this.fileOf(photo)));
    const rule = policy.rules[ruleIndexFor(policy, files.filter(isPhotoName).length)];
    if (!rule) return undefined;
    return { name: policy.name, rule: describeRule(rule), copies: await copiesOf(photo, jpeg, rule, seed) };
  }
}

/** The same tools, which also count the faces that the detector finds. */
function countingFaces({ codec, detector }: CropTools): { readonly tools: CropTools; faces(): number } {
  let found = 0;
  const detectAll: CropTools['detector']['detectAll'] = async (images, isUsable) => {
    const faces = await detector.detectAll(images, isUsable);
    found = faces.flat().length;
    return faces;
  };
  return { tools: { codec, detector: { detectAll, close: () => undefined } }, faces: () => found };
}

async function sizeOf(file: string): Promise<Pick<PhotoLook, 'size'>> {
  try {
    const { autoOrient } = await sharp(file).metadata();
    return { size: { width: autoOrient.width, height: autoOrient.height } };
  } catch {
    const image = await decodePhoto(file).then((decoded) => decoded.image, () => undefined);
    return image ? { size: { width: image.width, height: image.height } } : {};
  }
}

function droppedOf(outcome: PhotoOutcome | undefined): Pick<PhotoLook, 'dropped'> {
  if (outcome?.kind !== 'dropped') return { dropped: { reason: 'unreadable' } };
  const { reason, detail } = outcome;
  return { dropped: { reason, ...(detail === undefined ? {} : { detail }) } };
}

function describeFace({ photo, landmarks, detected }: PhotoFace, { jpeg, foundBy, measures }: Extract<PhotoOutcome, { kind: 'crop' }>, size: number): PhotoLook['face'] {
  const toPhoto = ([x, y]: Point): Point => [(x + 0.5) / photo.scale - 0.5, (y + 0.5) / photo.scale - 0.5];
  const points = mapPoints(landmarks, toPhoto);
  const cut = fitSimilarity(points, templateFor(size));
  const square: readonly Point[] = [[-0.5, -0.5], [size - 0.5, -0.5], [size - 0.5, size - 0.5], [-0.5, size - 0.5]];
  const [leftEye, rightEye] = points;
  const box = detected?.box;
  return {
    landmarks: points.map(pair), cropLandmarks: points.map((point) => pair(applySimilarity(cut, point))), corners: square.map((corner) => pair(invert(cut, corner))),
    ...(box && { box: { x: box.x / photo.scale, y: box.y / photo.scale, width: box.width / photo.scale, height: box.height / photo.scale } }),
    ...(detected && { score: detected.score }),
    foundBy, ...(measures && { measures }),
    eyeDistancePixels: Math.hypot(rightEye[0] - leftEye[0], rightEye[1] - leftEye[1]),
    scale: Math.hypot(cut.a, cut.b),
    crop: Buffer.from(jpeg).toString('base64'),
  };
}

function invert({ a, b, tx, ty }: ReturnType<typeof fitSimilarity>, [x, y]: Point): Point {
  const square = a * a + b * b;
  return [(a * (x - tx) + b * (y - ty)) / square, (a * (y - ty) - b * (x - tx)) / square];
}

function pair([x, y]: Point): [number, number] {
  return [Math.round(x * 100) / 100, Math.round(y * 100) / 100];
}

/** One copy for each operation of the rule, then for those of the original project that it does not use. */
async function copiesOf(photo: string, jpeg: Uint8Array, { operations = [] }: PolicyRule, seed: number): Promise<{ operation: string; isUsed: boolean; picture: string }[]> {
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
  const crop = { width: info.width, height: info.height, data };
  const augmenter = new Augmenter(seed);
  const used = new Set(operations.map(({ name }) => name));
  const others = offeredOperations.filter(({ name }, i) => !used.has(name) && offeredOperations.findIndex((operation) => operation.name === name) === i);
  return Promise.all([...operations, ...others].map(async (operation) => {
    const picture = await encodeCrop(augmenter.copy(crop, photo, { operations: [operation], inRandomOrder: false }));
    return { operation: operation.name, isUsed: used.has(operation.name), picture: Buffer.from(picture).toString('base64') };
  }));
}
