import { ellipsoid, gridMesh, type GridMesh } from './grid-mesh';
import { headSection } from './head-profile';
import type { GlassesParameters, IdentityParameters } from './identity';
import { smoothStep } from './noise';
import type { PictureParameters } from './picture';

/** Neck and shoulders, which hardly follow the head. */
export function buildBody(identity: IdentityParameters): GridMesh[] {
  const neckWidth = identity.neckHalfWidth;
  const neck = gridMesh('skin', 20, 40, false, (row, column) => {
    const share = row / 19;
    const angle = 2 * Math.PI * (column / 39 - 0.5);
    const flare = 1 + 0.35 * share ** 3;
    return [neckWidth * flare * Math.sin(angle), -0.45 - 1.2 * share, -0.2 + neckWidth * 1.05 * Math.cos(angle)];
  });
  const shoulders = gridMesh('cloth', 26, 48, false, (row, column) => {
    const share = row / 25;
    const angle = 2 * Math.PI * (column / 47 - 0.5);
    const width = neckWidth * 1.12 + (1.75 - neckWidth) * smoothStep(0, 0.62, share) ** 1.3;
    const depth = neckWidth * 1.15 + 0.35 * smoothStep(0, 0.6, share);
    return [width * Math.sin(angle), -1.28 - 1.3 * share - 0.12 * Math.max(0, Math.cos(angle)), -0.2 + depth * Math.cos(angle)];
  });
  return [neck, shoulders];
}

/** Both ears. */
export function buildEars(identity: IdentityParameters): GridMesh[] {
  const section = headSection(identity, -0.12);
  return [-1, 1].map((side) =>
    ellipsoid(
      'skin',
      [side * (section.halfWidth + 0.03 * identity.earAngle), -0.1, -0.1],
      [0.035 + 0.09 * identity.earAngle * identity.earSize, 0.2 * identity.earSize, 0.1],
      -side * 0.12,
    ),
  );
}

/** Frame of the glasses: two rims, a bridge and two temples, in front of a head whose nose bridge is at `bridgeZ`. */
export function buildGlasses(identity: IdentityParameters, bridgeZ: number): GridMesh[] {
  const { glasses } = identity;
  const y = identity.eyeY - 0.02;
  const x = Math.max(identity.eyeX, glasses.halfWidth + 0.05);
  const z = bridgeZ + 0.09;
  const outer = x + glasses.halfWidth;
  const earX = headSection(identity, 0).halfWidth + 0.015;
  const bar = (from: readonly [number, number, number], to: readonly [number, number, number]): GridMesh =>
    gridMesh('frame', 2, 8, true, (row, column) => {
      const t = column / 7;
      const lift = (row === 0 ? 1 : -1) * glasses.thickness;
      return [from[0] + (to[0] - from[0]) * t, from[1] + (to[1] - from[1]) * t + lift, from[2] + (to[2] - from[2]) * t];
    });
  return [
    rim(glasses, -x, y, z),
    rim(glasses, x, y, z),
    bar([-x + glasses.halfWidth, y + 0.04, z], [x - glasses.halfWidth, y + 0.04, z]),
    bar([-earX, y + 0.06, -0.1], [-outer, y + 0.06, z - 0.06]),
    bar([outer, y + 0.06, z - 0.06], [earX, y + 0.06, -0.1]),
  ];
}

function rim(glasses: GlassesParameters, centerX: number, centerY: number, z: number): GridMesh {
  const exponent = 2 / glasses.squareness;
  return gridMesh('frame', 2, 33, true, (row, column) => {
    const angle = 2 * Math.PI * (column / 32);
    const grow = row === 0 ? glasses.thickness : -glasses.thickness * 0.4;
    const cosine = Math.cos(angle);
    const sine = Math.sin(angle);
    const x = Math.sign(cosine) * Math.abs(cosine) ** exponent * (glasses.halfWidth + grow);
    const wrap = 0.08 * ((centerX + x) * 2) ** 2;
    return [centerX + x, centerY + Math.sign(sine) * Math.abs(sine) ** exponent * (glasses.halfHeight + grow), z - wrap];
  });
}

/** A hand or a scarf in front of the lower face, or nothing. */
export function buildCover(identity: IdentityParameters, picture: PictureParameters): GridMesh[] {
  switch (picture.cover) {
    case 'none':
      return [];
    case 'hand':
      return buildHand(picture.coverSide);
    case 'scarf':
      return [buildScarf(identity)];
  }
}

function buildHand(side: -1 | 1): GridMesh[] {
  const fingers = [0, 1, 2, 3].map((k) => ellipsoid('skin', [side * (0.3 + 0.105 * k), -0.72 + 0.02 * k, 0.62 - 0.13 * k], [0.06, 0.27, 0.07], side * 0.25));
  return [...fingers, ellipsoid('skin', [side * 0.52, -1.2, 0.35], [0.26, 0.42, 0.16], side * 0.1)];
}

function buildScarf(identity: IdentityParameters): GridMesh {
  const jaw = headSection(identity, -0.7).halfWidth;
  return gridMesh('cover', 22, 48, true, (row, column) => {
    const share = row / 21;
    const angle = 2 * Math.PI * (column / 47 - 0.5);
    const fold = 0.025 * Math.sin(share * 19 + 2 * Math.sin(angle));
    const radius = 0.14 + fold + 0.2 * share;
    const front = Math.max(0, Math.cos(angle));
    return [(jaw + radius) * Math.sin(angle), -0.66 - 0.12 * front - 0.85 * share, 0.08 + (0.62 + radius) * Math.cos(angle)];
  });
}
