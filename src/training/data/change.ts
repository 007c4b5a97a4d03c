import type { SeededRandom } from '../../base/random';
import type { Augmentation } from '../recipe/augmentation-section';

/** Maps target to source: x' = a x + b y + c, y' = d x + e y + f, in pixels from the centre. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** In pixels of the picture; right and bottom are outside. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** One random change of a picture. */
export interface Change {
  readonly matrix: Affine;
  readonly gain: number;
  /** In 0..255. */
  readonly offset: number;
  readonly grey: boolean;
  readonly erased: Rectangle | undefined;
  /** 0 makes grey, 1 keeps the colours. */
  readonly saturation: number;
  readonly hueRadians: number;
  /** Standard deviation of the Gaussian; 0: none. */
  readonly blurPixels: number;
  readonly jpegQuality: number | undefined;
}

/**
 * Draws a change. The number of draws does not depend on the outcome, so one setting does not shift the others' randomness. A new
 * setting draws behind all others: so the pictures of older recipes stay what they were.
 */
export function drawChange(augmentation: Augmentation, size: number, random: SeededRandom): Change {
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
  const saturation = 1 + symmetric(augmentation.saturation);
  const hueRadians = (symmetric(augmentation.hueDegrees) * Math.PI) / 180;
  const blurs = random.uniform() < augmentation.blur;
  const blurPixels = random.between(0, augmentation.blurPixels);
  const recompresses = random.uniform() < augmentation.jpeg;
  const [lowest, highest] = augmentation.jpegQuality;
  const quality = Math.min(highest, Math.floor(random.between(lowest, highest + 1)));
  const side = random.between(augmentation.crop, 1);
  const margin = ((1 - side) / 2) * size;
  const cropX = symmetric(margin);
  const cropY = symmetric(margin);
  const cos = Math.cos(angle) * zoom;
  const sin = Math.sin(angle) * zoom;
  return {
    matrix: cropped([cos * mirror, -sin, shiftX, sin * mirror, cos, shiftY], side, cropX, cropY),
    gain, offset, grey,
    erased: erase ? { left, top, right: left + width, bottom: top + height } : undefined,
    saturation, hueRadians,
    blurPixels: blurs ? blurPixels : 0,
    jpegQuality: recompresses ? quality : undefined,
  };
}

/** The part of the changed picture around (x, y) whose side is `side` of the whole, enlarged to the whole. */
function cropped([a, b, c, d, e, f]: Affine, side: number, x: number, y: number): Affine {
  return [a * side, b * side, a * x + b * y + c, d * side, e * side, d * x + e * y + f];
}
