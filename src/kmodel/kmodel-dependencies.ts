import type { CommandContext } from '../base/command';
import type { InputNormalization } from '../network/formats/import/input-normalization';

/** Faces to compare a compiled model with another one on. */
export interface ComparisonWish {
  /** .kmodel file with its facts beside it. */
  readonly file: string;
  /** Any model form that the product knows. */
  readonly model: string;
  /** How pixels enter it, when its file does not say so. */
  readonly normalization: InputNormalization | undefined;
  /** A dataset, or photos as <folder>/<person>/<photo>. */
  readonly photos: string;
  /** How many at most. */
  readonly faces: number;
  /** The photos are aligned crops already. */
  readonly aligned: boolean;
}

/** What the kmodel commands need of other stages; `cli.ts` fits it together. Every member may throw a UserError. */
export interface KmodelDependencies {
  /** Reads a photo as upright RGB [height, width, 3], resized to cover the frame and cut at its centre. */
  readPhoto(photo: string, width: number, height: number): Promise<Uint8Array>;
  /** Finds the face and cuts it as the template says (undefined: arcface-112): RGB [size, size, 3]; undefined when there is no face. */
  alignPhoto(photo: string, size: number, template: string | undefined): Promise<Uint8Array | undefined>;
  /** Cosine between both models' embeddings of each face. */
  compareEmbeddings(wish: ComparisonWish, context: CommandContext): Promise<ArrayLike<number>>;
}
