import { SeededRandom } from '../base/random';
import { UserError } from '../base/user-error';

export interface PairSelectionOptions {
  /** Pairs wanted, half of them of the same person; fewer are made when the photos do not give as many. */
  readonly count: number;
  readonly seed: number;
  /** Default 10, as in LFW; fewer when there are fewer pairs of the same person. */
  readonly folds?: number;
}

/** Pairs of pictures by index, grouped by fold, in each fold the same-person pairs first (the order of LFW's list). */
export interface IndexPairs {
  readonly folds: number;
  /** Picture indices, [pairs]; pictures are counted identity after identity. */
  readonly a: Uint32Array;
  readonly b: Uint32Array;
  /** 1 for the same person, 0 for different people, [pairs]. */
  readonly same: Uint8Array;
  /** 0..folds-1, [pairs]. */
  readonly fold: Uint16Array;
}

type Pair = readonly [a: number, b: number];

const defaultFolds = 10;
/** No identity gives more than this share of the same-person pairs (or twice an equal share, where identities are few). */
const largestShare = 0.25;

/**
 * Chooses balanced verification pairs: as many of the same person as of different people, no pair twice, no picture with
 * itself, every identity as evenly used as its pictures allow, each fold with the same mix. The same seed gives the same pairs.
 * @param pictureCounts pictures of each identity
 * @throws UserError when fewer than two pairs of each kind exist
 */
export function selectPairs(pictureCounts: readonly number[], options: PairSelectionOptions): IndexPairs {
  const random = new SeededRandom('verification-pairs', options.seed);
  const firstPicture = runningStarts(pictureCounts);
  const wanted = Math.floor(options.count / 2);
  const sameCapacities = cappedCapacities(pictureCounts.map((count) => (count * (count - 1)) / 2));
  const kindCount = Math.min(wanted, sum(sameCapacities), differentPairCount(pictureCounts));
  if (kindCount < 2) throw tooFewPairs(wanted);
  const same = selectSame(kindCount, sameCapacities, firstPicture, random);
  const different = selectDifferent(kindCount, pictureCounts, firstPicture, random);
  const folds = Math.min(options.folds ?? defaultFolds, kindCount);
  return dealIntoFolds(random.shuffle(same), random.shuffle(different), folds);
}

function tooFewPairs(wanted: number): UserError {
  if (wanted < 2) return new UserError('At least 4 pairs are needed for a verification.', 'Ask for a larger number of pairs.');
  return new UserError('The photos do not give two pairs of the same person and two of different people.', 'Give at least two people with two or more photos each.');
}

/**
 * Lowers the capacities so that an identity with very many pictures cannot dominate, even after the others are used up:
 * the largest level q with q <= share * sum(min(q, capacity)).
 */
function cappedCapacities(capacities: readonly number[]): number[] {
  const identities = capacities.filter((capacity) => capacity > 0).length;
  const share = Math.min(1, Math.max(largestShare, 2 / Math.max(1, identities)));
  const fits = (level: number): boolean => level <= share * sum(capacities.map((capacity) => Math.min(level, capacity)));
  let low = 0;
  let high = capacities.reduce((largest, capacity) => Math.max(largest, capacity), 0);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return capacities.map((capacity) => Math.min(low, capacity));
}

function selectSame(count: number, capacities: readonly number[], firstPicture: readonly number[], random: SeededRandom): Pair[] {
  const pairs: Pair[] = [];
  shareOut(count, capacities, random).forEach((share, identity) => {
    const first = firstPicture[identity] ?? 0;
    const pictures = (firstPicture[identity + 1] ?? first) - first;
    for (const code of sampleDistinct(share, (pictures * (pictures - 1)) / 2, random)) {
      const [low, high] = triangleCell(code);
      pairs.push([first + low, first + high]);
    }
  });
  return pairs;
}

function selectDifferent(count: number, pictureCounts: readonly number[], firstPicture: readonly number[], random: SeededRandom): Pair[] {
  const identities = pictureCounts.flatMap((pictures, identity) => (pictures > 0 ? [identity] : []));
  const identityPairs = (identities.length * (identities.length - 1)) / 2;
  const pictureOf = (identity: number): number => (firstPicture[identity] ?? 0) + random.below(pictureCounts[identity] ?? 1);
  if (identityPairs > 4 * count) {
    return sampleIdentityPairs(count, identities, random).map(([first, second]) => [pictureOf(first), pictureOf(second)]);
  }
  return spreadOverIdentityPairs(count, identities, pictureCounts, firstPicture, random);
}

/** Many identities: each pair of identities at most once, each identity equally often on the left. */
function sampleIdentityPairs(count: number, identities: readonly number[], random: SeededRandom): Pair[] {
  const order = random.shuffle([...identities]);
  const radix = (identities.at(-1) ?? 0) + 1;
  const taken = new Set<number>();
  const pairs: Pair[] = [];
  for (let turn = 0; pairs.length < count; turn++) {
    const first = order[turn % order.length] ?? 0;
    const second = random.pick(identities);
    const key = Math.min(first, second) * radix + Math.max(first, second);
    if (first === second || taken.has(key)) continue;
    taken.add(key);
    pairs.push([first, second]);
  }
  return pairs;
}

/** Few identities: every pair of identities gives an even share of photo pairs. */
function spreadOverIdentityPairs(
  count: number,
  identities: readonly number[],
  pictureCounts: readonly number[],
  firstPicture: readonly number[],
  random: SeededRandom,
): Pair[] {
  const groups: Pair[] = identities.flatMap((first, position) => identities.slice(position + 1).map((second): Pair => [first, second]));
  const capacities = groups.map(([first, second]) => (pictureCounts[first] ?? 0) * (pictureCounts[second] ?? 0));
  const pairs: Pair[] = [];
  shareOut(count, capacities, random).forEach((share, index) => {
    const [first, second] = groups[index] ?? [0, 0];
    const columns = pictureCounts[second] ?? 1;
    for (const code of sampleDistinct(share, capacities[index] ?? 0, random)) {
      pairs.push([(firstPicture[first] ?? 0) + Math.floor(code / columns), (firstPicture[second] ?? 0) + (code % columns)]);
    }
  });
  return pairs;
}

/** Shares `total` (at most the capacities' sum) as evenly as the capacities allow. */
function shareOut(total: number, capacities: readonly number[], random: SeededRandom): number[] {
  const order = random.shuffle(capacities.map((_, index) => index)).sort((x, y) => (capacities[x] ?? 0) - (capacities[y] ?? 0));
  const shares = capacities.map(() => 0);
  let left = total;
  order.forEach((index, position) => {
    const share = Math.min(capacities[index] ?? 0, Math.floor(left / (order.length - position)));
    shares[index] = share;
    left -= share;
  });
  return shares;
}

/** `count` different whole numbers in [0, population). */
function sampleDistinct(count: number, population: number, random: SeededRandom): number[] {
  if (count === 0) return [];
  if (count * 3 > population) {
    const all = Array.from({ length: population }, (_, index) => index);
    return random.shuffle(all).slice(0, count);
  }
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(random.below(population));
  return [...chosen];
}

/** Cell number `code` of the strict lower triangle, counted row by row: (0,1) (0,2) (1,2) (0,3) ... */
function triangleCell(code: number): Pair {
  let high = Math.floor((1 + Math.sqrt(1 + 8 * code)) / 2);
  if ((high * (high - 1)) / 2 > code) high--;
  return [code - (high * (high - 1)) / 2, high];
}

function dealIntoFolds(same: readonly Pair[], different: readonly Pair[], folds: number): IndexPairs {
  const total = same.length + different.length;
  const pairs = { folds, a: new Uint32Array(total), b: new Uint32Array(total), same: new Uint8Array(total), fold: new Uint16Array(total) };
  let next = 0;
  for (let fold = 0; fold < folds; fold++) {
    for (const kind of [same, different]) {
      for (let index = fold; index < kind.length; index += folds) {
        const [a, b] = kind[index] ?? [0, 0];
        pairs.a[next] = a;
        pairs.b[next] = b;
        pairs.same[next] = kind === same ? 1 : 0;
        pairs.fold[next] = fold;
        next++;
      }
    }
  }
  return pairs;
}

function differentPairCount(pictureCounts: readonly number[]): number {
  const total = sum(pictureCounts);
  return (total * total - sum(pictureCounts.map((count) => count * count))) / 2;
}

/** Start of each identity's pictures, and one final entry with their total. */
function runningStarts(counts: readonly number[]): number[] {
  const starts = [0];
  for (const count of counts) starts.push((starts.at(-1) ?? 0) + count);
  return starts;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
