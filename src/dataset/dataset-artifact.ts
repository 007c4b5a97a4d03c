import { z } from 'zod';

/** `dataset.json`: what is in a prepared dataset and how it was made. */
export const datasetRecordSchema = z.object({
  format: z.literal(1),
  toolVersion: z.string(),
  createdAt: z.string(),
  /** SHA-256 over identities, seeds, template and the records' checksums: two datasets with the same one are the same. */
  fingerprint: z.string(),
  /** Side of the square crops in pixels. */
  imageSize: z.number().int().positive(),
  /** Name of the landmark template of the alignment, e.g. "arcface-112". */
  template: z.string(),
  /** Name of what found the landmarks: "face-api", "sidecar", or "face-api+sidecar" when both did. */
  landmarks: z.string(),
  seed: z.number().int(),
  /** Label = index in this list. Held-out identities are for verification and never trained on. */
  identities: z.array(z.object({ name: z.string(), images: z.number().int(), heldOut: z.boolean() })),
  /** File names relative to the folder; each has a `.idx` beside it. */
  shards: z.array(z.object({ file: z.string(), records: z.number().int() })),
  images: z.number().int(),
});
export type DatasetRecord = z.infer<typeof datasetRecordSchema>;

/** Why a photo is not in the dataset. */
export const dropReasonSchema = z.enum(['unreadable', 'no-face', 'several-faces', 'too-small', 'identity-too-small']);
export type DropReason = z.infer<typeof dropReasonSchema>;

/** `report.json`: what a preparation did. */
export const prepareReportSchema = z.object({
  format: z.literal(1),
  photosFound: z.number().int(),
  /** Photos in which at least one face was found. */
  facesFound: z.number().int(),
  imagesWritten: z.number().int(),
  dropped: z.array(z.object({ photo: z.string(), reason: dropReasonSchema, detail: z.string().optional() })),
  /** Identities of which no image is left (or fewer than asked for): they are not in the dataset. */
  droppedIdentities: z.array(z.string()),
  seconds: z.number(),
  photosPerSecond: z.number(),
  /** Faces per detector stage, e.g. {"tiny-224": 695, "tiny-416": 4}. */
  foundBy: z.record(z.string(), z.number().int()),
});
export type PrepareReport = z.infer<typeof prepareReportSchema>;

export const datasetFileName = 'dataset.json';
export const reportFileName = 'report.json';
