import { UserError } from '../../base/user-error';
import { contiguousPart, type ContiguousPart } from './contiguous-part';

/** Batch normalisation has no spread over a single picture. */
const smallestPart = 2;

/**
 * The samples of a batch of the global order that `rank` works on: their order, and with it what an epoch is, does not depend on the number of ranks.
 * @throws UserError when there are too few samples for so many ranks
 */
export function partOfBatch(batch: number, ranks: number, rank: number): ContiguousPart {
  if (ranks > 1 && batch < ranks * smallestPart) {
    throw new UserError(`A batch of ${batch} is too small for ${ranks} ranks.`, `Train with --batch ${ranks * smallestPart} or more: it is shared out over the ranks, at least ${smallestPart} pictures for each.`);
  }
  return contiguousPart(batch, ranks, rank);
}
