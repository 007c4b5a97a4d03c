import { UserError } from '../../base/user-error';

/** The samples of a batch that one rank works on. */
export interface BatchPart {
  /** Place of the first one in the batch. */
  readonly offset: number;
  readonly count: number;
}

/** Batch normalisation has no spread over a single picture. */
const smallestPart = 2;

/**
 * The part of a batch of the global order that `rank` works on. The parts of all ranks follow one another, cover the batch, and differ by one sample at
 * most: the order of the samples, and with it what an epoch is, does not depend on the number of ranks.
 * @throws UserError when there are too few samples for so many ranks
 */
export function partOfBatch(batch: number, ranks: number, rank: number): BatchPart {
  if (ranks > 1 && batch < ranks * smallestPart) {
    throw new UserError(`A batch of ${batch} is too small for ${ranks} ranks.`, `Train with --batch ${ranks * smallestPart} or more: it is shared out over the ranks, at least ${smallestPart} pictures for each.`);
  }
  const offset = Math.floor((batch * rank) / ranks);
  return { offset, count: Math.floor((batch * (rank + 1)) / ranks) - offset };
}
