import { InvalidArgumentError } from 'commander';

const limitBytes = 1 << 24;
const sectorBytes = 4096;

/** A place in the flash: hexadecimal (`0x300000`) or decimal, a multiple of a sector; undefined when `text` is none. */
export function parseFlashAddress(text: string): number | undefined {
  const value = /^(0x[0-9a-f]+|\d+)$/iu.test(text) ? Number(text) : NaN;
  return value < limitBytes && value % sectorBytes === 0 ? value : undefined;
}

/** `parseFlashAddress` for an option of the command line. */
export function flashAddressArgument(text: string): number {
  const address = parseFlashAddress(text);
  if (address === undefined) throw new InvalidArgumentError('Give a multiple of 0x1000 below 0x1000000, such as 0x300000.');
  return address;
}
