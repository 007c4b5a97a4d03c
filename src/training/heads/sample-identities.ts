import { SeededRandom } from '../../base/random';

/** The identities of one step of Partial FC. */
export interface SampledIdentities {
  /** Ascending, each once, the batch's own among them. */
  readonly identities: Int32Array;
  /** Position of each picture's identity in `identities`; -1 for one of another rank. */
  readonly labels: Int32Array;
}

/** Identities of a step for a sample rate: at least one for each picture of a batch. Undefined when all take part. */
export function sampleSize(sampleRate: number, identities: number, batch: number): number | undefined {
  const size = Math.max(batch, Math.ceil(sampleRate * identities));
  return size < identities ? size : undefined;
}

/**
 * Partial FC's sample (An et al. 2022, section 3.2): the batch's own identities, and others at random up to `size`.
 * It depends on the arguments alone, so that a resumed run draws the same.
 * @param labels int32 [batch], 0..identities-1, or -1 for an identity of another rank; at most `size` different ones
 */
export function sampleIdentities(labels: Int32Array, identities: number, size: number, seed: readonly number[]): SampledIdentities {
  const position = new Int32Array(identities).fill(-1);
  let chosen = 0;
  const choose = (identity: number): void => {
    if (position[identity] === 0) return;
    position[identity] = 0;
    chosen++;
  };
  for (const label of labels) if (label >= 0) choose(label);
  const random = new SeededRandom(...seed, 'identities');
  while (chosen < size) choose(random.below(identities));
  const sampled = new Int32Array(size);
  let next = 0;
  position.forEach((mark, identity) => {
    if (mark < 0) return;
    position[identity] = next;
    sampled[next++] = identity;
  });
  return { identities: sampled, labels: labels.map((label) => position[label] ?? -1) };
}
