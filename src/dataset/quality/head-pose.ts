import { templateFor, type FivePoints } from '../align';

export interface HeadPose {
  /** Turned to the side: positive when the nose points to the right of the picture. */
  readonly yawDegrees: number;
  /** Nodding: positive when the nose points up. */
  readonly pitchDegrees: number;
  /** Tilted in the picture: positive clockwise. */
  readonly rollDegrees: number;
}

type Vector = readonly [number, number, number];

/**
 * How far the nose tip and the mouth corners lie in front of the eyes, in pixels of the 112-pixel template, where the eyes are 35 apart.
 * With 63 mm between the pupils that is 27 and 2 mm, the depths of the generic head that is common in examples of OpenCV's solvePnP.
 */
const depths = [0, 0, 15, 1, 1] as const;

/** The generic head: right, down and towards the viewer from its centre. A face that lies on the template looks straight ahead. */
const head = centred(symmetric(templateFor(112)).map(([x, y], i): Vector => [x, y, depths[i] ?? 0]));
const inverseMoments = invert(moments(head, head));
/** What each point of a picture contributes to an axis of the picture in coordinates of the head. The head is centred, so a shift of all points adds nothing. */
const contributions = head.map((point) => multiply(inverseMoments, point));

/**
 * Pose of a head from its five points: the scaled orthographic projection of a generic head that fits them best (the first step of
 * DeMenthon and Davis, "Model-based object pose in 25 lines of code", 1995). Good to some degrees for a look at the camera; beyond
 * about 60 degrees the points themselves are no longer found well.
 * @returns undefined when the points coincide or lie on a line
 */
export function headPose(points: FivePoints): HeadPose | undefined {
  const right = pictureAxis(points, 0);
  const down = pictureAxis(points, 1);
  const scale = Math.min(length(right), length(down));
  if (!(scale > 1e-6)) return undefined;
  const axes = orthonormal(normalized(right), normalized(down));
  return axes && anglesOf(axes);
}

/** R = rotation in the picture * turn to the side * nod; R's rows are the picture's axes in coordinates of the head. */
function anglesOf([right, down]: readonly [Vector, Vector]): HeadPose {
  const roll = Math.atan2(down[0], right[0]);
  const [cos, sin] = [Math.cos(roll), Math.sin(roll)];
  const level = combine(right, cos, down, sin);
  const upright = combine(down, cos, right, -sin);
  const pitch = Math.atan2(-upright[2], upright[1]);
  const yaw = Math.atan2(level[1] * Math.sin(pitch) + level[2] * Math.cos(pitch), level[0]);
  return { yawDegrees: degrees(yaw), pitchDegrees: degrees(pitch), rollDegrees: degrees(roll) };
}

/** The right-angled pair nearest to two directions; undefined when these are parallel. */
function orthonormal(a: Vector, b: Vector): [Vector, Vector] | undefined {
  const sum = combine(a, 1, b, 1);
  const difference = combine(a, 1, b, -1);
  if (length(sum) < 1e-6 || length(difference) < 1e-6) return undefined;
  const [s, d] = [normalized(sum), normalized(difference)];
  return [combine(s, Math.SQRT1_2, d, Math.SQRT1_2), combine(s, Math.SQRT1_2, d, -Math.SQRT1_2)];
}

/** The template is the mean of real faces, hence not quite symmetric. */
function symmetric([leftEye, rightEye, nose, leftMouth, rightMouth]: FivePoints): FivePoints {
  const middle = nose[0];
  const eyes = (rightEye[0] - leftEye[0]) / 2;
  const mouth = (rightMouth[0] - leftMouth[0]) / 2;
  const eyeRow = (leftEye[1] + rightEye[1]) / 2;
  const mouthRow = (leftMouth[1] + rightMouth[1]) / 2;
  return [[middle - eyes, eyeRow], [middle + eyes, eyeRow], nose, [middle - mouth, mouthRow], [middle + mouth, mouthRow]];
}

function pictureAxis(points: FivePoints, axis: 0 | 1): Vector {
  return contributions.reduce<Vector>((sum, contribution, i) => combine(sum, 1, contribution, points[i]?.[axis] ?? 0), [0, 0, 0]);
}

function centred(points: readonly Vector[]): Vector[] {
  const mean = points.reduce((sum, point) => combine(sum, 1, point, 1 / points.length), [0, 0, 0] as Vector);
  return points.map((point) => combine(point, 1, mean, -1));
}

type Matrix = readonly [Vector, Vector, Vector];

function moments(a: readonly Vector[], b: readonly Vector[]): Matrix {
  const entry = (i: number, j: number): number => a.reduce((sum, point, k) => sum + (point[i] as number) * (b[k]?.[j] as number), 0);
  const row = (i: number): Vector => [entry(i, 0), entry(i, 1), entry(i, 2)];
  return [row(0), row(1), row(2)];
}

function invert([a, b, c]: Matrix): Matrix {
  const [bc, ca, ab] = [cross(b, c), cross(c, a), cross(a, b)];
  const determinant = a[0] * bc[0] + a[1] * bc[1] + a[2] * bc[2];
  const row = (i: 0 | 1 | 2): Vector => [bc[i] / determinant, ca[i] / determinant, ab[i] / determinant];
  return [row(0), row(1), row(2)];
}

function multiply([a, b, c]: Matrix, v: Vector): Vector {
  const dot = (row: Vector): number => row[0] * v[0] + row[1] * v[1] + row[2] * v[2];
  return [dot(a), dot(b), dot(c)];
}

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function combine(a: Vector, shareOfA: number, b: Vector, shareOfB: number): Vector {
  return [a[0] * shareOfA + b[0] * shareOfB, a[1] * shareOfA + b[1] * shareOfB, a[2] * shareOfA + b[2] * shareOfB];
}

function length(v: Vector): number {
  return Math.hypot(...v);
}

function normalized(v: Vector): Vector {
  return combine(v, 1 / length(v), v, 0);
}

function degrees(radians: number): number {
  return (radians * 180) / Math.PI;
}
