import { selectPairs, type PairSelectionOptions } from './pair-selection';

/** Two photos and whether they show the same person. Paths are relative to the folder of photos, with "/". */
export interface PhotoPair {
  readonly a: string;
  readonly b: string;
  readonly same: boolean;
  /** 0..folds-1. */
  readonly fold: number;
}

export interface PairList {
  readonly folds: number;
  readonly pairs: readonly PhotoPair[];
}

export interface PhotosOfIdentity {
  readonly name: string;
  /** Paths relative to the folder of photos, with "/". */
  readonly photos: readonly string[];
}

/**
 * Makes verification pairs of photos (`selectPairs`). The order of identities and photos does not matter, a photo that is
 * listed twice counts once.
 * @throws UserError when fewer than two pairs of each kind exist
 */
export function makePairs(identities: readonly PhotosOfIdentity[], options: PairSelectionOptions): PairList {
  const known = new Set<string>();
  const groups = [...identities].sort((x, y) => compareText(x.name, y.name)).map(({ photos }) => {
    const own = [...new Set(photos)].filter((photo) => !known.has(photo)).sort(compareText);
    for (const photo of own) known.add(photo);
    return own;
  });
  const photos = groups.flat();
  const chosen = selectPairs(groups.map((group) => group.length), options);
  const pairs = Array.from(chosen.same, (same, index) => ({
    a: photos[chosen.a[index] ?? 0] ?? '',
    b: photos[chosen.b[index] ?? 0] ?? '',
    same: same === 1,
    fold: chosen.fold[index] ?? 0,
  }));
  return { folds: chosen.folds, pairs };
}

/** By code unit, so that the order is the same on every machine and in every language. */
function compareText(x: string, y: string): number {
  return x < y ? -1 : x > y ? 1 : 0;
}
