import { createHash } from 'node:crypto';
import path from 'node:path';
import * as z from 'zod';
import { templateNames, type FivePoints } from '../align';
import { detectorNames } from '../detection/face-detector';
import type { PhotoTask } from '../detection/detector-messages';
import { severalFacesRules } from '../detection/choose-face';
import { cropBoxSchema } from '../sources/fixed-box';

const pointSchema = z.tuple([z.number(), z.number()]);
const landmarksSchema: z.ZodType<FivePoints> = z.tuple([pointSchema, pointSchema, pointSchema, pointSchema, pointSchema]);

/** A batch of photos as it lies in the queue. Paths are the same on all machines; pictures never go through the queue. */
export const photoBatchSchema = z.object({
  /** Folder for the results, with a token in it. */
  folder: z.string(),
  /** Of the request (`CropRequest`); also what the token says. */
  fingerprint: z.string(),
  settings: z.object({
    size: z.number().int(),
    detector: z.enum(detectorNames).exactOptional(),
    severalFaces: z.enum(severalFacesRules),
    minFacePixels: z.number(),
    crop: z.discriminatedUnion('kind', [z.object({ kind: z.literal('similarity'), template: z.enum(templateNames) }), z.object({ kind: z.literal('fixed-box'), box: cropBoxSchema })]).exactOptional(),
  }),
  photos: z.array(z.object({ id: z.number().int(), file: z.string(), landmarks: landmarksSchema.exactOptional() })),
});
export type PhotoBatch = z.infer<typeof photoBatchSchema>;

const fewestPerBatch = 8;
/** More are lost with a worker that dies, and are longer in coming. */
const mostPerBatch = 256;
const batchesWanted = 256;

/** Photos in a batch: enough batches for many workers, and not so many that the queue costs more than the photos. */
export function batchSizeFor(photoCount: number): number {
  return Math.min(mostPerBatch, Math.max(fewestPerBatch, Math.ceil(photoCount / batchesWanted)));
}

/**
 * Cuts photos into batches at whole multiples of `size` of their ids, so that a run that goes on where another ended makes the same
 * ones again where it can. Paths are made absolute.
 * @param tasks in ascending order of their ids
 */
export function* batchesOf(tasks: Iterable<PhotoTask>, size: number): Generator<PhotoTask[]> {
  let batch: PhotoTask[] = [];
  for (const task of tasks) {
    const [first] = batch;
    if (first && Math.floor(first.id / size) !== Math.floor(task.id / size)) {
      yield batch;
      batch = [];
    }
    batch.push({ ...task, file: path.resolve(task.file) });
  }
  if (batch.length > 0) yield batch;
}

/** Name of a batch in the queue and on the disk: the same photos of the same request have the same one. */
export function batchIdOf({ folder, fingerprint, photos }: PhotoBatch): string {
  const hash = createHash('sha256').update(JSON.stringify([folder, fingerprint, photos.map(({ id, file }) => [id, file])]));
  return `b-${hash.digest('hex').slice(0, 40)}`;
}

const mostNamed = 8;

/** The photos of a batch for a sentence: "a/1.jpg, a/2.jpg and 6 more". */
export function nameBatch({ photos }: PhotoBatch): string {
  const named = photos.slice(0, mostNamed).map(({ file }) => file);
  return photos.length > mostNamed ? `${named.join(', ')} and ${photos.length - mostNamed} more` : named.join(', ');
}
