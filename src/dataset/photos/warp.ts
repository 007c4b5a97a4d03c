import type { RgbImage } from './rgb-image';

/** x to the right, y down, in pixels; (0, 0) is the centre of the top-left pixel. */
export type Point = readonly [x: number, y: number];

/** x' = a x - b y + tx, y' = b x + a y + ty: rotation, scale and shift. */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly tx: number;
  readonly ty: number;
}

/** A row of sample positions in the source: (x + i stepX, y + i stepY). */
interface SampleRow {
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  readonly stepY: number;
}

/** The picture `size` x `size` that `transform` (source to result) makes of `image`: bilinear, black outside, rounded to the nearest level. */
export function warp(image: RgbImage, transform: Similarity, size: number): RgbImage {
  const data = new Uint8Array(size * size * 3);
  const { a, b, tx, ty } = transform;
  const determinant = a * a + b * b;
  const stepX = a / determinant;
  const stepY = -b / determinant;
  for (let row = 0; row < size; row++) {
    const dy = row - ty;
    const samples = { x: -stepX * tx - stepY * dy, y: stepX * dy - stepY * tx, stepX, stepY };
    const out = data.subarray(row * size * 3, (row + 1) * size * 3);
    if (isInside(image, samples, size)) sampleInside(image, samples, out);
    else sampleAnywhere(image, samples, out);
  }
  return { width: size, height: size, data };
}

/** Half the size in both directions: each pixel is the rounded mean of 2 x 2; an odd last row or column is left out. */
export function halve({ width, height, data }: RgbImage): RgbImage {
  const halfWidth = width >> 1;
  const halfHeight = height >> 1;
  const out = new Uint8Array(halfWidth * halfHeight * 3);
  const stride = width * 3;
  let o = 0;
  for (let row = 0; row < halfHeight; row++) {
    for (let column = 0; column < halfWidth; column++) {
      const start = 2 * row * stride + 6 * column;
      for (let p = start; p < start + 3; p++, o++) {
        const sum = (data[p] as number) + (data[p + 3] as number) + (data[p + stride] as number) + (data[p + stride + 3] as number);
        out[o] = (sum + 2) >> 2;
      }
    }
  }
  return { width: halfWidth, height: halfHeight, data: out };
}

/** Whether every sample of the row has four neighbours in the picture. */
function isInside({ width, height }: RgbImage, { x, y, stepX, stepY }: SampleRow, count: number): boolean {
  const endX = x + stepX * (count - 1);
  const endY = y + stepY * (count - 1);
  // The margin covers the rounding of positions along the row.
  const lastX = width - 1.001;
  const lastY = height - 1.001;
  return Math.min(x, endX) >= 0.001 && Math.max(x, endX) < lastX && Math.min(y, endY) >= 0.001 && Math.max(y, endY) < lastY;
}

function sampleInside({ data, width }: RgbImage, row: SampleRow, out: Uint8Array): void {
  const stride = width * 3;
  for (let i = 0, o = 0; o < out.length; i++) {
    const x = row.x + i * row.stepX;
    const y = row.y + i * row.stepY;
    const left = x | 0;
    const top = y | 0;
    const start = top * stride + left * 3;
    for (let p = start; p < start + 3; p++, o++) {
      const upper = mix(data[p] as number, data[p + 3] as number, x - left);
      const lower = mix(data[p + stride] as number, data[p + stride + 3] as number, x - left);
      out[o] = mix(upper, lower, y - top) + 0.5;
    }
  }
}

function sampleAnywhere({ data, width, height }: RgbImage, row: SampleRow, out: Uint8Array): void {
  const stride = width * 3;
  for (let i = 0, o = 0; o < out.length; i++) {
    const x = row.x + i * row.stepX;
    const y = row.y + i * row.stepY;
    const left = Math.floor(x);
    const top = Math.floor(y);
    const hasLeft = left >= 0 && left < width;
    const hasRight = left >= -1 && left < width - 1;
    const hasTop = top >= 0 && top < height;
    const hasBottom = top >= -1 && top < height - 1;
    const start = top * stride + left * 3;
    for (let p = start; p < start + 3; p++, o++) {
      const upper = mix(hasTop && hasLeft ? (data[p] as number) : 0, hasTop && hasRight ? (data[p + 3] as number) : 0, x - left);
      const lower = mix(hasBottom && hasLeft ? (data[p + stride] as number) : 0, hasBottom && hasRight ? (data[p + stride + 3] as number) : 0, x - left);
      out[o] = mix(upper, lower, y - top) + 0.5;
    }
  }
}

function mix(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}
