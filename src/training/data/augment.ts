import type { SeededRandom } from '../../base/random';
import type { PixelNormalization } from '../../network/network-spec';
import type { Augmentation } from '../recipe/augmentation-section';
import { blurInPlace } from './blur';
import { drawChange, type Change, type Rectangle } from './change';
import { colourMap } from './colour-map';
import { recompressInPlace } from './recompress';

/**
 * Writes one picture, randomly changed and normalised, into `target`. Sampling is bilinear; what lies outside is the edge's colour.
 * The order is that of a photo's life: scene and light, lens, file; what is erased comes last and stays sharp.
 * @param pixels uint8 [size, size, 3] at `from` of the array
 * @param target float32 [size, size, 3] at `to` of the array
 */
export async function augmentInto(
  target: Float32Array, to: number, pixels: Uint8Array, from: number, size: number,
  normalization: PixelNormalization, augmentation: Augmentation, random: SeededRandom,
): Promise<void> {
  const change = drawChange(augmentation, size, random);
  const picture = target.subarray(to, to + size * size * 3);
  render(picture, pixels, from, size, change, normalization);
  if (change.blurPixels > 0) blurInPlace(picture, size, change.blurPixels);
  if (change.jpegQuality !== undefined) await recompressInPlace(picture, size, normalization, change.jpegQuality);
  if (change.erased) erase(picture, size, change.erased);
}

/** Geometry and colours. */
function render(picture: Float32Array, pixels: Uint8Array, from: number, size: number, change: Change, normalization: PixelNormalization): void {
  const [a, b, c, d, e, f] = change.matrix;
  const centre = (size - 1) / 2;
  const colour = colourMap(change, normalization);
  let out = 0;
  for (let row = 0; row < size; row++) {
    const y = row - centre;
    for (let column = 0; column < size; column++, out += 3) {
      const x = column - centre;
      sampleInto(picture, out, pixels, from, size, a * x + b * y + c + centre, d * x + e * y + f + centre);
      colour(picture, out);
    }
  }
}

function erase(picture: Float32Array, size: number, { left, top, right, bottom }: Rectangle): void {
  for (let row = Math.ceil(top); row < Math.min(size, bottom); row++) {
    const start = row * size;
    picture.fill(0, (start + Math.ceil(left)) * 3, (start + Math.min(size, Math.ceil(right))) * 3);
  }
}

function sampleInto(target: Float32Array, out: number, pixels: Uint8Array, from: number, size: number, sourceX: number, sourceY: number): void {
  const last = size - 1;
  const x = sourceX < 0 ? 0 : sourceX > last ? last : sourceX;
  const y = sourceY < 0 ? 0 : sourceY > last ? last : sourceY;
  const left = x | 0;
  const top = y | 0;
  const fx = x - left;
  const fy = y - top;
  const p = from + (top * size + left) * 3;
  const right = left < last ? 3 : 0;
  const down = top < last ? size * 3 : 0;
  for (let channel = 0; channel < 3; channel++) {
    const q = p + channel;
    const upper = (pixels[q] ?? 0) * (1 - fx) + (pixels[q + right] ?? 0) * fx;
    const lower = (pixels[q + down] ?? 0) * (1 - fx) + (pixels[q + down + right] ?? 0) * fx;
    target[out + channel] = upper * (1 - fy) + lower * fy;
  }
}
