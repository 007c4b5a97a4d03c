import type { GridMesh } from './grid-mesh';
import { headSection, sectionPoint, stretchedY } from './head-profile';
import type { IdentityParameters } from './identity';
import { bell, smoothStep } from './noise';

/** A head without expression, and how each expression moves its vertices (head units at full strength). */
export interface HeadGeometry {
  readonly mesh: GridMesh;
  readonly smile: Float32Array;
  readonly mouthOpen: Float32Array;
  readonly browRaise: Float32Array;
}

/** Rows and columns of the head and hair grids: about 1 pixel of the usual picture in the face. */
export const headRows = 124;
export const headColumns = 121;

/** Angle above the horizon of a row: from the crown to the chin. */
export function rowAngle(row: number): number {
  return Math.PI * (0.5 - row / (headRows - 1));
}

/** Direction of a column: -π .. π from the back over the left, front and right; denser at the front. */
export function columnAzimuth(column: number): number {
  const s = (2 * column) / (headColumns - 1) - 1;
  return Math.PI * (0.55 * s + 0.45 * s * s * s);
}

/** The colouring coordinates of the mesh are the place on the smooth head before features are raised. */
export function buildHead(identity: IdentityParameters): HeadGeometry {
  const count = headRows * headColumns;
  const positions = new Float32Array(count * 3);
  const surface = new Float32Array(count * 3);
  for (let row = 0; row < headRows; row++) {
    const section = headSection(identity, rowAngle(row));
    for (let column = 0; column < headColumns; column++) {
      const { x, z } = sectionPoint(section, columnAzimuth(column), identity.squareness, 0);
      const at = (row * headColumns + column) * 3;
      surface.set([x, section.y, z], at);
      positions.set(raiseFeatures(identity, x, section.y, z), at);
    }
  }
  const mesh: GridMesh = { material: 'face', rows: headRows, columns: headColumns, positions, surface, twoSided: false };
  return { mesh, ...expressionMoves(identity, surface) };
}

function raiseFeatures(identity: IdentityParameters, x: number, y: number, z: number): [number, number, number] {
  const front = smoothStep(-0.05, 0.3, z);
  if (front === 0) return [x, y, z];
  const lopsided = 1 + 0.08 * identity.asymmetry * Math.sign(x) * Math.min(1, Math.abs(x) / 0.1);
  const side = Math.abs(x) * lopsided;
  const height = eyeRelief(identity, side, y) + noseRelief(identity, side, y) + mouthRelief(identity, side, y) + cheekRelief(identity, side, y) + chinRelief(identity, side, y);
  const fullness = 0.05 * identity.cheekFullness * bell((side - 0.5) / 0.25, (y + 0.42) / 0.22);
  return [x * (1 + fullness * front), y + noseLift(identity, side, y), z + height * front];
}

function eyeRelief(i: IdentityParameters, side: number, y: number): number {
  const ridge = (0.02 + 0.035 * i.browRidge) * bell((side - 0.25) / 0.24, (y - i.browY + 0.02) / 0.075);
  const socket = -(0.05 + 0.05 * i.eyeDepth) * bell((side - i.eyeX + 0.03) / 0.19, (y - i.eyeY - 0.01) / 0.12);
  const ball = 0.06 * bell((side - i.eyeX) / (0.85 * i.eyeHalfWidth), (y - i.eyeY) / 0.085);
  const bag = 0.014 * Math.max(0, i.eyeBags) * bell((side - i.eyeX) / 0.12, (y - i.eyeY + 0.125) / 0.035);
  return ridge + socket + ball + bag;
}

function noseRelief(i: IdentityParameters, side: number, y: number): number {
  const top = i.eyeY + 0.1;
  const t = (top - y) / (top - i.noseTipY);
  if (t < -0.5) return 0;
  const along = Math.min(1, Math.max(0, t));
  const end = t > 1 ? bell((i.noseTipY - y) / 0.078, 0) : smoothStep(-0.5, 0.1, t);
  const ridge = i.noseBridge * (1 - along) + i.noseProjection * along ** 1.25 + i.noseBump * bell((t - 0.45) / 0.2, 0);
  const width = i.noseBridgeWidth + (0.42 * i.noseHalfWidth - 0.01) * along ** 2 + 0.01;
  const blade = ridge * end * Math.exp(-((side / width) ** 2));
  const ball = 0.035 * bell(side / (0.55 * i.noseHalfWidth), (y - i.noseTipY - 0.005) / 0.06);
  const wings = 0.1 * bell((side - 0.72 * i.noseHalfWidth) / (0.34 * i.noseHalfWidth), (y - i.noseTipY + 0.025) / 0.052);
  const crease = -0.02 * bell((side - 1.2 * i.noseHalfWidth) / 0.03, (y - i.noseTipY + 0.02) / 0.06);
  return blade + ball + wings + crease;
}

/** Lifts the underside of the nose a little, so that its tip overhangs. */
function noseLift(i: IdentityParameters, side: number, y: number): number {
  return -0.025 * bell(side / (0.8 * i.noseHalfWidth), (y - i.noseTipY - 0.03) / 0.07);
}

function mouthRelief(i: IdentityParameters, side: number, y: number): number {
  const mouthY = stretchedY(i, i.mouthY);
  const reach = side / (1.05 * i.mouthHalfWidth);
  const mound = 0.04 * bell(side / 0.27, (y - mouthY) / 0.15);
  const upper = 0.6 * i.upperLip * bell(reach, (y - mouthY - 0.45 * i.upperLip) / (0.5 * i.upperLip + 0.012));
  const lower = 0.62 * i.lowerLip * bell(reach * 1.1, (y - mouthY + 0.55 * i.lowerLip) / (0.5 * i.lowerLip + 0.012));
  const line = -0.03 * bell(reach, (y - mouthY) / 0.014);
  const corner = -0.03 * bell((side - i.mouthHalfWidth) / 0.04, (y - mouthY) / 0.04);
  const philtrum = -0.012 * bell(side / 0.025, (y - mouthY - 0.12) / 0.06);
  const under = -0.045 * bell(side / 0.2, (y - mouthY + i.lowerLip + 0.055) / 0.05);
  return mound + upper + lower + line + corner + philtrum + under;
}

function cheekRelief(i: IdentityParameters, side: number, y: number): number {
  const bone = 0.05 * i.cheekbones * bell((side - 0.43) / 0.15, (y + 0.17) / 0.12);
  const soft = 0.045 * i.cheekFullness * bell((side - 0.36) / 0.16, (y + 0.45) / 0.17);
  const fold = -(0.012 + 0.025 * i.ageLines) * bell((side - 0.2 - 0.35 * (-0.36 - y)) / 0.03, (y + 0.47) / 0.13);
  return bone + soft + fold;
}

function chinRelief(i: IdentityParameters, side: number, y: number): number {
  const chinY = stretchedY(i, -0.9);
  const ball = 0.06 * i.chinProjection * bell(side / 0.17, (y - chinY) / 0.1);
  const cleft = -0.035 * i.chinCleft * bell(side / 0.025, (y - chinY) / 0.07);
  return ball + cleft;
}

function expressionMoves(i: IdentityParameters, surface: Float32Array): { smile: Float32Array; mouthOpen: Float32Array; browRaise: Float32Array } {
  const smile = new Float32Array(surface.length);
  const mouthOpen = new Float32Array(surface.length);
  const browRaise = new Float32Array(surface.length);
  const mouthY = stretchedY(i, i.mouthY);
  for (let at = 0; at < surface.length; at += 3) {
    const x = surface[at] ?? 0;
    const y = surface[at + 1] ?? 0;
    const front = smoothStep(-0.1, 0.3, surface[at + 2] ?? 0);
    if (front === 0) continue;
    const side = Math.abs(x);
    const corner = front * bell((side - i.mouthHalfWidth) / 0.15, (y - mouthY) / 0.13);
    const cheek = front * bell((side - 0.36) / 0.15, (y + 0.3) / 0.14);
    smile[at] = Math.sign(x) * 0.055 * corner;
    smile[at + 1] = 0.055 * corner + 0.025 * cheek;
    smile[at + 2] = -0.035 * corner + 0.04 * cheek;
    mouthOpen[at + 1] = -0.13 * smoothStep(mouthY - 0.02, mouthY - 0.24, y) * smoothStep(-0.2, 0.4, surface[at + 2] ?? 0);
    browRaise[at + 1] = 0.05 * front * bell((side - 0.26) / 0.28, (y - i.browY - 0.02) / 0.1);
  }
  return { smile, mouthOpen, browRaise };
}

/** Vertex positions of `head` with an expression. */
export function expressHead(head: HeadGeometry, smile: number, mouthOpen: number, browRaise: number): Float32Array {
  const { positions } = head.mesh;
  const moved = new Float32Array(positions.length);
  for (let i = 0; i < moved.length; i++) {
    moved[i] = (positions[i] ?? 0) + smile * (head.smile[i] ?? 0) + mouthOpen * (head.mouthOpen[i] ?? 0) + browRaise * (head.browRaise[i] ?? 0);
  }
  return moved;
}

/** The place of the front surface point with the colouring coordinates (x, y), on the grid with these vertex `positions`. */
export function surfacePoint(mesh: GridMesh, positions: Float32Array, x: number, y: number): [number, number, number] {
  const middle = Math.floor(mesh.columns / 2);
  let row = 0;
  while (row < mesh.rows - 2 && (mesh.surface[((row + 1) * mesh.columns + middle) * 3 + 1] ?? 0) > y) row++;
  const upperY = mesh.surface[(row * mesh.columns + middle) * 3 + 1] ?? 0;
  const lowerY = mesh.surface[((row + 1) * mesh.columns + middle) * 3 + 1] ?? 0;
  const share = (upperY - y) / (upperY - lowerY);
  const upper = rowPoint(mesh, positions, row, x);
  const lower = rowPoint(mesh, positions, row + 1, x);
  return [0, 1, 2].map((k) => (upper[k] ?? 0) * (1 - share) + (lower[k] ?? 0) * share) as [number, number, number];
}

function rowPoint(mesh: GridMesh, positions: Float32Array, row: number, x: number): number[] {
  const start = row * mesh.columns;
  const quarter = Math.ceil(mesh.columns / 4);
  let column = quarter;
  while (column < mesh.columns - quarter && (mesh.surface[(start + column + 1) * 3] ?? 0) < x) column++;
  const left = (start + column) * 3;
  const leftX = mesh.surface[left] ?? 0;
  const share = (x - leftX) / ((mesh.surface[left + 3] ?? 0) - leftX);
  return [0, 1, 2].map((k) => (positions[left + k] ?? 0) * (1 - share) + (positions[left + 3 + k] ?? 0) * share);
}
