import type { PictureParameters } from './picture';

/** Light of one picture: a key light, its weak counterpart from the other side, and an even sky. */
export class Lighting {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  private readonly halfX: number;
  private readonly halfY: number;
  private readonly halfZ: number;
  private readonly red: number;
  private readonly blue: number;
  private readonly key: number;
  private readonly ambient: number;

  constructor(picture: PictureParameters) {
    const { light } = picture;
    this.x = Math.sin(light.azimuth) * Math.cos(light.elevation);
    this.y = Math.sin(light.elevation);
    this.z = Math.cos(light.azimuth) * Math.cos(light.elevation);
    const half = Math.hypot(this.x, this.y, this.z + 1);
    this.halfX = this.x / half;
    this.halfY = this.y / half;
    this.halfZ = (this.z + 1) / half;
    this.red = 1 + light.warmth;
    this.blue = 1 - light.warmth;
    this.key = light.key;
    this.ambient = light.ambient;
  }

  /**
   * Lights the linear colour `color` in place.
   * @param open 0..1 share of the sky that is seen
   * @param wrap how far light creeps around the edge (skin lets more red through)
   * @param shine strength of the highlight
   */
  apply(color: Float32Array, nx: number, ny: number, nz: number, open: number, wrap: number, shine: number): void {
    const cosine = nx * this.x + ny * this.y + nz * this.z;
    const away = Math.max(0, -nx * this.x + 0.3 * nz) * 0.16 * this.key;
    const sky = this.ambient * (0.72 + 0.28 * ny) * open + away * open;
    const direct = this.key * (0.45 + 0.55 * open);
    const highlight = cosine > 0 ? shine * direct * sixteenthPower(nx * this.halfX + ny * this.halfY + nz * this.halfZ) : 0;
    const red = wrapped(cosine, wrap) * direct;
    const other = wrapped(cosine, 0.65 * wrap) * direct;
    color[0] = ((color[0] ?? 0) * (sky + red) + highlight) * this.red;
    color[1] = (color[1] ?? 0) * (sky + other) + highlight;
    color[2] = ((color[2] ?? 0) * (sky + other) + highlight) * this.blue;
  }
}

function sixteenthPower(value: number): number {
  const second = value * value;
  const fourth = second * second;
  const eighth = fourth * fourth;
  return eighth * eighth;
}

function wrapped(cosine: number, wrap: number): number {
  return Math.max(0, (cosine + wrap) / (1 + wrap));
}
