import type { Command } from 'commander';
import * as z from 'zod';
import { wholeNumber } from '../base/option-parsers';

/** How many faces are taken where nobody says otherwise. */
export const usualCalibrationFaces = 200;
const mostFaces = 10_000;

/** What `addCalibrationOptions` adds, for the schema of a command's options. */
export const calibrationFields = { calibrate: z.string().optional(), faces: z.number(), aligned: z.literal(true).optional() };

export interface CalibrationHelp {
  /** Of how many faces ranges are taken at least. */
  readonly fewest: number;
  /** The only format that is calibrated; without it `--calibrate` must be given. */
  readonly onlyFor?: string;
  /** What else is done with the faces. */
  readonly note?: string;
}

/** Adds `--calibrate`, `--faces` and `--aligned`: which faces value ranges are taken from. */
export function addCalibrationOptions(command: Command, { fewest, onlyFor, note }: CalibrationHelp): Command {
  const scope = onlyFor === undefined ? '' : `${onlyFor}: `;
  return command
    .addOption(command.createOption('--calibrate <folder>', `${scope}a dataset, or photos as <folder>/<person>/<photo>, to take each layer's range of values from`).makeOptionMandatory(onlyFor === undefined))
    .option('--faces <n>', `${scope}how many of them to use${note === undefined ? '' : `; ${note}`}`, wholeNumber(fewest, mostFaces), usualCalibrationFaces)
    .option('--aligned', 'the photos of --calibrate are aligned crops already');
}
