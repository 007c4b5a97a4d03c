import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { qualityLimitNames, qualityLimits, type QualityLimitName, type QualityWish } from './quality-limits';

interface OptionHelp {
  readonly unit: string;
  readonly text: string;
  readonly most: number;
}

const levels = { unit: '<levels>', most: 255 };
const angle = { unit: '<degrees>', most: 180 };
const helps: Readonly<Record<QualityLimitName, OptionHelp>> = {
  minSharpness: { unit: '<variance>', most: 1e6, text: 'leave out faces that are more blurred: variance of the Laplacian at 112 pixels; below about 50 is blurred' },
  minBrightness: { ...levels, text: 'leave out darker faces: mean grey level, 0 to 255' },
  maxBrightness: { ...levels, text: 'leave out brighter faces: mean grey level, 0 to 255' },
  minContrast: { ...levels, text: 'leave out paler faces: standard deviation of the grey levels' },
  maxYaw: { ...angle, text: 'leave out faces that are turned further to a side' },
  maxPitch: { ...angle, text: 'leave out faces that look further up or down' },
  maxRoll: { ...angle, text: 'leave out faces that are tilted further in the photo' },
};

/** Adds an option for each quality limit. */
export function addQualityOptions(command: Command): Command {
  for (const name of qualityLimitNames) {
    const { unit, text, most } = helps[name];
    command.option(`${qualityLimits[name].option} ${unit}`, text, (value) => limitArgument(value, most));
  }
  return command;
}

/** The limits that were given. */
export function qualityOf(options: Readonly<Record<string, unknown>>): QualityWish {
  return Object.fromEntries(qualityLimitNames.filter((name) => typeof options[name] === 'number').map((name) => [name, options[name] as number]));
}

function limitArgument(text: string, most: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= 0 && value <= most) return value;
  throw new InvalidArgumentError(`Give a number from 0 to ${most}.`);
}
