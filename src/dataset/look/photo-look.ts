import * as z from 'zod';
import { dropReasonSchema } from '../dataset-artifact';
import { faceMeasuresSchema } from '../quality/face-measures';

const pointSchema = z.tuple([z.number(), z.number()]);
const count = z.number().int().nonnegative();

/** What a preparation would make of one photo. Places are in pixels of the upright photo; pictures are JPEG files in base64. */
export const photoLookSchema = z.object({
  /** "person/file". */
  photo: z.string(),
  /** Of the upright photo in pixels; absent when it cannot be read. */
  size: z.object({ width: count, height: count }).optional(),
  /** Faces that the detector found; absent where the landmarks were known. */
  faces: count.optional(),
  /** Why it would be left out. */
  dropped: z.object({ reason: dropReasonSchema, detail: z.string().optional() }).optional(),
  face: z
    .object({
      landmarks: z.array(pointSchema).length(5),
      /** Absent where the landmarks were known. */
      box: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }).optional(),
      score: z.number().optional(),
      /** "tiny-224", "tiny-416", "ssd", "human" or "sidecar". */
      foundBy: z.string(),
      /** Corners of the square that becomes the crop, clockwise from its top left. */
      corners: z.array(pointSchema).length(4),
      /** The landmarks in the crop, in its pixels. */
      cropLandmarks: z.array(pointSchema).length(5),
      eyeDistancePixels: z.number(),
      /** Crop pixels per photo pixel. */
      scale: z.number(),
      measures: faceMeasuresSchema.optional(),
      crop: z.string(),
    })
    .optional(),
  /** The policy's rule for the person in words, and copies by its operations and by the original project's. */
  policy: z.object({ name: z.string(), rule: z.string(), copies: z.array(z.object({ operation: z.string(), isUsed: z.boolean(), picture: z.string() })) }).optional(),
  /** Side of the crop in pixels. */
  cropSide: count,
  milliseconds: z.number(),
});
export type PhotoLook = z.infer<typeof photoLookSchema>;
