import type { FaceMeasures, MeasureName } from './face-measures';

interface Limit {
  /** Option of the command line. */
  readonly option: string;
  readonly measure: MeasureName;
  readonly side: 'min' | 'max';
  /** Angles count to both sides. */
  readonly isAngle?: boolean;
  /** In the words of a report. */
  readonly title: string;
}

/** What may be asked of a face's quality, by the name of the wish. */
export const qualityLimits = {
  minSharpness: { option: '--min-sharpness', measure: 'sharpness', side: 'min', title: 'sharpness' },
  minBrightness: { option: '--min-brightness', measure: 'brightness', side: 'min', title: 'brightness' },
  maxBrightness: { option: '--max-brightness', measure: 'brightness', side: 'max', title: 'brightness' },
  minContrast: { option: '--min-contrast', measure: 'contrast', side: 'min', title: 'contrast' },
  maxYaw: { option: '--max-yaw', measure: 'yawDegrees', side: 'max', isAngle: true, title: 'yaw in degrees' },
  maxPitch: { option: '--max-pitch', measure: 'pitchDegrees', side: 'max', isAngle: true, title: 'pitch in degrees' },
  maxRoll: { option: '--max-roll', measure: 'rollDegrees', side: 'max', isAngle: true, title: 'roll in degrees' },
} as const satisfies Record<string, Limit>;
export type QualityLimitName = keyof typeof qualityLimits;
export type QualityWish = Readonly<Partial<Record<QualityLimitName, number>>>;

export const qualityLimitNames = Object.keys(qualityLimits) as QualityLimitName[];

/** The first limit that a face breaks, with its measure, e.g. "sharpness 31.2 is below 50 (--min-sharpness)"; undefined for a good face. */
export function findBreach(measures: FaceMeasures, wish: QualityWish): string | undefined {
  for (const name of qualityLimitNames) {
    const limit = wish[name];
    if (limit === undefined) continue;
    const { option, measure, side, title, isAngle }: Limit = qualityLimits[name];
    const value = measures[measure];
    const compared = isAngle === true ? Math.abs(value) : value;
    if (side === 'min' ? compared < limit : compared > limit) return `${title} ${value} is ${side === 'min' ? 'below' : 'above'} ${limit} (${option})`;
  }
  return undefined;
}
