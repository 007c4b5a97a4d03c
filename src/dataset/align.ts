import type { RgbImage } from './photos/rgb-image';
import { halve, warp, type Point, type Similarity } from './photos/warp';

/** Left eye, right eye, nose, left mouth corner, right mouth corner, as seen in the picture. */
export type FivePoints = readonly [Point, Point, Point, Point, Point];

/** Name of the landmark template, as written into `dataset.json`. */
export const templateName = 'arcface-112';

const templateSize = 112;

/** Where the five points of an upright face lie in a crop of 112 x 112 (InsightFace's `arcface_dst`, also used by ArcFace's test sets). */
const template112: FivePoints = [
  [38.2946, 51.6963],
  [73.5318, 51.5014],
  [56.0252, 71.7366],
  [41.5493, 92.3655],
  [70.7299, 92.2041],
];

/** The template for crops of `size` x `size` pixels. */
export function templateFor(size: number): FivePoints {
  const scale = size / templateSize;
  return mapPoints(template112, ([x, y]) => [x * scale, y * scale]);
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
export function cropSidePixels(landmarks: FivePoints, size: number): number {
  const { a, b } = fitSimilarity(landmarks, templateFor(size));
  return size / Math.hypot(a, b);
}

/**
 * The aligned crop of a face, `size` x `size`. Parts outside the photo are black.
 * A face more than twice as large as the crop is halved first (means of 2 x 2 pixels), because bilinear sampling would skip pixels.
 */
export function alignFace(image: RgbImage, landmarks: FivePoints, size: number): RgbImage {
  let source = image;
  let points = landmarks;
  let transform = fitSimilarity(points, templateFor(size));
  while (Math.hypot(transform.a, transform.b) < 0.5 && Math.min(source.width, source.height) >= 2) {
    source = halve(source);
    points = mapPoints(points, ([x, y]) => [(x - 0.5) / 2, (y - 0.5) / 2]);
    transform = fitSimilarity(points, templateFor(size));
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
