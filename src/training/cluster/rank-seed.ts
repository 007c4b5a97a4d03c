/** Spreads the ranks over the seeds: 2^32 divided by the golden ratio. */
const stride = 0x9e37_79b1;

/** Seed of a rank's dropout in a step. That of rank 0 is the step's own, so that one rank alone draws as without a cluster. */
export function rankSeed([run, step]: readonly [number, number], rank: number): readonly [number, number] {
  return [(run + Math.imul(rank, stride)) | 0, step];
}
