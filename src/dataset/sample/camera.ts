import type { PictureParameters } from './picture';

/** Turns head units into pixels: rotation of the head, then a perspective camera in front of it. */
export class Camera {
  private readonly matrix: readonly number[];
  private readonly pixelsPerUnit: number;
  private readonly centerX: number;
  private readonly centerY: number;
  private readonly distance: number;

  /**
   * @param sizePixels side of the picture
   * @param share how much of the head's yaw and pitch is followed (1 for the head, less for the body)
   */
  constructor(picture: PictureParameters, sizePixels: number, share = 1) {
    this.matrix = rotation(picture.yaw * share, picture.pitch * share, picture.roll * share);
    this.pixelsPerUnit = picture.scale * sizePixels;
    this.centerX = picture.centerX * sizePixels;
    this.centerY = picture.centerY * sizePixels;
    this.distance = picture.cameraDistance;
  }

  /** Writes picture x, picture y (both in pixels, y down) and depth (head units, larger is nearer) of `count` points. */
  project(points: Float32Array, count: number, target: Float32Array, targetOffset: number): void {
    const [a = 1, b = 0, c = 0, d = 0, e = 1, f = 0, g = 0, h = 0, i = 1] = this.matrix;
    for (let k = 0; k < count; k++) {
      const x = points[3 * k] ?? 0;
      const y = points[3 * k + 1] ?? 0;
      const z = points[3 * k + 2] ?? 0;
      const depth = g * x + h * y + i * z;
      const zoom = (this.pixelsPerUnit * this.distance) / (this.distance - depth);
      const at = targetOffset + 3 * k;
      target[at] = this.centerX + (a * x + b * y + c * z) * zoom;
      target[at + 1] = this.centerY - (d * x + e * y + f * z) * zoom;
      target[at + 2] = depth;
    }
  }

  /** Pixels of one point. */
  projectPoint(point: readonly [number, number, number]): [number, number] {
    const result = new Float32Array(3);
    this.project(Float32Array.from(point), 1, result, 0);
    return [result[0] ?? 0, result[1] ?? 0];
  }

  /** Turns directions in place from the head's axes to the picture's (x right, y up, z to the camera). */
  turn(directions: Float32Array): void {
    const [a = 1, b = 0, c = 0, d = 0, e = 1, f = 0, g = 0, h = 0, i = 1] = this.matrix;
    for (let at = 0; at < directions.length; at += 3) {
      const x = directions[at] ?? 0;
      const y = directions[at + 1] ?? 0;
      const z = directions[at + 2] ?? 0;
      directions[at] = a * x + b * y + c * z;
      directions[at + 1] = d * x + e * y + f * z;
      directions[at + 2] = g * x + h * y + i * z;
    }
  }
}

/** Row-major roll · pitch · yaw. */
function rotation(yaw: number, pitch: number, roll: number): number[] {
  const [cy, sy, cp, sp, cr, sr] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch), Math.cos(roll), Math.sin(roll)];
  const turned = [
    [cy, 0, sy],
    [-sp * sy, cp, sp * cy],
    [-cp * sy, -sp, cp * cy],
  ];
  const [first = [], second = [], third = []] = turned;
  return [
    ...first.map((value, k) => cr * value + sr * (second[k] ?? 0)),
    ...first.map((value, k) => -sr * value + cr * (second[k] ?? 0)),
    ...third,
  ];
}
