import { InvalidArgumentError } from 'commander';
import { parseFlashAddress } from '../protocol/flash-address';

/** `parseFlashAddress` for an option of the command line. */
export function flashAddressArgument(text: string): number {
  const address = parseFlashAddress(text);
  if (address === undefined) throw new InvalidArgumentError('Give a multiple of 0x1000 below 0x1000000, such as 0x300000.');
  return address;
}
