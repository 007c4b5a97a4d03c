import { SeededRandom } from '../../base/random';
import { fromSrgb, mixColors, rampColor, scaleColor, type Color } from './color';

/**
 * What makes one invented person. Lengths are in head units (1 unit is about 11.5 cm: chin at y = -1, crown at y = 1,
 * eyes near y = 0; x to the right of the picture, z towards the camera); factors are near 1; shares are 0..1.
 */
export interface IdentityParameters {
  /** Seed of the person's fixed textures (skin mottling, hair strands). */
  readonly textureSeed: number;
  readonly headWidth: number;
  readonly cheekboneWidth: number;
  readonly jawWidth: number;
  readonly chinWidth: number;
  readonly lowerFaceLength: number;
  /** Exponent of the horizontal sections: 2 is an ellipse, more is boxier. */
  readonly squareness: number;
  readonly browRidge: number;
  readonly cheekbones: number;
  readonly cheekFullness: number;
  readonly chinProjection: number;
  readonly chinCleft: number;
  readonly asymmetry: number;
  readonly eyeX: number;
  readonly eyeY: number;
  readonly eyeHalfWidth: number;
  readonly eyeHalfHeight: number;
  /** Radians; positive lifts the outer corner. */
  readonly eyeTilt: number;
  readonly eyeDepth: number;
  readonly irisColor: Color;
  readonly lidCrease: number;
  readonly eyeBags: number;
  readonly browY: number;
  readonly browThickness: number;
  readonly browArch: number;
  readonly browTilt: number;
  readonly browLength: number;
  readonly browDensity: number;
  readonly noseTipY: number;
  readonly noseHalfWidth: number;
  readonly noseProjection: number;
  readonly noseBridge: number;
  readonly noseBridgeWidth: number;
  readonly noseBump: number;
  readonly mouthY: number;
  readonly mouthHalfWidth: number;
  readonly upperLip: number;
  readonly lowerLip: number;
  readonly cupidBow: number;
  readonly mouthCornerLift: number;
  readonly lipColor: Color;
  readonly skinColor: Color;
  readonly skinRedness: number;
  readonly freckles: number;
  readonly moles: readonly { readonly x: number; readonly y: number; readonly radius: number }[];
  readonly ageLines: number;
  readonly hair: HairParameters;
  readonly beard: BeardParameters;
  readonly earSize: number;
  readonly earAngle: number;
  readonly neckHalfWidth: number;
  /** Share of the person's pictures with glasses. */
  readonly glassesShare: number;
  readonly glasses: GlassesParameters;
}

export interface HairParameters {
  readonly color: Color;
  readonly hairlineY: number;
  readonly templeRecess: number;
  readonly widowsPeak: number;
  readonly volume: number;
  readonly topVolume: number;
  /** Lowest y of the hair at the sides and back; -0.5 is short, -1.7 is long. */
  readonly endY: number;
  /** How far a usual fringe hangs below the hairline at the middle of the forehead. */
  readonly fringe: number;
  /** -1..1: side to which the fringe is combed. */
  readonly parting: number;
  readonly curl: number;
  /** 0 full hair .. 1 bald crown. */
  readonly baldness: number;
}

export interface BeardParameters {
  readonly color: Color;
  readonly moustache: number;
  readonly chin: number;
  readonly sides: number;
}

export interface GlassesParameters {
  readonly color: Color;
  readonly halfWidth: number;
  readonly halfHeight: number;
  readonly thickness: number;
  /** 2 is round, more is boxier. */
  readonly squareness: number;
}

const skinRamp: readonly Color[] = [
  fromSrgb(248, 220, 204), fromSrgb(240, 204, 182), fromSrgb(230, 188, 160), fromSrgb(212, 168, 138),
  fromSrgb(182, 138, 110), fromSrgb(146, 106, 84), fromSrgb(108, 78, 64),
];
const hairColors: readonly Color[] = [
  fromSrgb(22, 18, 17), fromSrgb(38, 28, 23), fromSrgb(62, 42, 30), fromSrgb(92, 62, 40), fromSrgb(134, 96, 58),
  fromSrgb(186, 150, 96), fromSrgb(214, 186, 138), fromSrgb(126, 58, 30), fromSrgb(150, 148, 146), fromSrgb(206, 204, 200),
];
const irisColors: readonly Color[] = [
  fromSrgb(52, 32, 20), fromSrgb(84, 54, 30), fromSrgb(116, 90, 50), fromSrgb(92, 108, 76), fromSrgb(96, 128, 158), fromSrgb(120, 136, 144),
];
const frameColors: readonly Color[] = [fromSrgb(24, 22, 22), fromSrgb(80, 48, 28), fromSrgb(120, 120, 126), fromSrgb(108, 26, 30), fromSrgb(34, 48, 88)];

/** The person number `index` of the sample with `seed`; the same arguments give the same person. */
export function identityOf(seed: number, index: number): IdentityParameters {
  const random = new SeededRandom(seed, 'identity', index);
  const feminine = random.uniform() < 0.5;
  const tone = random.uniform();
  const age = random.uniform() ** 1.5;
  const skinColor = scaleColor(rampColor(skinRamp, tone), random.between(0.92, 1.06));
  const hairColor = drawHairColor(random, tone, age);
  return {
    textureSeed: random.below(0x7fffffff),
    ...drawHeadShape(random, feminine),
    ...drawEyes(random, tone, age),
    ...drawBrows(random, feminine),
    ...drawNose(random),
    ...drawMouth(random, skinColor, feminine),
    skinColor,
    skinRedness: random.between(0, 1),
    freckles: random.uniform() < 0.3 ? random.between(0.4, 1) : 0,
    moles: drawMoles(random),
    ageLines: age * random.between(0.6, 1),
    hair: drawHair(random, hairColor, feminine, age),
    beard: drawBeard(random, hairColor, feminine),
    earSize: random.between(0.8, 1.2),
    earAngle: random.between(0.15, 0.6),
    neckHalfWidth: feminine ? random.between(0.31, 0.37) : random.between(0.37, 0.46),
    glassesShare: random.uniform() < 0.3 ? 0.7 : 0.06,
    glasses: {
      color: random.pick(frameColors),
      halfWidth: random.between(0.19, 0.235),
      halfHeight: random.between(0.12, 0.19),
      thickness: random.between(0.014, 0.04),
      squareness: random.pick([2, 2.6, 4]),
    },
  };
}

function drawHeadShape(random: SeededRandom, feminine: boolean) {
  const jaw = feminine ? -0.03 : 0.03;
  return {
    headWidth: random.between(0.91, 1.09),
    cheekboneWidth: random.between(0.93, 1.07),
    jawWidth: random.between(0.85, 1.13) + jaw,
    chinWidth: random.between(0.75, 1.25) + 2 * jaw,
    lowerFaceLength: random.between(0.9, 1.1),
    squareness: random.between(2, 2.6),
    browRidge: random.between(0.1, 1) * (feminine ? 0.6 : 1.3),
    cheekbones: random.between(0, 1.3),
    cheekFullness: random.between(-1, 1.1),
    chinProjection: random.between(-0.4, 1.2),
    chinCleft: random.uniform() < 0.25 ? random.between(0.5, 1) : 0,
    asymmetry: random.between(-1, 1),
  };
}

function drawEyes(random: SeededRandom, tone: number, age: number) {
  const darkest = tone > 0.55 ? 2 : irisColors.length;
  return {
    eyeX: random.between(0.25, 0.325),
    eyeY: random.between(-0.04, 0.04),
    eyeHalfWidth: random.between(0.122, 0.166),
    eyeHalfHeight: random.between(0.054, 0.088),
    eyeTilt: random.between(-0.16, 0.22),
    eyeDepth: random.between(0.3, 1.3),
    irisColor: mixColors(random.pick(irisColors.slice(0, darkest)), random.pick(irisColors.slice(0, darkest)), random.uniform()),
    lidCrease: random.between(0, 1),
    eyeBags: Math.max(random.between(-0.4, 0.7), age),
  };
}

function drawBrows(random: SeededRandom, feminine: boolean) {
  return {
    browY: random.between(0.15, 0.235),
    browThickness: random.between(0.02, 0.054) * (feminine ? 0.8 : 1.15),
    browArch: random.between(-0.01, 0.07),
    browTilt: random.between(-0.12, 0.2),
    browLength: random.between(0.85, 1.2),
    browDensity: random.between(0.7, 1.15),
  };
}

function drawNose(random: SeededRandom) {
  return {
    noseTipY: random.between(-0.47, -0.335),
    noseHalfWidth: random.between(0.11, 0.185),
    noseProjection: random.between(0.12, 0.24),
    noseBridge: random.between(0.02, 0.1),
    noseBridgeWidth: random.between(0.06, 0.1),
    noseBump: random.between(-0.03, 0.045),
  };
}

function drawMouth(random: SeededRandom, skinColor: Color, feminine: boolean) {
  const rosy = mixColors(scaleColor(skinColor, 0.75), fromSrgb(176, 70, 72), random.between(0.42, 0.72));
  return {
    mouthY: random.between(-0.665, -0.585),
    mouthHalfWidth: random.between(0.17, 0.255),
    upperLip: random.between(0.032, 0.085),
    lowerLip: random.between(0.045, 0.11),
    cupidBow: random.between(0, 1),
    mouthCornerLift: random.between(-0.028, 0.03),
    lipColor: feminine ? mixColors(rosy, fromSrgb(180, 40, 60), random.between(0, 0.45)) : rosy,
  };
}

function drawMoles(random: SeededRandom): { x: number; y: number; radius: number }[] {
  const count = random.uniform() < 0.5 ? 0 : 1 + random.below(3);
  return Array.from({ length: count }, () => ({
    x: random.between(-0.45, 0.45),
    y: random.between(-0.85, -0.1),
    radius: random.between(0.014, 0.028),
  }));
}

function drawHairColor(random: SeededRandom, tone: number, age: number): Color {
  if (age > 0.75 && random.uniform() < 0.7) return mixColors(fromSrgb(120, 118, 116), fromSrgb(212, 210, 206), random.uniform());
  const darkest = tone > 0.5 ? 3 : hairColors.length - 2;
  return scaleColor(random.pick(hairColors.slice(0, darkest)), random.between(0.85, 1.25));
}

function drawHair(random: SeededRandom, color: Color, feminine: boolean, age: number): HairParameters {
  const long = random.uniform() < (feminine ? 0.75 : 0.1);
  const balding = !feminine && !long && random.uniform() < 0.15 + 0.35 * age;
  return {
    color,
    hairlineY: random.between(0.56, 0.74),
    templeRecess: random.between(0, 0.08) * (feminine ? 0.5 : 1.3),
    widowsPeak: random.uniform() < 0.3 ? random.between(0.03, 0.1) : 0,
    volume: random.between(0.03, 0.16),
    topVolume: random.between(0.02, 0.17),
    endY: long ? random.between(-1.7, -0.75) : random.between(-0.55, -0.35),
    fringe: !balding && random.uniform() < 0.35 ? random.between(0.14, 0.36) : random.between(0, 0.06),
    parting: random.between(-1, 1),
    curl: random.uniform() ** 2,
    baldness: balding ? random.between(0.6, 1) : 0,
  };
}

function drawBeard(random: SeededRandom, hairColor: Color, feminine: boolean): BeardParameters {
  const color = scaleColor(hairColor, random.between(0.7, 1.1));
  if (feminine || random.uniform() < 0.35) return { color, moustache: 0, chin: 0, sides: 0 };
  switch (random.below(5)) {
    case 0:
      return { color, moustache: random.between(0.5, 0.95), chin: 0, sides: 0 };
    case 1:
      return { color, moustache: random.between(0.4, 0.9), chin: random.between(0.6, 0.95), sides: 0 };
    case 2: {
      const density = random.between(0.6, 0.95);
      return { color, moustache: density, chin: density, sides: density };
    }
    case 3:
      return { color, moustache: 0, chin: random.between(0.5, 0.9), sides: random.between(0.3, 0.7) };
    default: {
      const stubble = random.between(0.12, 0.35);
      return { color, moustache: stubble, chin: stubble, sides: stubble };
    }
  }
}
