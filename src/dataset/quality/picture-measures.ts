import type { RgbImage } from '../photos/rgb-image';

/** A part of a picture, in whole pixels, with at least a pixel of the picture on each side of it. */
export interface PixelRegion {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Variance of the Laplacian (four neighbours) of the grey levels: small in a blurred picture (Pech-Pacheco et al., "Diatom autofocusing
 * in brightfield microscopy", 2000). In squared levels; the grey levels are not rounded.
 */
export function sharpnessOf(image: RgbImage, region: PixelRegion): number {
  const grey = greyLevels(image);
  const { width } = image;
  return spread(region, width, (i) => at(grey, i - width) + at(grey, i + width) + at(grey, i - 1) + at(grey, i + 1) - 4 * at(grey, i)).variance;
}

/** Mean of the grey levels, and their standard deviation (RMS contrast: Peli, "Contrast in complex images", 1990). */
export function lightOf(image: RgbImage, region: PixelRegion): { brightness: number; contrast: number } {
  const grey = greyLevels(image);
  const { mean, variance } = spread(region, image.width, (i) => at(grey, i));
  return { brightness: mean, contrast: Math.sqrt(variance) };
}

/** Luma by ITU-R BT.601, as JPEG has it. */
function greyLevels({ data }: RgbImage): Float64Array {
  const grey = new Float64Array(data.length / 3);
  for (let i = 0; i < grey.length; i++) grey[i] = 0.299 * (data[3 * i] as number) + 0.587 * (data[3 * i + 1] as number) + 0.114 * (data[3 * i + 2] as number);
  return grey;
}

function spread({ left, top, width, height }: PixelRegion, rowLength: number, valueAt: (pixel: number) => number): { mean: number; variance: number } {
  let sum = 0;
  let squares = 0;
  for (let row = top; row < top + height; row++) {
    for (let column = left; column < left + width; column++) {
      const value = valueAt(row * rowLength + column);
      sum += value;
      squares += value * value;
    }
  }
  const count = width * height;
  const mean = sum / count;
  return { mean, variance: Math.max(0, squares / count - mean * mean) };
}

function at(values: Float64Array, index: number): number {
  return values[index] as number;
}
