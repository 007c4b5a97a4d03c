/** Neighbouring texts that are one sequence again and again, or a single text. */
export interface RepeatingRun {
  readonly first: number;
  readonly last: number;
  /** Texts of the sequence. */
  readonly period: number;
}

/**
 * Joins equal neighbours, and short sequences that repeat.
 * @param longestPeriod texts of the longest sequence that is looked for
 */
export function repeatingRuns(texts: readonly string[], longestPeriod: number): RepeatingRun[] {
  const runs: RepeatingRun[] = [];
  for (let first = 0; first < texts.length; ) {
    let best = { length: 1, period: 1 };
    for (let period = 1; period <= longestPeriod; period++) {
      let length = period;
      while (first + length < texts.length && texts[first + length] === texts[first + (length % period)]) length++;
      length -= length % period;
      if (length >= 2 * period && length > best.length) best = { length, period };
    }
    runs.push({ first, last: first + best.length - 1, period: best.period });
    first += best.length;
  }
  return runs;
}
