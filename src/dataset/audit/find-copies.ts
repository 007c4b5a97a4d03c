import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ProgressReporter } from '../../base/progress';
import { throwIfCancelled } from '../../base/user-error';
import type { CopyKind } from './audit-artifact';
import { DisjointSets } from './disjoint-sets';
import { HammingIndex } from './hamming-index';
import { bitsApart, blankContrast, gradientWords, perceptualWords } from './picture-hash';
import { digestWords, type PictureTable } from './picture-table';

/** How far apart the hashes of copies may be. */
export interface CopyLimits {
  /** Differing bits of the 64 of the perceptual hash. */
  readonly perceptualBits: number;
  /** Differing bits of the 240 of the gradient hash. */
  readonly gradientBits: number;
}

const turnLength = 2048;

/** Tells which pictures of a table are copies of each other. */
export class CopyTest {
  constructor(
    private readonly table: PictureTable,
    private readonly limits: CopyLimits,
  ) {}

  /** How `a` and `b` are the same; undefined when they are not. */
  kind(a: number, b: number): CopyKind | undefined {
    const { table } = this;
    if (areEqual(table.byteDigests, a, b)) return 'bytes';
    if (areEqual(table.pixelDigests, a, b)) return 'pixels';
    return this.isNear(a, b) ? 'near' : undefined;
  }

  isNear(a: number, b: number): boolean {
    const { table, limits } = this;
    if (this.isBlank(a) || this.isBlank(b)) return false;
    return this.bitsApart(a, b) <= limits.perceptualBits && bitsApart(table.gradient, gradientWords, a, b) <= limits.gradientBits;
  }

  /** A picture that shows nothing resembles every other one that shows nothing. */
  isBlank(picture: number): boolean {
    return (this.table.contrast[picture] as number) < blankContrast;
  }

  /** Differing bits of the perceptual hashes, 0..64. */
  bitsApart(a: number, b: number): number {
    return bitsApart(this.table.perceptual, perceptualWords, a, b);
  }
}

/**
 * Groups of pictures that are connected by copies; each ascending. Not every two pictures of a group need to be copies.
 * Memory: about 40 bytes a picture besides the table.
 * @throws CancelledError
 */
export async function findCopies(table: PictureTable, limits: CopyLimits, progress: ProgressReporter, signal?: AbortSignal): Promise<number[][]> {
  const sets = new DisjointSets(table.count);
  const readable = Uint32Array.from({ length: table.count }, (_, i) => i).filter((i) => table.isReadable(i));
  joinEqual(sets, table.byteDigests, readable);
  const distinct = joinEqual(sets, table.pixelDigests, readable);
  await joinNear(sets, distinct, new CopyTest(table, limits), table, limits, progress, signal);
  return sets.groups();
}

/** Joins pictures of the same digest. @returns one picture of each digest, ascending */
function joinEqual(sets: DisjointSets, digests: Uint32Array, pictures: Uint32Array): Uint32Array {
  const sorted = pictures.slice().sort((a, b) => compareRows(digests, a, b) || a - b);
  const distinct: number[] = [];
  sorted.forEach((picture, i) => {
    const before = sorted[i - 1];
    if (before !== undefined && areEqual(digests, before, picture)) sets.join(before, picture);
    else distinct.push(picture);
  });
  return Uint32Array.from(distinct).sort();
}

async function joinNear(
  sets: DisjointSets,
  distinct: Uint32Array,
  test: CopyTest,
  table: PictureTable,
  limits: CopyLimits,
  progress: ProgressReporter,
  signal?: AbortSignal,
): Promise<void> {
  const candidates = distinct.filter((picture) => !test.isBlank(picture));
  const hashes = new Uint32Array(candidates.length * perceptualWords);
  candidates.forEach((picture, row) => {
    hashes.set(table.perceptual.subarray(picture * perceptualWords, (picture + 1) * perceptualWords), row * perceptualWords);
  });
  const index = new HammingIndex(hashes, limits.perceptualBits);
  for (let row = 0; row < candidates.length; row++) {
    const picture = candidates[row] as number;
    index.visitEarlierNeighbours(row, (earlier) => {
      const other = candidates[earlier] as number;
      if (test.isNear(picture, other)) sets.join(picture, other);
    });
    if ((row + 1) % turnLength !== 0 && row + 1 < candidates.length) continue;
    await nextTurn();
    throwIfCancelled(signal, 'The audit');
    progress.report({ label: 'Comparing pictures', done: row + 1, total: candidates.length, unit: 'pictures' });
  }
}

function areEqual(digests: Uint32Array, a: number, b: number): boolean {
  return compareRows(digests, a, b) === 0;
}

function compareRows(digests: Uint32Array, a: number, b: number): number {
  for (let word = 0; word < digestWords; word++) {
    const difference = (digests[a * digestWords + word] as number) - (digests[b * digestWords + word] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}
