import * as z from 'zod';
import { alignFace, type FivePoints } from '../align';
import type { RgbImage } from '../photos/rgb-image';
import { headPose } from './head-pose';
import { measurePicture, type PixelRegion } from './picture-measures';

/** What is measured of the face that stands for a photo, in the order of the columns on disk. */
export const measureNames = ['sizePixels', 'sharpness', 'brightness', 'contrast', 'yawDegrees', 'pitchDegrees', 'rollDegrees'] as const;
export type MeasureName = (typeof measureNames)[number];

/**
 * `sizePixels`: side of the square of the photo that becomes the crop. `sharpness`: variance of the Laplacian, in squared grey
 * levels. `brightness` and `contrast`: mean and standard deviation of the grey levels 0..255. The angles are those of `HeadPose`.
 */
export type FaceMeasures = Readonly<Record<MeasureName, number>>;

export const faceMeasuresSchema: z.ZodType<FaceMeasures> = z.record(z.enum(measureNames), z.number());

/** Pictures are measured at this size whatever the crops' own, so that limits mean the same for each dataset. */
const measuredSize = 112;
/** Brows to chin: of the rest, much is hair, background, or black from beyond the photo. */
const faceRegion: PixelRegion = { left: 16, top: 28, width: 80, height: 80 };

/**
 * Measures an aligned face. Values are rounded to tenths; adding zero makes -0 a 0, as the journal would.
 * @param image in which the points are given
 * @param crop its crop, when that was made already
 * @param sizePixels side of the face's square in the original photo
 */
export function measureFace(image: RgbImage, landmarks: FivePoints, crop: RgbImage, sizePixels: number): FaceMeasures {
  const picture = crop.width === measuredSize ? crop : alignFace(image, landmarks, measuredSize);
  const pose = headPose(landmarks) ?? { yawDegrees: 0, pitchDegrees: 0, rollDegrees: 0 };
  const values = { sizePixels, ...measurePicture(picture, faceRegion), ...pose };
  const rounded = (name: MeasureName): number => Math.round(values[name] * 10) / 10 + 0;
  return {
    sizePixels: rounded('sizePixels'), sharpness: rounded('sharpness'), brightness: rounded('brightness'), contrast: rounded('contrast'),
    yawDegrees: rounded('yawDegrees'), pitchDegrees: rounded('pitchDegrees'), rollDegrees: rounded('rollDegrees'),
  };
}
