import type { Command } from 'commander';
import * as z from 'zod';
import { wholeNumber } from '../base/option-parsers';

export const pairOptionsSchema = z.object({ count: z.number(), seed: z.number() });

const defaultPairCount = 6000;
const mostPairs = 10_000_000;

/** `--count` and `--seed` of commands that make pairs. */
export function addPairOptions(command: Command): void {
  command
    .option('--count <pairs>', 'pairs to make, half of them of the same person', wholeNumber(4, mostPairs), defaultPairCount)
    .option('--seed <number>', 'seed of the pairs and of the intervals', wholeNumber(0, Number.MAX_SAFE_INTEGER), 0);
}
