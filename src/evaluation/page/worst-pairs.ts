import type { ScoredPair } from '../evaluate-model';

/** The pairs that a threshold judges most wrongly. */
export interface WorstPairs {
  /** Different people that score highest, best score first. */
  readonly falseAccepts: readonly ScoredPair[];
  /** The same person with the lowest scores, lowest first. */
  readonly falseRejects: readonly ScoredPair[];
  /** How many there are in all. */
  readonly counts: { readonly falseAccepts: number; readonly falseRejects: number };
}

/** @param most of each kind */
export function worstPairs(pairs: readonly ScoredPair[], threshold: number, most: number): WorstPairs {
  const accepted = pairs.filter(({ same, score }) => !same && score >= threshold).sort((x, y) => y.score - x.score);
  const rejected = pairs.filter(({ same, score }) => same && score < threshold).sort((x, y) => x.score - y.score);
  return {
    falseAccepts: accepted.slice(0, most), falseRejects: rejected.slice(0, most),
    counts: { falseAccepts: accepted.length, falseRejects: rejected.length },
  };
}
