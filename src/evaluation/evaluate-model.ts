import { UserError } from '../base/user-error';
import type { PairPeople } from './bootstrap';
import { cosineScores, embedAll, type CropLoader, type EmbeddingOptions, type FaceEmbedder } from './embedding';
import { identify, type Identification } from './identification';
import type { PairList, PhotoPair } from './pairs';
import { verifyInTurns, type VerificationReport } from './verification';

export interface ScoredPair extends PhotoPair {
  /** Cosine similarity, -1..1. */
  readonly score: number;
}

export interface PairEvaluation {
  readonly report: VerificationReport;
  readonly scoredPairs: readonly ScoredPair[];
  /** Of the photos that the pairs name; undefined where it is not known who they show, or there are too many. */
  readonly identification: Identification | undefined;
  /** Distinct photos that the pairs name. */
  readonly photos: number;
  /** People on them, where they are known. */
  readonly people: number | undefined;
  /** Names of the photos in which no face was found. Their pairs are not judged. */
  readonly photosWithoutFace: readonly string[];
  readonly pairsSkipped: number;
}

export interface PairEvaluationOptions extends EmbeddingOptions {
  /** Seed of the bootstrap. */
  readonly seed: number;
  /** Draws of the bootstrap; default as `verify`. */
  readonly bootstrapSamples?: number;
}

/** Looking up more photos than this among each other takes minutes. */
const mostIdentified = 20_000;

/**
 * Judges a model by a pair list. Each photo is loaded and embedded once.
 * @param cropOf gives a photo's crop by its name in the list; undefined when it has no face
 * @throws CancelledError when `options.signal` is aborted; UserError when too few pairs remain after photos without a face are left out
 */
export async function evaluatePairs(
  embedder: FaceEmbedder,
  list: PairList,
  cropOf: (photo: string) => ReturnType<CropLoader>,
  options: PairEvaluationOptions,
): Promise<PairEvaluation> {
  const photos = [...new Set(list.pairs.flatMap(({ a, b }) => [a, b]))];
  const rowOf = new Map(photos.map((photo, row) => [photo, row]));
  const { vectors, length, missing } = await embedAll(embedder, (row) => cropOf(photos[row] ?? ''), photos.length, options);
  const withoutFace = new Set(missing.map((row) => photos[row] ?? ''));
  if (withoutFace.size === photos.length) {
    throw new UserError(`No face was found in any of the ${photos.length} photos.`, 'Check the folder, or give --aligned when its photos are aligned crops already.');
  }
  const pairs = list.pairs.filter(({ a, b }) => !withoutFace.has(a) && !withoutFace.has(b));
  const rows = (side: 'a' | 'b'): number[] => pairs.map((pair) => rowOf.get(pair[side]) ?? 0);
  const scores = cosineScores(vectors, length, rows('a'), rows('b'));
  const numbers = peopleNumbers(list);
  const { seed, bootstrapSamples, progress, signal } = options;
  const report = await verifyInTurns(signal, scores, pairs.map((pair) => pair.same), pairs.map((pair) => pair.fold), {
    seed,
    ...(bootstrapSamples === undefined ? {} : { bootstrapSamples }),
    ...(numbers ? { people: peopleOfPairs(pairs, numbers) } : {}),
    ...(progress ? { onSample: (done, total) => progress.report({ label: 'Drawing anew for the intervals', done, total, unit: 'draws' }) } : {}),
  });
  const shown = photos.filter((photo) => !withoutFace.has(photo));
  return {
    report,
    scoredPairs: pairs.map((pair, index) => ({ ...pair, score: scores[index] ?? 0 })),
    identification: numbers && shown.length <= mostIdentified
      ? await identify(rowsOf(vectors, length, shown.map((photo) => rowOf.get(photo) ?? 0)), length, shown.map((photo) => numbers.get(photo) ?? 0), options)
      : undefined,
    photos: photos.length,
    people: numbers && new Set(numbers.values()).size,
    photosWithoutFace: [...withoutFace],
    pairsSkipped: list.pairs.length - pairs.length,
  };
}

/**
 * A number for the person on each photo, by the folder that its name begins with; undefined where the names have no folder, or the
 * pairs say otherwise (then the folders are no people).
 */
export function peopleNumbers(list: PairList): Map<string, number> | undefined {
  const people = new Map<string, number>();
  const numbers = new Map<string, number>();
  for (const photo of new Set(list.pairs.flatMap(({ a, b }) => [a, b]))) {
    const folder = photo.slice(0, Math.max(0, photo.lastIndexOf('/')));
    if (folder === '') return undefined;
    const number = people.get(folder) ?? people.size;
    people.set(folder, number);
    numbers.set(photo, number);
  }
  const isTrue = list.pairs.every(({ a, b, same }) => same === (numbers.get(a) === numbers.get(b)));
  return isTrue ? numbers : undefined;
}

function peopleOfPairs(pairs: readonly PhotoPair[], numbers: ReadonlyMap<string, number>): PairPeople {
  const side = (name: 'a' | 'b'): number[] => pairs.map((pair) => numbers.get(pair[name]) ?? 0);
  return { a: side('a'), b: side('b') };
}

function rowsOf(vectors: Float32Array, length: number, rows: readonly number[]): Float32Array {
  const chosen = new Float32Array(rows.length * length);
  rows.forEach((row, index) => chosen.set(vectors.subarray(row * length, (row + 1) * length), index * length));
  return chosen;
}
