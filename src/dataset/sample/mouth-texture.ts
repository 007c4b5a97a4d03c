import type { Color } from './color';
import { stretchedY } from './head-profile';
import type { IdentityParameters } from './identity';
import { mix, smoothStep } from './noise';
import type { PictureParameters } from './picture';

const dark: Color = [0.022, 0.01, 0.01];
const white: Color = [0.52, 0.48, 0.42];

/** Paints lips, teeth and the inside of the mouth of one picture over the skin. */
export class MouthTexture {
  private readonly mouthY: number;
  private readonly gap: number;

  constructor(
    private readonly identity: IdentityParameters,
    private readonly picture: PictureParameters,
  ) {
    this.mouthY = stretchedY(identity, identity.mouthY);
    this.gap = 0.11 * picture.mouthOpen + 0.035 * smoothStep(0.5, 1, picture.smile);
  }

  /** Changes `color` (linear light) at the place (x, y) of the smooth head; returns how wet the place shines, 0..1. */
  paint(x: number, y: number, color: Float32Array): number {
    const { identity } = this;
    const across = Math.abs(x) / identity.mouthHalfWidth;
    if (across > 1.15 || Math.abs(y - this.mouthY) > 0.3) return 0;
    const inside = Math.max(0, 1 - across * across);
    const middle = this.mouthY + identity.mouthCornerLift * across * across - 0.018 * Math.max(0, this.picture.smile) * inside;
    const bow = 1 - 0.45 * identity.cupidBow * smoothStep(0.25, 0, across) + 0.12 * smoothStep(0.5, 0.2, Math.abs(across - 0.25));
    const upperTop = middle + identity.upperLip * bow * inside ** 0.8;
    const upperBottom = middle + 0.006 * Math.cos(across * 6) * inside;
    const lowerTop = upperBottom - this.gap * inside ** 0.6;
    const lowerBottom = lowerTop - identity.lowerLip * inside ** 0.6;
    const upper = smoothStep(upperTop + 0.01, upperTop - 0.006, y) * smoothStep(upperBottom - 0.006, upperBottom + 0.004, y);
    const lower = smoothStep(lowerBottom - 0.01, lowerBottom + 0.008, y) * smoothStep(lowerTop + 0.006, lowerTop - 0.004, y);
    if (inside > 0) this.paintLips(x, 0.85 * upper, 0.9 * lower, color);
    this.paintOpening(across, y, upperBottom, lowerTop, color);
    return 0.5 * lower * smoothStep(0, 0.4, inside);
  }

  private paintLips(x: number, upper: number, lower: number, color: Float32Array): void {
    const grain = 1 + 0.06 * Math.sin(x * 190);
    for (let k = 0; k < 3; k++) {
      const lip = grain * (this.identity.lipColor[k] ?? 0);
      color[k] = mix(mix(color[k] ?? 0, 0.8 * lip, upper), lip, lower);
    }
  }

  private paintOpening(across: number, y: number, top: number, bottom: number, color: Float32Array): void {
    const end = smoothStep(1.12, 0.96, across);
    const line = end * Math.min(smoothStep(top + 0.012, top, y), smoothStep(bottom - 0.012, bottom, y));
    if (line <= 0) return;
    const teeth = smoothStep(0.018, 0.03, this.gap) * smoothStep(top - 0.055, top - 0.045, y) * smoothStep(0.9, 0.75, across) * smoothStep(top - 0.004, top - 0.01, y) * smoothStep(bottom + 0.004, bottom + 0.01, y);
    for (let k = 0; k < 3; k++) color[k] = mix(color[k] ?? 0, mix(dark[k] ?? 0, white[k] ?? 0, teeth), 0.92 * line);
  }
}
