import { copyKinds, type CopyKind, type DuplicateGroup, type DuplicatePhoto, type LeakedPicture } from './audit-artifact';
import type { CopyTest } from './find-copies';
import type { PictureCollection } from './picture-collection';
import type { PictureTable } from './picture-table';

/** What groups are judged by. */
export interface GroupContext {
  readonly pictures: PictureCollection;
  readonly table: PictureTable;
  readonly test: CopyTest;
  /** Mean cosine of a picture with the others of its person; undefined where no model judged it. */
  readonly likenessToPerson: (picture: number) => number | undefined;
  /** Likeness from which a picture is taken to show its person. */
  readonly threshold: number | undefined;
}

const sharpnessStep = 1.1;
const kindOrder = ['two-people', 'exact', 'near'] as const;

/**
 * The groups within the audited data, worst first: two people, exact, near. Of one person's copies the best stays, and all that are no
 * copies of one that stays. Of copies under several people those stay whose person alone is confirmed by the model; without that, none.
 * @param connected groups of connected pictures
 */
export function duplicateGroups(connected: readonly (readonly number[])[], context: GroupContext): DuplicateGroup[] {
  const groups = connected.flatMap((members) => {
    const data = members.filter((picture) => picture < context.pictures.dataCount);
    const group = data.length >= 2 ? groupOf(data, context) : undefined;
    return group ? [group] : [];
  });
  return groups.sort((a, b) => kindOrder.indexOf(a.kind) - kindOrder.indexOf(b.kind) || severity(b) - severity(a) || b.photos.length - a.photos.length);
}

/**
 * Training pictures of which a copy serves for verification, each with its closest one; worst first.
 * @param connected groups of connected pictures
 */
export function leakedPictures(connected: readonly (readonly number[])[], { pictures, table, test }: GroupContext): LeakedPicture[] {
  const leaked = connected.flatMap((members) => {
    const training = members.filter((picture) => table.person(picture).part === 'training');
    const verification = members.filter((picture) => table.person(picture).part !== 'training');
    return training.flatMap((picture): LeakedPicture[] => {
      const closest = closestCopy(picture, verification, test);
      if (!closest) return [];
      return [{ photo: pictures.nameOf(picture), verificationPhoto: pictures.nameOf(closest.of), copy: closest.copy, bitsApart: closest.bitsApart }];
    });
  });
  return leaked.sort((a, b) => copyKinds.indexOf(a.copy) - copyKinds.indexOf(b.copy) || a.bitsApart - b.bitsApart);
}

interface ClosestCopy {
  readonly of: number;
  readonly copy: CopyKind;
  readonly bitsApart: number;
}

function groupOf(data: readonly number[], context: GroupContext): DuplicateGroup | undefined {
  const { table, test, pictures } = context;
  const members = [...data].sort((a, b) => compareQuality(a, b, context));
  const rejected = rejectedOf(members, context);
  const kept = independentOf(members.filter((picture) => !rejected.has(picture)), test);
  const photos = members.map((picture) => {
    const candidates = kept.has(picture) ? [] : rejected.has(picture) ? members : [...kept];
    return photoOf(picture, kept.has(picture), closestCopy(picture, candidates, test), context);
  });
  if (photos.every(({ keep }) => keep)) return undefined;
  const people = [...new Set(members.map((picture) => table.personOf(picture)))];
  const isExact = members.every((picture) => picture === members[0] || isExactCopy(test.kind(picture, members[0] as number)));
  return {
    kind: people.length > 1 ? 'two-people' : isExact ? 'exact' : 'near',
    people: people.map((person) => pictures.people[person]?.name ?? ''),
    photos,
  };
}

function photoOf(picture: number, keep: boolean, closest: ClosestCopy | undefined, { pictures, table, likenessToPerson }: GroupContext): DuplicatePhoto {
  const likeness = likenessToPerson(picture);
  const { name, part } = table.person(picture);
  return {
    photo: pictures.nameOf(picture),
    person: name,
    part,
    widthPixels: table.widths[picture] as number,
    heightPixels: table.heights[picture] as number,
    sizeBytes: table.sizes[picture] as number,
    sharpness: table.sharpness[picture] as number,
    keep,
    ...(closest && { copy: closest.copy, copyOf: pictures.nameOf(closest.of), bitsApart: closest.bitsApart }),
    ...(likeness !== undefined && { likenessToPerson: likeness }),
  };
}

/** Copies that lie under several people, unless the model confirms their own person and none of the others. */
function rejectedOf(members: readonly number[], { table, test, likenessToPerson, threshold }: GroupContext): Set<number> {
  const first = table.personOf(members[0] as number);
  if (members.every((picture) => table.personOf(picture) === first)) return new Set();
  const disputed = members.filter((picture) =>
    members.some((other) => table.personOf(other) !== table.personOf(picture) && test.kind(picture, other) !== undefined));
  const isConfirmed = (picture: number): boolean => threshold !== undefined && (likenessToPerson(picture) ?? -1) >= threshold;
  const confirmed = new Set(disputed.filter(isConfirmed).map((picture) => table.personOf(picture)));
  const right = confirmed.size === 1 ? [...confirmed][0] : undefined;
  return new Set(disputed.filter((picture) => table.personOf(picture) !== right));
}

/** In order of quality, each picture that is no copy of one taken before. */
function independentOf(members: readonly number[], test: CopyTest): Set<number> {
  const taken: number[] = [];
  for (const picture of members) {
    if (!taken.some((other) => test.kind(picture, other) !== undefined)) taken.push(picture);
  }
  return new Set(taken);
}

function closestCopy(picture: number, candidates: readonly number[], test: CopyTest): ClosestCopy | undefined {
  let best: ClosestCopy | undefined;
  for (const of of candidates) {
    const copy = of === picture ? undefined : test.kind(picture, of);
    if (copy === undefined) continue;
    const found = { of, copy, bitsApart: test.bitsApart(picture, of) };
    const difference = best ? copyKinds.indexOf(copy) - copyKinds.indexOf(best.copy) || found.bitsApart - best.bitsApart : -1;
    if (difference < 0) best = found;
  }
  return best;
}

function isExactCopy(copy: CopyKind | undefined): boolean {
  return copy === 'bytes' || copy === 'pixels';
}

/** Sharpest first (in steps of 10 %), then largest, then the shortest name, as copies get longer ones. */
function compareQuality(a: number, b: number, { table, pictures }: GroupContext): number {
  const bySharpness = sharpnessLevel(b, table) - sharpnessLevel(a, table);
  const bySize = pixelsOf(b, table) - pixelsOf(a, table) || (table.sizes[b] as number) - (table.sizes[a] as number);
  return bySharpness || bySize || pictures.nameOf(a).length - pictures.nameOf(b).length || a - b;
}

function sharpnessLevel(picture: number, table: PictureTable): number {
  return Math.round(Math.log(1e-6 + (table.sharpness[picture] as number)) / Math.log(sharpnessStep));
}

function pixelsOf(picture: number, table: PictureTable): number {
  return (table.widths[picture] as number) * (table.heights[picture] as number);
}

/** Within a kind: what spoils a verification first, then equal pictures. */
function severity({ photos }: DuplicateGroup): number {
  const spoilsVerification = new Set(photos.map(({ part }) => part)).size > 1;
  return (spoilsVerification ? 2 : 0) + (photos.some(({ copy }) => isExactCopy(copy)) ? 1 : 0);
}
