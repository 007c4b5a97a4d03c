/** Some of many things, one after another. */
export interface ContiguousPart {
  /** Place of the first one among all. */
  readonly offset: number;
  readonly count: number;
}

/** Part `index` of `total` things in `parts` parts: they follow one another, cover all, and differ by one at most. */
export function contiguousPart(total: number, parts: number, index: number): ContiguousPart {
  const offset = Math.floor((total * index) / parts);
  return { offset, count: Math.floor((total * (index + 1)) / parts) - offset };
}
