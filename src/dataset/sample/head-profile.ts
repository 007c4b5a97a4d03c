import type { IdentityParameters } from './identity';
import { bell } from './noise';

/** The horizontal section of the head at one height, in head units. */
export interface HeadSection {
  readonly y: number;
  readonly halfWidth: number;
  /** Where the section is widest. */
  readonly middleZ: number;
  readonly frontZ: number;
  readonly backZ: number;
}

const heights = [1, 0.97, 0.9, 0.7, 0.45, 0.2, 0, -0.2, -0.4, -0.6, -0.78, -0.9, -0.97, -1];
const angles = heights.map((y) => Math.asin(y));
const halfWidths = [0, 0.18, 0.34, 0.55, 0.645, 0.665, 0.66, 0.645, 0.605, 0.535, 0.415, 0.3, 0.18, 0];
const frontZs = [-0.1, 0.12, 0.32, 0.55, 0.655, 0.675, 0.63, 0.635, 0.65, 0.67, 0.66, 0.635, 0.56, 0.42];
const middleZs = [-0.1, -0.1, -0.12, -0.12, -0.1, -0.08, -0.05, 0, 0, 0.03, 0.14, 0.28, 0.36, 0.4];
const backZs = [-0.1, -0.35, -0.57, -0.82, -0.92, -0.92, -0.88, -0.78, -0.62, -0.42, -0.12, 0.12, 0.28, 0.38];

/**
 * The head's section at the angle `angle` above the horizon (-π/2 chin .. π/2 crown; y = sin(angle) before the
 * person's lower face length is applied).
 */
export function headSection(identity: IdentityParameters, angle: number): HeadSection {
  const y = Math.sin(angle);
  const width =
    identity.headWidth *
    (1 +
      (identity.cheekboneWidth - 1) * bell((y + 0.15) / 0.3, 0) +
      (identity.jawWidth - 1) * bell((y + 0.6) / 0.25, 0) +
      (identity.chinWidth - 1) * bell((y + 0.93) / 0.16, 0));
  return {
    y: stretchedY(identity, y),
    halfWidth: curveAt(halfWidths, angle) * width,
    middleZ: curveAt(middleZs, angle),
    frontZ: curveAt(frontZs, angle),
    backZ: curveAt(backZs, angle),
  };
}

/** Moves everything below the nose's tip by the person's lower face length. */
export function stretchedY(identity: IdentityParameters, y: number): number {
  return y > -0.4 ? y : -0.4 + (y + 0.4) * identity.lowerFaceLength;
}

/** Catmull-Rom curve through `values` at `angles` (which fall). */
function curveAt(values: readonly number[], angle: number): number {
  let i = 0;
  while (i < angles.length - 2 && (angles[i + 1] ?? 0) > angle) i++;
  const at = (k: number): number => values[Math.min(values.length - 1, Math.max(0, k))] ?? 0;
  const place = (k: number): number => angles[Math.min(angles.length - 1, Math.max(0, k))] ?? 0;
  const span = place(i + 1) - place(i);
  const t = (angle - place(i)) / span;
  const slopeStart = i === 0 ? at(1) - at(0) : ((at(i + 1) - at(i - 1)) / (place(i + 1) - place(i - 1))) * span;
  const slopeEnd = i + 2 >= angles.length ? at(i + 1) - at(i) : ((at(i + 2) - at(i)) / (place(i + 2) - place(i))) * span;
  const t2 = t * t;
  const t3 = t2 * t;
  return (2 * t3 - 3 * t2 + 1) * at(i) + (t3 - 2 * t2 + t) * slopeStart + (3 * t2 - 2 * t3) * at(i + 1) + (t3 - t2) * slopeEnd;
}

/** A point of the superellipse of `section` in the direction `azimuth` (0 is the front, positive to the right), grown by `growth`. */
export function sectionPoint(section: HeadSection, azimuth: number, squareness: number, growth: number): { x: number; z: number } {
  const sine = Math.sin(azimuth);
  const cosine = Math.cos(azimuth);
  const exponent = 2 / squareness;
  const side = Math.sign(sine) * Math.abs(sine) ** exponent;
  const depth = Math.sign(cosine) * Math.abs(cosine) ** exponent;
  const reach = cosine >= 0 ? section.frontZ - section.middleZ : section.middleZ - section.backZ;
  return { x: (section.halfWidth + growth) * side, z: section.middleZ + (reach + growth) * depth };
}
