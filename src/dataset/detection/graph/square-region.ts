import type { RgbImage } from '../../photos/rgb-image';
import type { Box } from '../face-detector';

/** Where a region lies in the square that surrounds it; the rest is black. */
export type Placement = 'corner' | 'centre';

/**
 * Cuts a region out of a photo and makes it square by black borders: at the right or the bottom, or on both sides (of an odd
 * difference the library puts the larger half after the region). Parts of the region outside the photo are black.
 * @param region whole pixels
 */
export function squareRegion(image: RgbImage, region: Box, placement: Placement): RgbImage {
  const side = Math.max(region.width, region.height);
  if (isWholeSquare(image, region)) return image;
  const left = region.x - borderBefore(side - region.width, placement);
  const top = region.y - borderBefore(side - region.height, placement);
  const data = new Uint8Array(side * side * 3);
  const firstColumn = Math.max(region.x, 0);
  const lastColumn = Math.min(region.x + region.width, image.width);
  const lastRow = Math.min(region.y + region.height, image.height);
  if (lastColumn <= firstColumn) return { width: side, height: side, data };
  for (let row = Math.max(region.y, 0); row < lastRow; row++) {
    const start = row * image.width;
    const pixels = image.data.subarray((start + firstColumn) * 3, (start + lastColumn) * 3);
    data.set(pixels, ((row - top) * side + firstColumn - left) * 3);
  }
  return { width: side, height: side, data };
}

function isWholeSquare(image: RgbImage, { x, y, width, height }: Box): boolean {
  return x === 0 && y === 0 && width === height && image.width === width && image.height === height;
}

function borderBefore(missing: number, placement: Placement): number {
  return placement === 'corner' ? 0 : missing - Math.round(missing / 2);
}
