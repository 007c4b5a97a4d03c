import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import * as z from 'zod';
import { writeFolderAtomic } from '../../base/atomic-file';
import { productVersion } from '../../base/product';
import type { ProgressReporter } from '../../base/progress';
import { UserError, errorCode, throwIfCancelled } from '../../base/user-error';
import { identityOf } from './identity';
import { pictureOf } from './picture';
import { FaceRenderer, buildFaceModel, type FaceImage } from './render-face';

/** What the sample holds unless told otherwise. */
export const defaultSample = { identities: 36, photosPerIdentity: 24, seed: 1, sizePixels: 200 } as const;

export const sampleRecordFileName = 'sample.json';
/** One JSON object per line: `photo` (path relative to the sample, with slashes) and `landmarks` (5 pairs of pixels). */
export const sampleLandmarksFileName = 'landmarks.jsonl';

/** `sample.json`: how a sample was made. Two samples with equal records hold the same pictures. */
export const sampleRecordSchema = z.strictObject({
  format: z.literal(1),
  toolVersion: z.string(),
  identities: z.number().int().min(1).max(999),
  photosPerIdentity: z.number().int().min(1).max(999),
  seed: z.number().int(),
  /** Side of the square pictures. */
  sizePixels: z.number().int().min(64).max(1024),
});
export type SampleRecord = z.infer<typeof sampleRecordSchema>;

export interface SampleRequest {
  readonly folder: string;
  /** People, 1..999. */
  readonly identities: number;
  /** Pictures of each, 1..999. */
  readonly photosPerIdentity: number;
  readonly seed: number;
  /** Side of the square pictures, 64..1024. */
  readonly sizePixels?: number;
  readonly progress: ProgressReporter;
  readonly signal: AbortSignal;
}

/** Encodings that may run while the next picture is rendered. */
const pendingEncodings = 4;
const jpegQuality = 92;

/**
 * Writes pictures of invented people, `<folder>/person-001/001.jpg` and so on, with their true landmarks and a record.
 * A folder that already holds this very sample is left as it is; the folder appears only when it is complete.
 * @throws UserError when a number is out of range, the folder holds something else, or it cannot be written
 * @throws CancelledError when `signal` is aborted; nothing is left behind then
 */
export async function generateSample(request: SampleRequest): Promise<SampleRecord> {
  const record = recordOf(request);
  throwIfCancelled(request.signal, 'Making the sample');
  if (await holdsSample(request.folder, record)) return record;
  await writeFolderAtomic(path.resolve(request.folder), async (temporary) => {
    await writePictures(temporary, record, request.progress, request.signal);
    await writeFile(path.join(temporary, sampleRecordFileName), `${JSON.stringify(record, null, 2)}\n`);
  });
  return record;
}

/** Name of the folder of the person number `index` (from 0). */
export function personName(index: number): string {
  return `person-${threeDigits(index + 1)}`;
}

function recordOf(request: SampleRequest): SampleRecord {
  const { identities, photosPerIdentity, seed } = request;
  const sizePixels = request.sizePixels ?? defaultSample.sizePixels;
  const parsed = sampleRecordSchema.safeParse({ format: 1, toolVersion: productVersion, identities, photosPerIdentity, seed, sizePixels });
  if (parsed.success) return parsed.data;
  const name = String(parsed.error.issues[0]?.path[0]);
  throw new UserError(`The sample's "${name}" is out of range.`, 'Give 1 to 999 identities, 1 to 999 photos of each, a whole number as the seed, and 64 to 1024 pixels.');
}

/** Whether `folder` holds exactly this sample; false when it is missing or empty. */
async function holdsSample(folder: string, record: SampleRecord): Promise<boolean> {
  const entries = await readdir(folder).catch((error: unknown): string[] => {
    if (errorCode(error) === 'ENOENT') return [];
    if (errorCode(error) === 'ENOTDIR') throw new UserError(`${folder} is a file, not a folder.`, 'Choose another folder for the sample.', { cause: error });
    throw error;
  });
  if (entries.length === 0) return false;
  const found = entries.includes(sampleRecordFileName) ? await readRecord(path.join(folder, sampleRecordFileName)) : undefined;
  if (found !== undefined && JSON.stringify(found) === JSON.stringify(record)) return true;
  const content = found === undefined ? 'other files' : 'another sample';
  throw new UserError(`${folder} already holds ${content}.`, 'Choose an empty or new folder for the sample, or delete this one.');
}

async function readRecord(file: string): Promise<SampleRecord | undefined> {
  const text = await readFile(file, 'utf8');
  try {
    return sampleRecordSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function writePictures(folder: string, record: SampleRecord, progress: ProgressReporter, signal: AbortSignal): Promise<void> {
  const renderer = new FaceRenderer(record.sizePixels);
  const total = record.identities * record.photosPerIdentity;
  const lines: string[] = [];
  const pending = new Set<Promise<void>>();
  try {
    for (let person = 0; person < record.identities; person++) {
      const identity = identityOf(record.seed, person);
      const model = buildFaceModel(identity);
      await mkdir(path.join(folder, personName(person)));
      for (let photo = 0; photo < record.photosPerIdentity; photo++) {
        throwIfCancelled(signal, 'Making the sample');
        const image = renderer.render(model, pictureOf(record.seed, person, photo, identity.glassesShare));
        const name = `${personName(person)}/${threeDigits(photo + 1)}.jpg`;
        const encoding: Promise<void> = writeJpeg(path.join(folder, name), image).then(() => void pending.delete(encoding));
        pending.add(encoding);
        lines.push(JSON.stringify({ photo: name, landmarks: image.landmarks.map((point) => point.map(toHundredths)) }));
        if (pending.size >= pendingEncodings) await Promise.race(pending);
        progress.report({ label: 'Drawing invented faces', done: lines.length, total, unit: 'photos' });
      }
    }
    await Promise.all(pending);
  } finally {
    await Promise.allSettled(pending);
  }
  await writeFile(path.join(folder, sampleLandmarksFileName), `${lines.join('\n')}\n`);
}

async function writeJpeg(file: string, image: FaceImage): Promise<void> {
  const { pixels, sizePixels } = image;
  await sharp(pixels, { raw: { width: sizePixels, height: sizePixels, channels: 3 } })
    .jpeg({ quality: jpegQuality })
    .toFile(file);
}

function threeDigits(value: number): string {
  return String(value).padStart(3, '0');
}

function toHundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
