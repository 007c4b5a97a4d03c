import { SeededRandom } from '../../base/random';
import { fromSrgb, scaleColor } from './color';
import { stretchedY } from './head-profile';
import type { IdentityParameters } from './identity';
import { NoiseTile, bell, mix, smoothStep } from './noise';

const columns = 320;
const rows = 430;
const left = -0.8;
const top = 1.04;
const texelsPerUnit = 200;

/**
 * The person's skin seen from the front, without eyes and lips, as linear light: mottling, redness, freckles, moles,
 * brows, beard, lines and nostrils.
 */
export class SkinTexture {
  private readonly texels = new Float32Array(columns * rows * 3);

  constructor(identity: IdentityParameters) {
    const painter = new SkinPainter(identity);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        painter.paint(left + (column + 0.5) / texelsPerUnit, top - (row + 0.5) / texelsPerUnit);
        this.texels.set(painter.color, (row * columns + column) * 3);
      }
    }
  }

  /** Offset into `values` of the texel at (x, y) of the smooth head; places outside get the nearest texel. */
  offsetAt(x: number, y: number): number {
    const column = Math.min(columns - 1, Math.max(0, Math.floor((x - left) * texelsPerUnit)));
    const row = Math.min(rows - 1, Math.max(0, Math.floor((top - y) * texelsPerUnit)));
    return (row * columns + column) * 3;
  }

  get values(): Float32Array {
    return this.texels;
  }
}

class SkinPainter {
  readonly color = new Float32Array(3);
  private readonly mottling: NoiseTile;
  private readonly strands: NoiseTile;
  private readonly spots: NoiseTile;
  private readonly mouthY: number;

  constructor(private readonly identity: IdentityParameters) {
    const random = new SeededRandom(identity.textureSeed, 'skin');
    this.mottling = new NoiseTile(random);
    this.strands = new NoiseTile(random);
    this.spots = new NoiseTile(random);
    this.mouthY = stretchedY(identity, identity.mouthY);
  }

  paint(x: number, y: number): void {
    const { identity, color } = this;
    const side = Math.abs(x);
    color.set(identity.skinColor);
    this.tint(1, 1, 1, 1 + 0.07 * this.mottling.fractal(x * 14, y * 14) + 0.05 * this.mottling.at(x * 70, y * 70));
    this.paintRedness(x, side, y);
    if (identity.freckles > 0) this.paintFreckles(x, side, y);
    this.paintLines(x, side, y);
    this.paintBeard(x, side, y);
    this.paintBrow(x, side, y);
    this.paintMoles(x, y);
    this.paintNostrils(side, y);
  }

  private tint(red: number, green: number, blue: number, all: number): void {
    const { color } = this;
    color[0] = (color[0] ?? 0) * red * all;
    color[1] = (color[1] ?? 0) * green * all;
    color[2] = (color[2] ?? 0) * blue * all;
  }

  private cover(paint: readonly [number, number, number], share: number): void {
    const { color } = this;
    for (let k = 0; k < 3; k++) color[k] = mix(color[k] ?? 0, paint[k] ?? 0, share);
  }

  private paintRedness(x: number, side: number, y: number): void {
    const { identity } = this;
    const cheek = bell((side - 0.36) / 0.16, (y + 0.3) / 0.16);
    const nose = bell(x / 0.12, (y - identity.noseTipY) / 0.12);
    const amount = (0.35 + 0.65 * identity.skinRedness) * Math.max(cheek, 0.8 * nose);
    this.tint(1 + 0.04 * amount, 1 - 0.13 * amount, 1 - 0.12 * amount, 1);
    const lid = bell((side - identity.eyeX) / 0.2, (y - identity.eyeY) / 0.13);
    this.tint(1, 0.96, 0.98, 1 - (0.12 + 0.12 * Math.max(0, identity.eyeBags)) * lid);
  }

  private paintFreckles(x: number, side: number, y: number): void {
    const region = bell(side / 0.5, (y + 0.22) / 0.3);
    const spot = smoothStep(0.35, 0.6, this.spots.at(x * 42, y * 42)) * region * this.identity.freckles;
    this.tint(1 - 0.3 * spot, 1 - 0.5 * spot, 1 - 0.6 * spot, 1);
  }

  private paintLines(x: number, side: number, y: number): void {
    const { identity } = this;
    const foldX = 0.15 + 0.42 * (identity.noseTipY - y);
    const fold = bell((side - foldX) / 0.016, (y - 0.5 * (identity.noseTipY + this.mouthY)) / 0.13);
    const wave = 0.01 * this.strands.at(x * 6, 3);
    const forehead = [0.36, 0.44, 0.52].reduce((sum, line) => sum + bell(x / 0.36, (y - line - wave) / 0.012), 0);
    const crow = [-0.35, 0, 0.35].reduce((sum, slope) => {
      const out = side - identity.eyeX - identity.eyeHalfWidth - 0.06;
      return sum + bell(out / 0.055, (y - identity.eyeY - slope * out - 0.03 * Math.sign(slope)) / 0.008);
    }, 0);
    const bag = bell((side - identity.eyeX) / 0.12, (y - identity.eyeY + 0.125) / 0.016);
    const depth = fold * (0.16 + 0.4 * identity.ageLines) + (0.35 * forehead + 0.3 * crow) * identity.ageLines + 0.25 * bag * Math.max(0, identity.eyeBags);
    this.tint(1, 0.97, 0.97, 1 - Math.min(0.6, depth));
  }

  private paintBrow(x: number, side: number, y: number): void {
    const { identity } = this;
    const t = (side - 0.1) / (0.33 * identity.browLength);
    if (t < -0.15 || t > 1.15) return;
    const arch = identity.browArch * (1 - ((t - 0.6) / 0.6) ** 2);
    const center = identity.browY + identity.browTilt * (side - 0.26) + arch;
    const half = identity.browThickness * (0.75 + 0.6 * t) * (t > 0.55 ? 1 - 0.75 * ((t - 0.55) / 0.55) : 1);
    const edge = smoothStep(-0.1, 0.1, t) * smoothStep(1.12, 0.9, t);
    const shape = edge * smoothStep(1.25, 0.6, Math.abs(y - center) / Math.max(0.008, half));
    if (shape <= 0) return;
    const strand = 0.85 + 0.3 * this.strands.at(x * 60 - y * 30, y * 45);
    this.cover(scaleColor(identity.hair.color, 0.42), Math.min(0.96, shape * identity.browDensity * strand));
  }

  private paintBeard(x: number, side: number, y: number): void {
    const { beard } = this.identity;
    if (beard.moustache + beard.chin + beard.sides === 0) return;
    const density = this.beardDensity(side, y);
    if (density <= 0) return;
    const strand = 0.8 + 0.35 * this.strands.fractal(x * 50, y * 24);
    this.cover(scaleColor(beard.color, 0.8), Math.min(0.95, density * strand));
  }

  private beardDensity(side: number, y: number): number {
    const { identity, mouthY } = this;
    const { beard, mouthHalfWidth, upperLip, lowerLip } = identity;
    const lip = mouthY + upperLip;
    const moustacheReach = mouthHalfWidth + 0.07 - 1.1 * Math.max(0, y - lip);
    const moustache = smoothStep(moustacheReach, moustacheReach - 0.07, side) * smoothStep(lip - 0.03, lip, y + 0.25 * Math.max(0, side - 0.1)) * smoothStep(identity.noseTipY - 0.06, identity.noseTipY - 0.1, y);
    const mouthAway = Math.hypot(side / (mouthHalfWidth + 0.02), (y - mouthY + 0.01) / (lowerLip + 0.025));
    const clear = smoothStep(0.95, 1.15, mouthAway);
    const chin = smoothStep(0.3, 0.24, side) * smoothStep(mouthY + 0.02, mouthY - 0.03, y + 0.2 * (side < 0.2 ? 0.2 - side : 0)) * clear;
    const cheekLine = -0.5 + 0.75 * Math.max(0, side - 0.25);
    const sides = smoothStep(0.22, 0.3, side) * smoothStep(cheekLine + 0.04, cheekLine - 0.06, y) * clear;
    return Math.max(beard.moustache * moustache, beard.chin * chin, beard.sides * sides);
  }

  private paintMoles(x: number, y: number): void {
    for (const mole of this.identity.moles) {
      const share = smoothStep(1.2, 0.7, Math.hypot(x - mole.x, y - stretchedY(this.identity, mole.y)) / mole.radius);
      if (share > 0) this.cover(scaleColor(fromSrgb(92, 56, 44), 0.6 + 0.4 * (this.identity.skinColor[0] ?? 0)), 0.85 * share);
    }
  }

  private paintNostrils(side: number, y: number): void {
    const { identity } = this;
    const away = Math.hypot((side - 0.46 * identity.noseHalfWidth) / (0.3 * identity.noseHalfWidth), (y - identity.noseTipY + 0.05) / 0.022);
    this.tint(1, 0.8, 0.8, 1 - 0.75 * smoothStep(1.35, 0.5, away));
    const wing = bell((side - 1.12 * identity.noseHalfWidth) / 0.016, (y - identity.noseTipY + 0.015) / 0.05);
    const under = bell(side / (0.9 * identity.noseHalfWidth), (y - identity.noseTipY + 0.065) / 0.02);
    this.tint(1, 0.94, 0.94, 1 - 0.22 * wing - 0.1 * under);
  }
}
