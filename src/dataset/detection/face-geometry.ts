/** The rules that every way of running face-api's networks shares. */
import type { FivePoints } from '../align';
import type { RgbImage } from '../photos/rgb-image';
import type { Point } from '../photos/warp';
import type { Box } from './face-detector';

/** Lowest scores that count as a face, per network (measured on LFW: 0.2 finds 99.9 % there without a false subject). */
export const tinyMinScore = 0.2;
export const ssdMinScore = 0.4;
/** A face that fills its photo is found by SSD when the photo gets a black border of this share of its size on each side. */
export const ssdBorderShare = 0.5;

/** The part of `box` within the photo, on whole pixels (rounded down, as the landmark network was trained). */
export function clipToPixels(box: Box, { width, height }: Pick<RgbImage, 'width' | 'height'>): Box {
  const left = Math.max(box.x, 0);
  const top = Math.max(box.y, 0);
  const right = Math.min(box.x + box.width, width);
  const bottom = Math.min(box.y + box.height, height);
  return { x: Math.floor(left), y: Math.floor(top), width: Math.floor(right - left), height: Math.floor(bottom - top) };
}

/** Five points from the 68 of the iBUG 300-W mark-up: eyes 36-41 and 42-47, nose tip 30, mouth corners 48 and 54. */
export function fivePointsOf(points: readonly Point[]): FivePoints {
  if (points.length !== 68) throw new Error(`expected 68 landmarks, got ${points.length}`);
  return [meanOf(points.slice(36, 42)), meanOf(points.slice(42, 48)), points[30] as Point, points[48] as Point, points[54] as Point];
}

function meanOf(points: readonly Point[]): Point {
  const sum = points.reduce(([sumX, sumY], [x, y]): Point => [sumX + x, sumY + y], [0, 0]);
  return [sum[0] / points.length, sum[1] / points.length];
}
