/**
 * Replaces numbers by at most `count` different ones so that the weighted sum of squared errors is the least that is possible:
 * k-means in one dimension, solved exactly by dynamic programming over the sorted values.
 * @param importance of each value, 0 and more
 */
export function nearestLevels(values: ArrayLike<number>, importance: ArrayLike<number>, count: number): Float32Array {
  const order = Array.from(values, (_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number));
  const groups = bestGroups(order.map((i) => values[i] as number), order.map((i) => Math.max(importance[i] as number, leastImportance)), count);
  const levels = new Float32Array(values.length);
  for (const { first, last, mean } of groups) {
    for (let i = first; i <= last; i++) levels[order[i] as number] = mean;
  }
  return levels;
}

/** So that values without any importance still get a level near to them. */
const leastImportance = 1e-12;

interface Group {
  readonly first: number;
  readonly last: number;
  readonly mean: number;
}

function bestGroups(sorted: readonly number[], weights: readonly number[], count: number): Group[] {
  const n = sorted.length;
  const [w, wx, wxx] = [0, 1, 2].map((power) => prefixSums(sorted.map((value, i) => (weights[i] as number) * value ** power))) as [Float64Array, Float64Array, Float64Array];
  const sum = (prefix: Float64Array, first: number, end: number): number => (prefix[end] as number) - (prefix[first] as number);
  const error = (first: number, end: number): number => Math.max(0, sum(wxx, first, end) - sum(wx, first, end) ** 2 / sum(w, first, end));
  // errors[end]: least error of the first `end` values in as many groups as there were rounds.
  let errors = Float64Array.from({ length: n + 1 }, (_, end) => (end === 0 ? 0 : error(0, end)));
  const starts: Int32Array[] = [new Int32Array(n + 1)];
  for (let round = 1; round < Math.min(count, n); round++) {
    const next = Float64Array.from(errors);
    const start = new Int32Array(n + 1);
    for (let end = 1; end <= n; end++) {
      next[end] = Infinity;
      for (let first = 0; first < end; first++) {
        const candidate = (errors[first] as number) + error(first, end);
        if (candidate < (next[end] as number)) [next[end], start[end]] = [candidate, first];
      }
    }
    errors = next;
    starts.push(start);
  }
  const groups: Group[] = [];
  for (let end = n, round = starts.length - 1; end > 0; round--) {
    const first = round < 0 ? 0 : (starts[round]?.[end] ?? 0);
    groups.push({ first, last: end - 1, mean: sum(wx, first, end) / sum(w, first, end) });
    end = first;
  }
  return groups.reverse();
}

function prefixSums(terms: readonly number[]): Float64Array {
  const sums = new Float64Array(terms.length + 1);
  terms.forEach((term, i) => (sums[i + 1] = (sums[i] as number) + term));
  return sums;
}
