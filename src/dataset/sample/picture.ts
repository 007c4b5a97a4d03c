import { SeededRandom } from '../../base/random';
import { fromSrgb, mixColors, type Color } from './color';

/** Something in front of the lower face. */
export type Cover = 'none' | 'hand' | 'scarf';

/** What makes one picture of a person: pose, expression, light, things worn, frame and camera. Angles in radians. */
export interface PictureParameters {
  /** Seed of the picture's own background and sensor noise. */
  readonly pictureSeed: number;
  /** Positive turns the face to the right of the picture. */
  readonly yaw: number;
  /** Positive looks up. */
  readonly pitch: number;
  /** Positive turns the picture of the head clockwise. */
  readonly roll: number;
  /** -0.3 (sad) .. 1 (broad smile). */
  readonly smile: number;
  /** 0 closed .. 1 wide open mouth. */
  readonly mouthOpen: number;
  /** -1 frown .. 1 raised. */
  readonly browRaise: number;
  /** 0 closed .. 1 usual .. 1.2 wide eyelids. */
  readonly eyelids: number;
  readonly gazeX: number;
  readonly gazeY: number;
  readonly light: LightParameters;
  readonly glasses: boolean;
  readonly cover: Cover;
  /** Side of a hand: -1 left, 1 right in the picture. */
  readonly coverSide: -1 | 1;
  readonly coverColor: Color;
  /** Extra length of the fringe in head units. */
  readonly fringeShift: number;
  /** Factor of the hair's volume. */
  readonly hairVolume: number;
  readonly clothColor: Color;
  readonly backgroundColors: readonly [Color, Color];
  /** Head unit as a share of the picture's side. */
  readonly scale: number;
  /** Place of the head's origin (between the eyes, inside the head) as shares of the picture's side. */
  readonly centerX: number;
  readonly centerY: number;
  /** Distance of the camera in head units. */
  readonly cameraDistance: number;
  /** Deviation of the sensor noise in 8-bit steps. */
  readonly noise: number;
  readonly exposure: number;
}

export interface LightParameters {
  /** 0 is from the camera, positive from the right of the picture. */
  readonly azimuth: number;
  /** Positive is from above. */
  readonly elevation: number;
  readonly key: number;
  readonly ambient: number;
  /** Factors of red and blue: warm or cold light. */
  readonly warmth: number;
}

const degree = Math.PI / 180;

/** The picture number `pictureIndex` of person `identityIndex` in the sample with `seed`. */
export function pictureOf(seed: number, identityIndex: number, pictureIndex: number, glassesShare: number): PictureParameters {
  const random = new SeededRandom(seed, 'picture', identityIndex, pictureIndex);
  return {
    pictureSeed: random.below(0x7fffffff),
    yaw: clampedNormal(random, 15, 30) * degree,
    pitch: clampedNormal(random, 6, 14) * degree,
    roll: clampedNormal(random, 6, 15) * degree,
    ...drawExpression(random),
    light: drawLight(random),
    glasses: random.uniform() < glassesShare,
    ...drawCover(random),
    fringeShift: random.between(-0.05, 0.07),
    hairVolume: random.between(0.8, 1.25),
    clothColor: anyColor(random),
    backgroundColors: [anyColor(random), anyColor(random)],
    scale: random.between(0.31, 0.4),
    centerX: 0.5 + random.between(-0.07, 0.07),
    centerY: 0.5 + random.between(-0.07, 0.05),
    cameraDistance: random.between(6, 12),
    noise: random.between(1, 6),
    exposure: random.between(0.85, 1.15),
  };
}

function drawExpression(random: SeededRandom) {
  const smile = random.uniform() < 0.5 ? random.between(0.2, 1) : random.between(-0.3, 0.2);
  return {
    smile,
    mouthOpen: random.uniform() < 0.35 ? random.between(0.15, 0.9) : 0,
    browRaise: random.between(-0.7, 1),
    eyelids: random.uniform() < 0.05 ? random.between(0, 0.4) : random.between(0.8, 1.12) - 0.12 * Math.max(0, smile),
    gazeX: random.between(-0.5, 0.5),
    gazeY: random.between(-0.3, 0.3),
  };
}

function drawLight(random: SeededRandom): LightParameters {
  return {
    azimuth: random.between(-62, 62) * degree,
    elevation: random.between(-5, 58) * degree,
    key: random.between(0.55, 1.15),
    ambient: random.between(0.3, 0.65),
    warmth: random.between(-0.1, 0.14),
  };
}

function drawCover(random: SeededRandom): { cover: Cover; coverSide: -1 | 1; coverColor: Color } {
  const chance = random.uniform();
  return {
    cover: chance < 0.03 ? 'hand' : chance < 0.07 ? 'scarf' : 'none',
    coverSide: random.uniform() < 0.5 ? -1 : 1,
    coverColor: anyColor(random),
  };
}

function anyColor(random: SeededRandom): Color {
  const gray = random.between(30, 215);
  const plain = fromSrgb(gray, gray, gray);
  const vivid = fromSrgb(random.between(20, 230), random.between(20, 230), random.between(20, 230));
  return mixColors(plain, vivid, random.between(0.1, 0.7));
}

function clampedNormal(random: SeededRandom, deviation: number, limit: number): number {
  return Math.min(limit, Math.max(-limit, deviation * random.normal()));
}
