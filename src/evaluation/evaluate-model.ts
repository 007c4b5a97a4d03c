import { UserError } from '../base/user-error';
import { cosineScores, embedAll, type CropLoader, type EmbeddingOptions, type FaceEmbedder } from './embedding';
import type { PairList, PhotoPair } from './pairs';
import { verify, type VerificationReport } from './verification';

export interface ScoredPair extends PhotoPair {
  /** Cosine similarity, -1..1. */
  readonly score: number;
}

export interface PairEvaluation {
  readonly report: VerificationReport;
  readonly scoredPairs: readonly ScoredPair[];
  /** Distinct photos that the pairs name. */
  readonly photos: number;
  /** Names of the photos in which no face was found. Their pairs are not judged. */
  readonly photosWithoutFace: readonly string[];
  readonly pairsSkipped: number;
}

export interface PairEvaluationOptions extends EmbeddingOptions {
  /** Seed of the bootstrap. */
  readonly seed: number;
}

/**
 * Judges a model by a pair list. Each photo is loaded and embedded once.
 * @param cropOf gives a photo's crop by its name in the list; undefined when it has no face
 * @throws UserError when too few pairs remain after photos without a face are left out
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
  const report = verify(scores, pairs.map((pair) => pair.same), pairs.map((pair) => pair.fold), { seed: options.seed });
  return {
    report,
    scoredPairs: pairs.map((pair, index) => ({ ...pair, score: scores[index] ?? 0 })),
    photos: photos.length,
    photosWithoutFace: [...withoutFace],
    pairsSkipped: list.pairs.length - pairs.length,
  };
}
