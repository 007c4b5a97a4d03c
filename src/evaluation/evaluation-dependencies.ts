import type { InputNormalization } from '../network/formats/import/input-normalization';
import type { FaceEmbedder } from './embedding';
import type { HeldOutSource } from './held-out';

/** A held-out source that keeps files open. */
export interface OpenHeldOutSource extends HeldOutSource {
  /** How the dataset's crops are cut, e.g. "arcface-112"; undefined when it is not known. */
  readonly template: string | undefined;
  /** Fingerprint of the dataset. */
  readonly fingerprint: string;
  close(): Promise<void>;
}

/** A verification set in one file, as InsightFace publishes them. */
export interface OpenVerificationSet {
  /** Pictures of pair i are 2 i and 2 i + 1. */
  readonly pairs: { readonly folds: number; readonly same: Uint8Array; readonly fold: Uint16Array };
  /** SHA-256 of the file. */
  readonly fingerprint: string;
  /** One picture as RGB [size, size, 3]. */
  loadCrop(picture: number, size: number): Promise<Uint8Array>;
}

/** What the evaluation commands need of other stages; `cli.ts` fits it together. Every member may throw a UserError. */
export interface EvaluationDependencies {
  /** Opens any model form that the product knows: a run, a model folder, a file. The caller closes it. @param normalization how pixels enter a file that does not say so */
  openEmbedder(model: string, normalization?: InputNormalization): Promise<FaceEmbedder>;
  /** Cosine from which the model takes two photos for the same person; undefined when it was never verified. */
  recommendedThreshold(model: string, normalization?: InputNormalization): Promise<number | undefined>;
  /** Finds the face and cuts it as the template says (undefined: arcface-112): RGB [size, size, 3]; undefined when there is no face. */
  alignPhoto(photo: string, size: number, template: string | undefined): Promise<Uint8Array | undefined>;
  /** Reads a photo that is an aligned crop already, resized to RGB [size, size, 3]. */
  readCrop(photo: string, size: number): Promise<Uint8Array>;
  /** Identities of a folder of photos, with the file names in each identity's folder. */
  listPhotos(folder: string): Promise<readonly { readonly name: string; readonly photos: readonly string[] }[]>;
  /** Held-out identities of a prepared dataset, as crops of side `size`. */
  openHeldOut(dataset: string, size: number): Promise<OpenHeldOutSource>;
  /** Opens a `.bin` verification set. */
  openVerificationSet(file: string): Promise<OpenVerificationSet>;
  /** A crop, RGB [size, size, 3], as a small JPEG for a report. */
  thumbnail(crop: Uint8Array, size: number): Promise<Uint8Array>;
}

/** A model as the command line names it. */
export interface NamedModel {
  readonly model: string;
  readonly normalization: InputNormalization | undefined;
}

/** Opens a model, uses it and closes it, whatever happens. */
export async function withEmbedder<T>({ model, normalization }: NamedModel, dependencies: EvaluationDependencies, use: (embedder: FaceEmbedder) => Promise<T>): Promise<T> {
  const embedder = await dependencies.openEmbedder(model, normalization);
  try {
    return await use(embedder);
  } finally {
    embedder.close();
  }
}
