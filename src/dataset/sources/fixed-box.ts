import * as z from 'zod';
import type { RgbImage } from '../photos/rgb-image';

/** A rectangle in pixels of the upright photo; `right` and `bottom` are the first pixels outside. */
export const cropBoxSchema = z
  .object({ left: z.number().int().min(0), top: z.number().int().min(0), right: z.number().int(), bottom: z.number().int() })
  .refine(({ left, top, right, bottom }) => right > left && bottom > top, 'the box is empty');
export type CropBox = z.infer<typeof cropBoxSchema>;

/**
 * Boxes by name. `casia-webface`: where the faces lie in the photos of 250 x 250 pixels of CASIA-WebFace, as the original
 * project's script for this set cuts them.
 */
export const fixedBoxes: Readonly<Record<string, CropBox>> = {
  'casia-webface': { left: 59, top: 14, right: 207, bottom: 222 },
};

export function boxFits({ width, height }: Pick<RgbImage, 'width' | 'height'>, { right, bottom }: CropBox): boolean {
  return right <= width && bottom <= height;
}

/**
 * The part of a photo within a box, brought to `size` x `size` by bilinear sampling at the centres of pixels. Width and height
 * are scaled each on its own, as the original does.
 * @throws Error when the photo is smaller than the box
 */
export function cropFixedBox(image: RgbImage, box: CropBox, size: number): RgbImage {
  const { width, height, data } = image;
  if (!boxFits(image, box)) throw new Error(`it has ${width} x ${height} pixels, less than the box ${box.left},${box.top},${box.right},${box.bottom}`);
  const out = new Uint8Array(size * size * 3);
  const columns = samplesOf(box.left, box.right, size);
  let o = 0;
  for (const row of samplesOf(box.top, box.bottom, size)) {
    const upper = row.first * width * 3;
    const lower = row.second * width * 3;
    for (const column of columns) {
      for (let channel = 0; channel < 3; channel++, o++) {
        const left = 3 * column.first + channel;
        const right = 3 * column.second + channel;
        const above = mix(data[upper + left] as number, data[upper + right] as number, column.share);
        const below = mix(data[lower + left] as number, data[lower + right] as number, column.share);
        out[o] = mix(above, below, row.share) + 0.5;
      }
    }
  }
  return { width: size, height: size, data: out };
}

interface Sample {
  /** The two pixels that a sample lies between. */
  readonly first: number;
  readonly second: number;
  /** How much of the second. */
  readonly share: number;
}

function samplesOf(start: number, end: number, size: number): Sample[] {
  const last = end - start - 1;
  return Array.from({ length: size }, (_, i) => {
    const position = Math.min(Math.max(((i + 0.5) * (last + 1)) / size - 0.5, 0), last);
    const first = Math.floor(position);
    return { first: start + first, second: start + Math.min(first + 1, last), share: position - first };
  });
}

function mix(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}
