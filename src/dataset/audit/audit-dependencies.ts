import type { InputNormalization } from '../../network/formats/import/input-normalization';

/** A face model that judges whether photos lie with the right person. */
export interface AuditJudge {
  /** Side of the square crops in pixels. */
  readonly imageSize: number;
  /** How they are cut from a photo (`crop-rule.ts`); undefined: arcface-112. */
  readonly template?: string | undefined;
  readonly embeddingLength: number;
  /** Name for people. */
  readonly title: string;
  /**
   * @param crops aligned faces, RGB, 0..255, [count, imageSize, imageSize, 3]
   * @returns L2-normalised embeddings, [count, embeddingLength]
   */
  embed(crops: Uint8Array, count: number): Promise<Float32Array>;
  close(): void;
}

/** What the audit needs of other stages; `cli.ts` fits it together. Every member may throw a UserError. */
export interface AuditDependencies {
  /** Opens any model form that the product knows. The caller closes it. @param normalization how pixels enter a file that does not say so */
  openEmbedder(model: string, normalization?: InputNormalization): Promise<AuditJudge>;
  /** Cosine from which the model takes two photos for the same person; undefined when it was never verified. */
  recommendedThreshold(model: string, normalization?: InputNormalization): Promise<number | undefined>;
  /** Finds the face and cuts it as the template says: RGB [size, size, 3]; undefined when there is no face. */
  alignPhoto(photo: string, size: number, template: string | undefined): Promise<Uint8Array | undefined>;
  /** Reads a photo that is an aligned crop already, resized to RGB [size, size, 3]. */
  readCrop(photo: string, size: number): Promise<Uint8Array>;
  /** Reads a pair list: paths relative to the folder of photos, with "/". */
  readPairs(file: string): Promise<{ readonly pairs: readonly { readonly a: string; readonly b: string }[] }>;
}
