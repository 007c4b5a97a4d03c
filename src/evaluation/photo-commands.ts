import { UserError } from '../base/user-error';
import { cosineScores, embedAll, type CropForm, type EmbeddingOptions, type FaceEmbedder } from './embedding';
import type { EvaluationDependencies } from './evaluation-dependencies';

export interface PhotoOptions extends EmbeddingOptions {
  /** The photos are aligned crops already. */
  readonly aligned: boolean;
}

export interface PhotoEmbedding {
  readonly photo: string;
  /** L2-normalised; undefined when the photo has no face. */
  readonly embedding?: Float32Array;
}

export interface PhotoComparison {
  /** Cosine similarity, -1..1. */
  readonly score: number;
  /** Undefined when the model was never verified and no threshold was given. */
  readonly threshold?: number;
  readonly same?: boolean;
}

/** Gives a photo as a crop of this form, aligning it unless it is one already. */
export function cropLoader(dependencies: EvaluationDependencies, { imageSize, template }: CropForm, aligned: boolean): (photo: string) => Promise<Uint8Array | undefined> {
  return (photo) => (aligned ? dependencies.readCrop(photo, imageSize) : dependencies.alignPhoto(photo, imageSize, template));
}

/** Embeddings of photos, in their order. */
export async function embedPhotos(
  embedder: FaceEmbedder,
  photos: readonly string[],
  dependencies: EvaluationDependencies,
  options: PhotoOptions,
): Promise<PhotoEmbedding[]> {
  const cropOf = cropLoader(dependencies, embedder, options.aligned);
  const { vectors, length, missing } = await embedAll(embedder, (index) => cropOf(photos[index] ?? ''), photos.length, options);
  const withoutFace = new Set(missing);
  return photos.map((photo, index) => (withoutFace.has(index) ? { photo } : { photo, embedding: vectors.slice(index * length, (index + 1) * length) }));
}

/**
 * Compares two photos.
 * @param threshold cosine from which they are taken for the same person
 * @throws UserError naming the photo in which no face was found
 */
export async function comparePhotos(
  embedder: FaceEmbedder,
  photos: readonly [string, string],
  threshold: number | undefined,
  dependencies: EvaluationDependencies,
  options: PhotoOptions,
): Promise<PhotoComparison> {
  const [first, second] = (await embedPhotos(embedder, photos, dependencies, options)).map(({ photo, embedding }) => {
    if (!embedding) throw new UserError(`No face was found in ${photo}.`, 'Give a photo that shows one face clearly, or --aligned when it is an aligned crop.');
    return embedding;
  });
  const vectors = Float32Array.of(...(first ?? []), ...(second ?? []));
  const score = cosineScores(vectors, embedder.embeddingLength, [0], [1])[0] ?? 0;
  return threshold === undefined ? { score } : { score, threshold, same: score >= threshold };
}
