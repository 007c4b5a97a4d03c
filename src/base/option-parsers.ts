import { InvalidArgumentError } from 'commander';

/** Parsers for options of the command line; what they refuse is wrong usage (exit code 2). */

/** A whole number within `low` to `high`. */
export function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^-?\d+$/u.test(text) || value < low || value > high) throw new InvalidArgumentError(`Give a whole number from ${low} to ${high}.`);
    return value;
  };
}

/** A number within `low` to `high`. */
export function numberWithin(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= low && value <= high)) throw new InvalidArgumentError(`Give a number from ${low} to ${high}.`);
    return value;
  };
}
