/**
 * A head that is spread over the ranks of a cluster (Partial FC, An et al. 2022, section 3.1): each rank holds what belongs to some of the identities,
 * compares the pictures of all ranks with them or with a sample of them, and updates them alone.
 */
import { elementCount } from '../../network/graph/graph-def';
import type { Weight } from '../../network/network-spec';
import { contiguousPart, type ContiguousPart } from '../cluster/contiguous-part';

/** The identities of one rank. */
export interface IdentityShard extends ContiguousPart {
  /** Identities of this rank that a step compares with. */
  readonly sampled: number;
  /** The same over all ranks. */
  readonly sampledOverRanks: number;
}

/** From so many people on, sharing out the head costs a step less than bringing its gradients together. */
const sharedFrom = 10_000;

/** Whether ranks share out the identities rather than hold the whole head each. @param sampled see `sampleSize` */
export function sharesIdentities(identities: number, ranks: number, sampled: number | undefined): boolean {
  return ranks > 1 && (sampled !== undefined || identities >= sharedFrom);
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

/** How the ranks share out a weight: along `axis` each identity has `each` places, one after another. */
export interface SharedAxis {
  readonly axis: number;
  readonly each: number;
}

/** The part of a shared weight that one rank holds; `offset` and `count` are identities. */
export interface SharedPart extends SharedAxis, ContiguousPart {}

/** A part of a whole weight. */
export function partOf(whole: Weight, shared: SharedPart): Weight {
  const { axis, each, count } = shared;
  const shape = whole.shape.map((size, i) => (i === axis ? count * each : size));
  const data = new Float32Array(elementCount(shape));
  for (const { inWhole, inPart, length } of runsOf(whole, shared)) data.set(whole.data.subarray(inWhole, inWhole + length), inPart);
  return { shape, data };
}

/** Writes a part into its whole. @param values as `partOf` returns them; what follows them is ignored */
export function placePart(whole: Weight, shared: SharedPart, values: Float32Array): void {
  for (const { inWhole, inPart, length } of runsOf(whole, shared)) whole.data.set(values.subarray(inPart, inPart + length), inWhole);
}

/** Neighbouring values of a part that are neighbours in the whole too. */
function* runsOf({ shape }: Weight, { axis, each, offset, count }: SharedPart): Generator<{ inWhole: number; inPart: number; length: number }> {
  const inner = each * elementCount(shape.slice(axis + 1));
  const row = elementCount(shape.slice(axis));
  const length = count * inner;
  for (let outer = 0; outer < elementCount(shape.slice(0, axis)); outer++) yield { inWhole: outer * row + offset * inner, inPart: outer * length, length };
}
