/** Distance of the thresholds of a profile; a page moves its threshold by it. */
export const thresholdStep = 0.01;
const stepsPerUnit = 100;
const steps = 2 * stepsPerUnit;

/** How many pairs of each kind score at least as high as each of the 201 cosine thresholds from -1 to 1. */
export interface ScoreProfile {
  readonly same: readonly number[];
  readonly different: readonly number[];
}

/** Shares and numbers of the pairs of each kind that a threshold accepts. */
export interface Accepted {
  readonly same: number;
  readonly samePairs: number;
  readonly different: number;
  readonly differentPairs: number;
}

/** Counts scores one by one, so that millions of pairs need no memory. */
export class ScoreProfiler {
  private readonly same = new Array<number>(steps + 1).fill(0);
  private readonly different = new Array<number>(steps + 1).fill(0);

  add(score: number, same: boolean): void {
    const step = Math.min(steps, Math.max(0, Math.floor((score + 1) * stepsPerUnit + 1e-6)));
    const counts = same ? this.same : this.different;
    counts[step] = (counts[step] ?? 0) + 1;
  }

  profile(): ScoreProfile {
    return { same: summedFromTheTop(this.same), different: summedFromTheTop(this.different) };
  }
}

/** The threshold of a profile that is nearest to a cosine. */
export function nearestThreshold(cosine: number): number {
  return Math.min(1, Math.max(-1, Math.round(cosine * stepsPerUnit) / stepsPerUnit));
}

/** @param threshold one of the profile's */
export function acceptedAt({ same, different }: ScoreProfile, threshold: number): Accepted {
  const step = Math.round((threshold + 1) * stepsPerUnit);
  const share = (counts: readonly number[]): number => (counts[step] ?? 0) / Math.max(1, counts[0] ?? 0);
  return { same: share(same), samePairs: same[step] ?? 0, different: share(different), differentPairs: different[step] ?? 0 };
}

export interface HistogramBin {
  readonly from: number;
  readonly to: number;
  /** Share of the pairs of its kind. */
  readonly same: number;
  readonly different: number;
}

/** The scores as bins of `width` thresholds each, from the first to the last one that holds any pair. */
export function scoreBins({ same, different }: ScoreProfile, width = 4): HistogramBin[] {
  const beyond = (counts: readonly number[], step: number): number => (step >= steps ? 0 : (counts[step] ?? 0));
  const within = (counts: readonly number[], step: number): number => ((counts[step] ?? 0) - beyond(counts, step + width)) / Math.max(1, counts[0] ?? 0);
  const bins = Array.from({ length: Math.ceil(steps / width) }, (_, bin) => bin * width).map((step) => ({
    from: step / stepsPerUnit - 1, to: (step + width) / stepsPerUnit - 1, same: within(same, step), different: within(different, step),
  }));
  const filled = bins.map(({ same: a, different: b }) => a + b > 0);
  return bins.slice(filled.indexOf(true), filled.lastIndexOf(true) + 1);
}

function summedFromTheTop(counts: readonly number[]): number[] {
  let total = 0;
  return [...counts].reverse().map((count) => (total += count)).reverse();
}
