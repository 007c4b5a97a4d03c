import { readFile } from 'node:fs/promises';
import { SeededRandom } from '../base/random';
import { UserError } from '../base/user-error';

/** Which identities are kept away from training, for verification. */
export type HoldOutWish =
  | { readonly kind: 'default' }
  | { readonly kind: 'count'; readonly count: number }
  /** `share` of all identities, 0..1. */
  | { readonly kind: 'share'; readonly share: number }
  | { readonly kind: 'names'; readonly names: readonly string[]; readonly source: string };

export interface IdentityImages {
  readonly name: string;
  readonly images: number;
}

const defaultShare = 0.15;
const fewestForDefault = 6;
const fewestHeldOut = 2;
const fewestTraining = 2;

/**
 * Reads `--hold-out`: a whole number is a count, a number below 1 or with % is a share.
 * @throws UserError when it is neither
 */
export function parseHoldOut(text: string): HoldOutWish {
  const match = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(text.trim());
  const value = Number(match?.[1] ?? Number.NaN);
  if (match?.[2] === '%' && value < 100) return { kind: 'share', share: value / 100 };
  if (match?.[2] === '' && Number.isInteger(value)) return { kind: 'count', count: value };
  if (match?.[2] === '' && value < 1) return { kind: 'share', share: value };
  throw new UserError(`--hold-out ${text} is neither a number of identities nor a share.`, 'Give a whole number such as 12, or a share such as 0.15 or 15%.');
}

/**
 * Reads `--hold-out-names`: one identity a line; blank lines and lines that begin with # are skipped.
 * @throws UserError when the file cannot be read or names nobody
 */
export async function readHoldOutNames(file: string): Promise<HoldOutWish> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UserError(`The list of held-out identities ${file} cannot be read.`, 'Give a text file with one identity name per line.', { cause: error });
  });
  const names = text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  if (names.length === 0) throw new UserError(`The list of held-out identities ${file} is empty.`, 'Give a text file with one identity name per line.');
  return { kind: 'names', names, source: file };
}

/**
 * Chooses the held-out identities. Without names the choice depends on the seed and the identities alone; those with at least
 * two images come first, because one image makes no genuine pair. The default is 15 % and at least 2 when there are 6 identities or more, else none.
 * @throws UserError when a name is unknown or fewer than 2 identities are left for training
 */
export function chooseHeldOut(identities: readonly IdentityImages[], wish: HoldOutWish, seed: number): ReadonlySet<string> {
  const chosen = wish.kind === 'names' ? namedIdentities(identities, wish) : drawIdentities(identities, wantedCount(identities.length, wish), seed);
  const left = identities.length - chosen.size;
  if (left >= fewestTraining) return chosen;
  throw new UserError(
    `Holding out ${chosen.size} of ${identities.length} identities leaves ${left} for training, which needs at least ${fewestTraining}.`,
    'Hold out fewer identities or add photos of more people.',
  );
}

function wantedCount(total: number, wish: Exclude<HoldOutWish, { kind: 'names' }>): number {
  switch (wish.kind) {
    case 'count':
      return wish.count;
    case 'share':
      return Math.round(wish.share * total);
    case 'default':
      return total < fewestForDefault ? 0 : Math.max(fewestHeldOut, Math.round(defaultShare * total));
  }
}

function drawIdentities(identities: readonly IdentityImages[], count: number, seed: number): ReadonlySet<string> {
  const drawn = new SeededRandom(seed, 'hold-out').shuffle([...identities]);
  const ordered = [...drawn.filter((identity) => identity.images >= 2), ...drawn.filter((identity) => identity.images < 2)];
  return new Set(ordered.slice(0, count).map((identity) => identity.name));
}

function namedIdentities(identities: readonly IdentityImages[], { names, source }: Extract<HoldOutWish, { kind: 'names' }>): ReadonlySet<string> {
  const known = new Set(identities.map((identity) => identity.name));
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined) return new Set(names);
  throw new UserError(`The identity "${unknown}" of ${source} has no image in this dataset.`, 'Correct the name: it must equal the name of a photo folder in which a face was found.');
}
