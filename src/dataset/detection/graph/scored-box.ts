import type { Box } from '../face-detector';

export interface ScoredBox {
  /** In photo pixels. */
  readonly box: Box;
  /** Confidence, 0..1. */
  readonly score: number;
}

/** Greedy non-maximum suppression: the best box, then each next best that overlaps no kept one by more than `maxOverlap` (intersection over union). */
export function suppressOverlaps(boxes: readonly ScoredBox[], maxOverlap: number): ScoredBox[] {
  const kept: ScoredBox[] = [];
  for (const candidate of [...boxes].sort((a, b) => b.score - a.score)) {
    if (kept.every(({ box }) => !(overlap(box, candidate.box) > maxOverlap))) kept.push(candidate);
  }
  return kept;
}

function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  const shared = Math.max(0, width) * Math.max(0, height);
  return shared / (a.width * a.height + b.width * b.height - shared);
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** The x at which the sigmoid reaches `share`: scores are compared with it before they are activated. */
export function logit(share: number): number {
  return Math.log(share / (1 - share));
}

/** How far the square that the network saw reaches beyond the photo, per direction; the photo is taken as it is after rounding to network pixels. */
export function squareShare({ width, height }: { readonly width: number; readonly height: number }, side: number): { x: number; y: number } {
  const scale = side / Math.max(width, height);
  const columns = Math.round(width * scale);
  const rows = Math.round(height * scale);
  const longest = Math.max(columns, rows);
  return { x: longest / columns, y: longest / rows };
}
