import type { SeededRandom } from '../../base/random';
import type { PixelNormalization } from '../../network/network-spec';
import type { Augmentation } from '../recipe/augmentation-section';

/** One random change of a picture. Positions are in pixels from the centre, colours in 0..255. */
interface Change {
  /** Maps target to source: x' = a x + b y + c, y' = d x + e y + f, centre-based. */
  readonly matrix: readonly [number, number, number, number, number, number];
  readonly gain: number;
  readonly offset: number;
  readonly grey: boolean;
  readonly erased: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number } | undefined;
}

/** Draws a change. The number of draws does not depend on the outcome, so one setting does not shift the others' randomness. */
function drawChange(augmentation: Augmentation, size: number, random: SeededRandom): Change {
  const symmetric = (extent: number): number => random.between(-extent, extent);
  const mirror = random.uniform() < 0.5 && augmentation.flip ? -1 : 1;
  const zoom = 1 / (1 + symmetric(augmentation.scale));
  const angle = (symmetric(augmentation.rotationDegrees) * Math.PI) / 180;
  const shiftX = symmetric(augmentation.shift) * size;
  const shiftY = symmetric(augmentation.shift) * size;
  const gain = 1 + symmetric(augmentation.contrast);
  const offset = symmetric(augmentation.brightness) * 127.5;
  const grey = random.uniform() < augmentation.grey;
  const erase = random.uniform() < augmentation.erase;
  const width = random.between(0.15, 0.45) * size;
  const height = random.between(0.15, 0.45) * size;
  const left = random.uniform() * (size - width);
  const top = random.uniform() * (size - height);
  const cos = Math.cos(angle) * zoom;
  const sin = Math.sin(angle) * zoom;
  return {
    matrix: [cos * mirror, -sin, shiftX, sin * mirror, cos, shiftY],
    gain, offset, grey,
    erased: erase ? { left, top, right: left + width, bottom: top + height } : undefined,
  };
}

/**
 * Writes one picture, randomly changed and normalised, into `target`. Sampling is bilinear; what lies outside is the edge's colour.
 * @param pixels uint8 [size, size, 3] at `from` of the array
 * @param target float32 [size, size, 3] at `to` of the array
 */
export function augmentInto(
  target: Float32Array, to: number, pixels: Uint8Array, from: number, size: number,
  normalization: PixelNormalization, augmentation: Augmentation, random: SeededRandom,
): void {
  const change = drawChange(augmentation, size, random);
  const [a, b, c, d, e, f] = change.matrix;
  const centre = (size - 1) / 2;
  const colour = colourMap(change, normalization);
  const { erased } = change;
  let out = to;
  for (let row = 0; row < size; row++) {
    const y = row - centre;
    for (let column = 0; column < size; column++, out += 3) {
      if (erased && column >= erased.left && column < erased.right && row >= erased.top && row < erased.bottom) {
        target.fill(0, out, out + 3);
        continue;
      }
      const x = column - centre;
      sampleInto(target, out, pixels, from, size, a * x + b * y + c + centre, d * x + e * y + f + centre);
      colour(target, out);
    }
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

/** Contrast around mid-grey, brightness, grey and normalisation, in place on three values. */
function colourMap(change: Change, { mean, deviation }: PixelNormalization): (target: Float32Array, out: number) => void {
  const scale = change.gain / deviation;
  const shift = (127.5 * (1 - change.gain) + change.offset - mean) / deviation;
  return (target, out) => {
    let red = target[out] ?? 0;
    let green = target[out + 1] ?? 0;
    let blue = target[out + 2] ?? 0;
    // ITU-R BT.601 luma
    if (change.grey) red = green = blue = 0.299 * red + 0.587 * green + 0.114 * blue;
    target[out] = red * scale + shift;
    target[out + 1] = green * scale + shift;
    target[out + 2] = blue * scale + shift;
  };
}
