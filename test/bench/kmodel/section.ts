import type { Measured } from '../support/measured';

/** What every section of the bench may be told on the command line. */
export interface SectionOptions {
  /** Time of the fuzzing. */
  readonly minutes: number;
  /** Photos of a measurement. */
  readonly photos: number;
  readonly rounds: number;
  /** Where random files and pictures begin. */
  readonly seed: number;
  /** Folder of trained networks; they are trained there where it has none. */
  readonly models: string;
}

/** A part of `npm run bench -- kmodel` that can be run alone. */
export type Section = (options: SectionOptions) => Promise<Measured[]>;
