/** Scores as sorted distinct values with counts: every figure of a verification is then one walk over these columns. */
export interface ScoreCounts {
  /** Distinct scores, ascending. */
  readonly values: Float64Array;
  /** Pairs of the same person with the score `values[i]`. */
  readonly same: Uint32Array;
  /** Pairs of different people with the score `values[i]`. */
  readonly different: Uint32Array;
}

export interface RankedScores extends ScoreCounts {
  /** Index of each pair's score in `values`, [pairs]. */
  readonly rank: Uint32Array;
}

/**
 * @param scores finite numbers, [pairs]
 * @param same 1 for the same person, 0 for different people, [pairs]
 */
export function rankScores(scores: Float64Array, same: Uint8Array): RankedScores {
  const values = distinctSorted(scores);
  const rank = Uint32Array.from(scores, (score) => lowerBound(values, score));
  const ranked = { values, rank, same: new Uint32Array(values.length), different: new Uint32Array(values.length) };
  for (let pair = 0; pair < rank.length; pair++) {
    const column = same[pair] === 1 ? ranked.same : ranked.different;
    const index = rank[pair] ?? 0;
    column[index] = (column[index] ?? 0) + 1;
  }
  return ranked;
}

/** Sum of a column of counts. */
export function countOf(column: Uint32Array): number {
  let total = 0;
  for (let i = 0; i < column.length; i++) total += column[i] ?? 0;
  return total;
}

/** Number of `values` (ascending) below `value`. */
export function lowerBound(values: Float64Array, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function distinctSorted(scores: Float64Array): Float64Array {
  const sorted = scores.slice().sort();
  let kept = 0;
  for (let i = 0; i < sorted.length; i++) {
    if (i > 0 && sorted[i] === sorted[i - 1]) continue;
    sorted[kept++] = sorted[i] ?? 0;
  }
  return sorted.slice(0, kept);
}
