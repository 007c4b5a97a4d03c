import { SeededRandom } from '../../base/random';
import { columnAzimuth, headColumns, headRows, rowAngle } from './head-geometry';
import { headSection, type HeadSection } from './head-profile';
import type { GridMesh } from './grid-mesh';
import type { IdentityParameters } from './identity';
import { NoiseTile, mix, smoothStep } from './noise';

const curtainRows = 40;

/** The hair of one person as a shell over the head that hangs down at the sides and back. */
export class HairShape {
  private readonly sections: readonly HeadSection[];
  private readonly azimuths = Float64Array.from({ length: headColumns }, (_, column) => columnAzimuth(column));
  /** How far each vertex is pushed out by its lock, head units. */
  private readonly locks: Float32Array;
  private readonly surface: Float32Array;

  constructor(private readonly identity: IdentityParameters) {
    const noise = new NoiseTile(new SeededRandom(identity.textureSeed, 'hair'));
    this.sections = hairSections(identity);
    this.locks = new Float32Array(this.sections.length * headColumns);
    this.surface = new Float32Array(this.locks.length * 3);
    this.sections.forEach(({ y }, row) => {
      this.azimuths.forEach((azimuth, column) => {
        const index = row * headColumns + column;
        this.locks[index] = noise.fractal(azimuth * 7 + 9, y * 1.5) * (0.012 + 0.06 * identity.hair.curl);
        this.surface.set([azimuth, y, 0], index * 3);
      });
    });
  }

  /**
   * The shell of one picture. `volume` scales its thickness, `fringeShift` (head units) lengthens the fringe.
   * Colouring coordinates: azimuth, y, 0.
   */
  mesh(volume: number, fringeShift: number): GridMesh {
    const { identity, sections, azimuths, locks } = this;
    const rows = sections.length;
    const positions = new Float32Array(rows * headColumns * 3);
    const coverage = new Float32Array(rows * headColumns);
    for (let column = 0; column < headColumns; column++) {
      const azimuth = azimuths[column] ?? 0;
      const hairline = hairlineAt(identity, azimuth, fringeShift);
      const sine = Math.sin(azimuth);
      const cosine = Math.cos(azimuth);
      for (let row = 0; row < rows; row++) {
        const section = sections[row] as HeadSection;
        const index = row * headColumns + column;
        const lock = locks[index] ?? 0;
        const covered = Math.min(section.y + lock - hairline, section.y - identity.hair.endY + 2 * lock, baldCoverage(identity, section.y, azimuth));
        const thickness = hairThickness(identity, section.y, azimuth, volume) + 0.7 * lock;
        const growth = Math.max(0.008, 0.012 + thickness * smoothStep(-0.02, 0.16, covered));
        const reach = cosine >= 0 ? section.frontZ - section.middleZ : section.middleZ - section.backZ;
        const top = Math.max(0, section.y - 0.6) / 0.4;
        positions[index * 3] = (section.halfWidth + growth) * sine;
        positions[index * 3 + 1] = section.y + top * identity.hair.topVolume * volume * (1 - identity.hair.baldness);
        positions[index * 3 + 2] = section.middleZ + (reach + growth) * cosine;
        coverage[index] = covered;
      }
    }
    return { material: 'hair', rows, columns: headColumns, positions, surface: this.surface, coverage, twoSided: true };
  }
}

/** Sections of the head down to the ears, then a curtain that hangs from the widest one to the end of the hair. */
function hairSections(identity: IdentityParameters): HeadSection[] {
  const sideRow = sectionRowAt(identity, 0.05);
  const widest = headSection(identity, rowAngle(sideRow));
  const sections: HeadSection[] = [];
  for (let row = 0; row < headRows + curtainRows; row++) {
    const section = hairSection(identity, row, sideRow, widest);
    sections.push(section);
    if (section.y < identity.hair.endY - 0.2) break;
  }
  return sections;
}

function sectionRowAt(identity: IdentityParameters, y: number): number {
  let row = 0;
  while (headSection(identity, rowAngle(row)).y > y) row++;
  return row;
}

/** Sections of the head down to the ears, then a curtain that hangs from the widest one. */
function hairSection(identity: IdentityParameters, row: number, sideRow: number, widest: HeadSection): HeadSection {
  if (row <= sideRow) return headSection(identity, rowAngle(row));
  const share = (row - sideRow) / (headRows + curtainRows - 1 - sideRow);
  const y = mix(widest.y, -1.85, share);
  const short = identity.hair.endY > -0.6;
  const narrowing = short ? 0.12 * share : 0.04 * Math.sin(share * 6);
  return { ...widest, y, halfWidth: widest.halfWidth * (1 - narrowing), backZ: widest.backZ + (short ? 1.3 * share : 0.4 * share) };
}

function hairThickness(identity: IdentityParameters, y: number, azimuth: number, volume: number): number {
  const back = smoothStep(0.8, 2, Math.abs(azimuth));
  const hanging = identity.hair.endY < -0.6 ? smoothStep(0.2, -0.5, y) * 0.06 : 0;
  return volume * (identity.hair.volume * (0.75 + 0.5 * back) + hanging);
}

/** Lowest y of the hair in a direction: forehead, temples, sideburns, then behind the ears. */
function hairlineAt(identity: IdentityParameters, azimuth: number, fringeShift: number): number {
  const { hair } = identity;
  const side = Math.abs(azimuth);
  const fringeLength = Math.max(0, hair.fringe + (hair.fringe > 0.1 ? fringeShift : 0.3 * fringeShift));
  const fringe = fringeLength * smoothStep(1.25, 0.75, Math.abs(azimuth - 0.35 * hair.parting)) * (1 - 0.35 * Math.sin(azimuth * 2) * hair.parting);
  const peak = hair.widowsPeak * smoothStep(0.3, 0, side);
  const recess = hair.templeRecess * smoothStep(0.25, 0.6, side) * smoothStep(1.2, 0.8, side);
  const forehead = hair.hairlineY - fringe - peak + recess;
  const temple = mix(forehead, 0.25, smoothStep(0.75, 1.2, side));
  const long = hair.endY < -0.6;
  const sideburn = long ? hair.endY : -0.12;
  const beside = mix(temple, sideburn, smoothStep(long ? 1.05 : 1.2, long ? 1.3 : 1.38, side));
  const overEar = long ? beside : mix(beside, 0.1, smoothStep(1.42, 1.5, side) * smoothStep(2, 1.85, side));
  return mix(overEar, hair.endY, smoothStep(1.85, 2.1, side));
}

/** Negative on a bald crown and forehead, which leaves a wreath of hair. */
function baldCoverage(identity: IdentityParameters, y: number, azimuth: number): number {
  if (identity.hair.baldness === 0) return 1;
  const wreathTop = mix(0.95, 0.35, identity.hair.baldness) + 0.1 * smoothStep(1.2, 2.4, Math.abs(azimuth));
  return Math.min(wreathTop - y, 0.5 * (Math.abs(azimuth) - 1.05));
}
