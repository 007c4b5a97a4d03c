import type { RgbImage } from './photos/rgb-image';
import { halve, warp, type Point, type Similarity } from './photos/warp';

/** Left eye, right eye, nose, left mouth corner, right mouth corner, as seen in the picture. */
export type FivePoints = readonly [Point, Point, Point, Point, Point];

/** Templates by the name that a user gives. */
export const templateNames = ['arcface', 'original'] as const;
export type TemplateName = (typeof templateNames)[number];

interface LandmarkTemplate {
  /** Side in pixels of the square crop that the points lie in. */
  readonly size: number;
  readonly points: FivePoints;
}

const templates: Readonly<Record<TemplateName, LandmarkTemplate>> = {
  /** InsightFace's `arcface_dst`, also used by ArcFace's test sets. */
  arcface: { size: 112, points: [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]] },
  /** Set by hand in the original project, for its CASIA-WebFace crops: smaller faces, a little right of the middle. */
  original: { size: 128, points: [[52, 51], [92, 51], [72, 74], [55, 87], [89, 87]] },
};

/** Where the five points of an upright face lie in a crop of `size` x `size` pixels. */
export function templateFor(size: number, name: TemplateName = 'arcface'): FivePoints {
  const template = templates[name];
  const scale = size / template.size;
  return mapPoints(template.points, ([x, y]) => [x * scale, y * scale]);
}

/** A template with the size that it was made for, as written into `dataset.json`: e.g. "arcface-112". */
export function templateTitle(name: TemplateName): string {
  return `${name}-${templates[name].size}`;
}

export function mapPoints(points: FivePoints, map: (point: Point) => Point): FivePoints {
  const [leftEye, rightEye, nose, leftMouth, rightMouth] = points;
  return [map(leftEye), map(rightEye), map(nose), map(leftMouth), map(rightMouth)];
}

/**
 * The similarity that brings `from` closest to `to` in the least-squares sense. In two dimensions Umeyama's solution has a
 * closed form on the centred points: a = sum(p . q) / sum|p|^2, b = sum(p x q) / sum|p|^2. It cannot mirror.
 * @throws RangeError when all points of `from` coincide
 */
export function fitSimilarity(from: readonly Point[], to: readonly Point[]): Similarity {
  const [fromX, fromY] = centreOf(from);
  const [toX, toY] = centreOf(to);
  let dot = 0;
  let cross = 0;
  let square = 0;
  from.forEach(([x, y], i) => {
    const [u, v] = to[i] as Point;
    const px = x - fromX;
    const py = y - fromY;
    dot += px * (u - toX) + py * (v - toY);
    cross += px * (v - toY) - py * (u - toX);
    square += px * px + py * py;
  });
  if (square === 0) throw new RangeError('the points coincide');
  const a = dot / square;
  const b = cross / square;
  return { a, b, tx: toX - a * fromX + b * fromY, ty: toY - b * fromX - a * fromY };
}

export function applySimilarity({ a, b, tx, ty }: Similarity, [x, y]: Point): Point {
  return [a * x - b * y + tx, b * x + a * y + ty];
}

/** Side in photo pixels of the square that becomes the crop: how large the face is in the photo. */
export function cropSidePixels(landmarks: FivePoints, size: number, template: TemplateName = 'arcface'): number {
  const { a, b } = fitSimilarity(landmarks, templateFor(size, template));
  return size / Math.hypot(a, b);
}

/**
 * The aligned crop of a face, `size` x `size`. Parts outside the photo are black.
 * A face more than twice as large as the crop is halved first (means of 2 x 2 pixels), because bilinear sampling would skip pixels.
 */
export function alignFace(image: RgbImage, landmarks: FivePoints, size: number, template: TemplateName = 'arcface'): RgbImage {
  let source = image;
  let points = landmarks;
  const wanted = templateFor(size, template);
  let transform = fitSimilarity(points, wanted);
  while (Math.hypot(transform.a, transform.b) < 0.5 && Math.min(source.width, source.height) >= 2) {
    source = halve(source);
    points = mapPoints(points, ([x, y]) => [(x - 0.5) / 2, (y - 0.5) / 2]);
    transform = fitSimilarity(points, wanted);
  }
  return warp(source, transform, size);
}

function centreOf(points: readonly Point[]): Point {
  let sumX = 0;
  let sumY = 0;
  for (const [x, y] of points) {
    sumX += x;
    sumY += y;
  }
  return [sumX / points.length, sumY / points.length];
}
