import type { Color } from './color';
import type { IdentityParameters } from './identity';
import { bell, mix, smoothStep } from './noise';
import type { PictureParameters } from './picture';

/** Where light comes from as seen by the eyes: unit vector in the picture's axes. */
export interface LightDirection {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

const sclera: Color = [0.58, 0.53, 0.5];
const lashes: Color = [0.012, 0.009, 0.008];
const irisRadius = 0.068;

/** Paints both eyes of one picture over the skin. */
export class EyeTexture {
  private readonly cosine: number;
  private readonly sine: number;
  private readonly openness: number;

  constructor(
    private readonly identity: IdentityParameters,
    private readonly picture: PictureParameters,
    private readonly light: LightDirection,
  ) {
    this.cosine = Math.cos(identity.eyeTilt);
    this.sine = Math.sin(identity.eyeTilt);
    this.openness = Math.max(0, picture.eyelids);
  }

  /** Changes `color` (linear light) at the place (x, y) of the smooth head; returns how wet the place shines, 0..1. */
  paint(x: number, y: number, color: Float32Array): number {
    const { identity } = this;
    const dx = Math.abs(x) - identity.eyeX;
    const dy = y - identity.eyeY;
    if (Math.abs(dx) > 1.6 * identity.eyeHalfWidth || Math.abs(dy) > 0.17) return 0;
    const across = (dx * this.cosine + dy * this.sine) / identity.eyeHalfWidth;
    const above = dy * this.cosine - dx * this.sine;
    const inside = Math.max(0, 1 - Math.abs(across) ** 2.3);
    const usualUpper = identity.eyeHalfHeight * inside ** 0.75;
    const lower = -0.62 * identity.eyeHalfHeight * inside ** 0.8;
    const upper = lower + (usualUpper - lower) * this.openness;
    const wet = inside > 0 && above < upper && above > lower ? 1 : 0;
    if (wet === 1) this.paintBall(Math.sign(x) * across * identity.eyeHalfWidth, above, upper, color);
    this.paintLids(across, above, upper, lower, color);
    return wet;
  }

  private paintBall(x: number, y: number, upper: number, color: Float32Array): void {
    const { identity, picture } = this;
    const dx = x - 0.03 * picture.gazeX;
    const dy = y - 0.008 - 0.02 * picture.gazeY;
    const distance = Math.hypot(dx, dy) / irisRadius;
    const white = 1 - 0.35 * bell(x / (0.6 * identity.eyeHalfWidth) - Math.sign(x) * 1.7, 0);
    const iris = (0.45 + 0.55 * smoothStep(1, 0.8, distance)) * (1 + 0.6 * bell(dx / 0.04, (dy + 0.03) / 0.03));
    const pupil = smoothStep(0.48, 0.38, distance);
    const inIris = smoothStep(1.06, 0.94, distance);
    const shade = 1 - 0.6 * smoothStep(0.045, 0, upper - y);
    const glint = smoothStep(1.2, 0.7, Math.hypot(dx - 0.028 * this.light.x, dy - 0.02 - 0.02 * this.light.y) / 0.017);
    for (let k = 0; k < 3; k++) {
      const colored = mix(iris * (identity.irisColor[k] ?? 0), 0.004, pupil);
      color[k] = mix(white * (sclera[k] ?? 0), colored, inIris) * shade + 0.8 * glint;
    }
  }

  private paintLids(across: number, above: number, upper: number, lower: number, color: Float32Array): void {
    const end = smoothStep(1.25, 0.85, Math.abs(across));
    const outer = smoothStep(-0.8, 0.9, across);
    const lash = end * smoothStep(0.024 + 0.014 * outer, 0.008, Math.abs(above - upper - 0.006));
    const crease = 0.5 * this.identity.lidCrease * end * bell((above - upper - 0.05) / 0.011, 0);
    const rim = 0.35 * end * bell((above - lower + 0.006) / 0.012, 0);
    const keep = (1 - 0.9 * lash) * (1 - crease) * (1 - rim);
    for (let k = 0; k < 3; k++) color[k] = (color[k] ?? 0) * keep + (lashes[k] ?? 0) * lash;
  }
}
