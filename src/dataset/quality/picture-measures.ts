import type { RgbImage } from '../photos/rgb-image';

/** A part of a picture, in whole pixels, with at least a pixel of the picture on each side of it. */
export interface PixelRegion {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface PictureMeasures {
  /**
   * Variance of the Laplacian (four neighbours): small in a blurred picture (Pech-Pacheco et al., "Diatom autofocusing in brightfield
   * microscopy", 2000). In squared levels.
   */
  readonly sharpness: number;
  /** Mean level. */
  readonly brightness: number;
  /** Standard deviation of the levels (RMS contrast: Peli, "Contrast in complex images", 1990). */
  readonly contrast: number;
}

/** Luma by ITU-R BT.601, as JPEG has it, in thousandths of a level: whole numbers are summed without rounding. */
const lumaWeights = { red: 299, green: 587, blue: 114 } as const;
const levelUnits = 1000;

/** Measures the grey levels of a part of a picture; they are not rounded. */
export function measurePicture(image: RgbImage, region: PixelRegion): PictureMeasures {
  const { width, height } = region;
  const grey = greyWithBorder(image, region);
  const stride = width + 2;
  let sum = 0;
  let squares = 0;
  let edgeSum = 0;
  let edgeSquares = 0;
  for (let row = 1; row <= height; row++) {
    for (let i = row * stride + 1; i <= row * stride + width; i++) {
      const level = grey[i] as number;
      const edge = (grey[i - stride] as number) + (grey[i + stride] as number) + (grey[i - 1] as number) + (grey[i + 1] as number) - 4 * level;
      sum += level;
      squares += level * level;
      edgeSum += edge;
      edgeSquares += edge * edge;
    }
  }
  const count = width * height;
  return {
    sharpness: variance(edgeSum, edgeSquares, count) / levelUnits ** 2,
    brightness: sum / count / levelUnits,
    contrast: Math.sqrt(variance(sum, squares, count)) / levelUnits,
  };
}

/** The levels of a region and of a pixel more on each side, in thousandths. */
function greyWithBorder({ data, width }: RgbImage, region: PixelRegion): Int32Array {
  const columns = region.width + 2;
  const rows = region.height + 2;
  const grey = new Int32Array(columns * rows);
  for (let row = 0, i = 0; row < rows; row++) {
    let p = ((region.top - 1 + row) * width + region.left - 1) * 3;
    for (let column = 0; column < columns; column++, i++, p += 3) {
      grey[i] = lumaWeights.red * (data[p] as number) + lumaWeights.green * (data[p + 1] as number) + lumaWeights.blue * (data[p + 2] as number);
    }
  }
  return grey;
}

function variance(sum: number, squares: number, count: number): number {
  const mean = sum / count;
  return Math.max(0, squares / count - mean * mean);
}
