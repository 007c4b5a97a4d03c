/**
 * A head whose tables are spread over the ranks of a cluster (Partial FC, An et al. 2022, section 3.1): each rank holds the rows of some identities,
 * compares the pictures of all ranks with a sample of them, and updates them alone.
 */
import { elementCount } from '../../network/graph/graph-def';
import type { Weight } from '../../network/network-spec';
import { contiguousPart, type ContiguousPart } from '../cluster/contiguous-part';

/** The identities of one rank. */
export interface IdentityShard extends ContiguousPart {
  /** Rows that a step compares with, of this rank. */
  readonly sampled: number;
  /** The same over all ranks. */
  readonly sampledOverRanks: number;
}

/**
 * @param sampleRate share of a rank's identities that a step compares with; at least one for each picture of a batch where there are so many
 * @param batch pictures of all ranks together
 */
export function identityShard(
  identities: number, { ranks, rank }: { readonly ranks: number; readonly rank: number }, { sampleRate, batch }: { readonly sampleRate: number; readonly batch: number },
): IdentityShard {
  const sampledOf = ({ count }: ContiguousPart): number => Math.min(count, Math.max(batch, Math.ceil(sampleRate * count)));
  const part = contiguousPart(identities, ranks, rank);
  const sampledOverRanks = Array.from({ length: ranks }, (_, other) => sampledOf(contiguousPart(identities, ranks, other))).reduce((sum, count) => sum + count, 0);
  return { ...part, sampled: sampledOf(part), sampledOverRanks };
}

/** The rows of a whole table, [identities, ...], that belong to a rank. */
export function rowsOf({ shape: [, ...rest], data }: Weight, { offset, count }: ContiguousPart): Weight {
  const length = elementCount(rest);
  return { shape: [count, ...rest], data: data.subarray(offset * length, (offset + count) * length) };
}
