import type { ClassBalance } from './audit-artifact';

export interface PersonCount {
  readonly person: string;
  readonly photos: number;
}

const listed = 10;

/** How evenly the photos are spread over the people. `counts` must not be empty. */
export function classBalance(counts: readonly PersonCount[]): ClassBalance {
  const ascending = [...counts].sort((a, b) => a.photos - b.photos);
  const total = ascending.reduce((sum, { photos }) => sum + photos, 0);
  return {
    people: counts.length,
    photos: total,
    fewest: ascending[0]?.photos ?? 0,
    most: ascending.at(-1)?.photos ?? 0,
    median: medianOf(ascending),
    mean: total / counts.length,
    single: ascending.filter(({ photos }) => photos === 1).length,
    gini: gini(ascending, total),
    evenness: evenness(ascending, total),
    smallest: ascending.slice(0, listed),
    largest: ascending.slice(-listed).reverse(),
  };
}

function medianOf(ascending: readonly PersonCount[]): number {
  const middle = ascending.length >> 1;
  const upper = ascending[middle]?.photos ?? 0;
  return ascending.length % 2 === 1 ? upper : ((ascending[middle - 1]?.photos ?? 0) + upper) / 2;
}

/** Gini coefficient: half the mean difference between two people, relative to the mean. */
function gini(ascending: readonly PersonCount[], total: number): number {
  if (total === 0) return 0;
  const count = ascending.length;
  const weighted = ascending.reduce((sum, { photos }, i) => sum + (2 * (i + 1) - count - 1) * photos, 0);
  return weighted / (count * total);
}

/** Shannon entropy of the shares over its maximum (Pielou's evenness). */
function evenness(counts: readonly PersonCount[], total: number): number {
  if (total === 0 || counts.length < 2) return 1;
  const entropy = counts.reduce((sum, { photos }) => (photos === 0 ? sum : sum - (photos / total) * Math.log(photos / total)), 0);
  return entropy / Math.log(counts.length);
}
