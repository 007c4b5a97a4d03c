import * as z from 'zod';
import { measureSummarySchema } from './quality/measure-summary';

/** `dataset.json`: what is in a prepared dataset and how it was made. */
export const datasetRecordSchema = z.object({
  format: z.literal(1),
  toolVersion: z.string(),
  createdAt: z.string(),
  /** SHA-256 over identities, seeds, template and the records' checksums: two datasets with the same one are the same. */
  fingerprint: z.string(),
  /** Side of the square crops in pixels. */
  imageSize: z.number().int().positive(),
  /** How the crops are cut (`crop-rule.ts`), e.g. "arcface-112" for the landmark template of that name; "unknown" for crops made elsewhere. */
  template: z.string(),
  /** Name of what found the landmarks: "face-api", "human", "sidecar", or e.g. "face-api+sidecar" when both did. */
  landmarks: z.string(),
  seed: z.number().int(),
  /** Label = index in this list; `images` counts copies that a policy added. Held-out identities are for verification and never trained on. */
  identities: z.array(z.object({ name: z.string(), images: z.number().int(), heldOut: z.boolean() })),
  /** File names relative to the folder; each has a `.idx` beside it. */
  shards: z.array(z.object({ file: z.string(), records: z.number().int() })),
  images: z.number().int(),
  /**
   * File with the quality of each image's face: a row of little-endian float32 for each record, through all shards in order, of these columns
   * (units: see `FaceMeasures`). Copies have their photo's. Absent in datasets of older versions and of other tools.
   */
  measures: z.object({ file: z.string(), columns: z.array(z.string()) }).optional(),
});
export type DatasetRecord = z.infer<typeof datasetRecordSchema>;

/** Why a photo is not in the dataset. */
export const dropReasonSchema = z.enum(['unreadable', 'no-face', 'several-faces', 'too-small', 'poor-quality', 'identity-too-small', 'identity-dropped-by-policy', 'not-sampled']);
export type DropReason = z.infer<typeof dropReasonSchema>;

/** `report.json`: what a preparation did. */
export const prepareReportSchema = z.object({
  format: z.literal(1),
  photosFound: z.number().int(),
  /** Photos in which at least one face was found. */
  facesFound: z.number().int(),
  imagesWritten: z.number().int(),
  dropped: z.array(z.object({ photo: z.string(), reason: dropReasonSchema, detail: z.string().optional() })),
  /** Files, folders and entries of a list that could not be used and were passed over, in words; absent in reports of older versions. */
  passedOver: z.array(z.string()).optional(),
  /** Identities of which no image is left (or fewer than asked for): they are not in the dataset. */
  droppedIdentities: z.array(z.string()),
  /** From the scan to the last record on disk, the start of the detector workers included. */
  seconds: z.number(),
  /** Photos that this run itself has done, by all of its `seconds`: small sets are slowed by the start. */
  photosPerSecond: z.number(),
  /** Faces per detector stage, e.g. {"tiny-224": 695, "tiny-416": 4}. */
  foundBy: z.record(z.string(), z.number().int()),
  /** Photos that an earlier, interrupted run had done already; `photosPerSecond` does not count them. */
  resumedPhotos: z.number().int().optional(),
  /** How good the faces are, and the limits that were asked for; absent in reports of older versions. */
  quality: measureSummarySchema.extend({ limits: z.record(z.string(), z.number()) }).optional(),
  /** What was done to people by their number of images; absent in reports of older versions. */
  policy: z
    .object({
      name: z.string(),
      /** Per rule in words: its people, their images with a face before, and their images in the dataset. */
      rules: z.array(z.object({ rule: z.string(), people: z.number().int(), photos: z.number().int(), images: z.number().int() })),
      /** Copies by the operation that made them, e.g. {"opening": 120}. */
      copies: z.record(z.string(), z.number().int()),
    })
    .optional(),
});
export type PrepareReport = z.infer<typeof prepareReportSchema>;
