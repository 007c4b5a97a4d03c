import { midpoint } from './roc';
import { countOf, type ScoreCounts } from './score-counts';

export interface ThresholdChoice {
  /** Pairs that score at least this are taken for the same person. */
  readonly threshold: number;
  /** Share of the pairs that are judged rightly, 0..1. */
  readonly accuracy: number;
}

/**
 * The threshold that judges the most pairs rightly. Candidates are the midpoints between neighbouring scores, and the lowest
 * score (accept all); of equally good ones the middle one is taken.
 * Scores without any count are passed over, so that a part of the pairs can be judged on the columns of all.
 */
export function bestThreshold({ values, same, different }: ScoreCounts): ThresholdChoice {
  const total = countOf(same) + countOf(different);
  const best = new Uint32Array(values.length);
  let ties = 0;
  let highest = -1;
  let right = countOf(same);
  for (let i = 0; i < values.length; i++) {
    const sameHere = same[i] ?? 0;
    const differentHere = different[i] ?? 0;
    if (sameHere + differentHere === 0) continue;
    if (right > highest) {
      highest = right;
      ties = 0;
    }
    if (right === highest) best[ties++] = i;
    right += differentHere - sameHere;
  }
  const chosen = best[(ties - 1) >> 1] ?? 0;
  return { threshold: thresholdBelow({ values, same, different }, chosen), accuracy: highest / total };
}

/** Midpoint between the score number `index` and the next lower one that has a pair. */
function thresholdBelow({ values, same, different }: ScoreCounts, index: number): number {
  const high = values[index] ?? 0;
  for (let i = index - 1; i >= 0; i--) {
    if ((same[i] ?? 0) + (different[i] ?? 0) > 0) return midpoint(values[i] ?? 0, high);
  }
  return high;
}
