import type { Sampling } from '../recipe/sampling-section';

/** A prepared dataset as training sees it: without the held-out identities. */
export interface TrainingData extends TrainingPart {
  /** Absolute path of the dataset folder. */
  readonly folder: string;
  readonly fingerprint: string;
  /** How the crops are cut, e.g. "arcface-112"; absent: not known. */
  readonly template?: string;
  /** Index = label. */
  readonly identities: readonly string[];
  readonly heldOutIdentities: number;
  /**
   * The images in two parts without overlap, by chance and the same for the same arguments.
   * @param share of the validation, above 0 and up to 0.5; at least one image
   * @throws UserError when it leaves no image for training
   */
  split(share: number, seed: number): { readonly training: TrainingPart; readonly validation: TrainingPart };
  close(): void;
}

/** Images of one size. */
export interface TrainingImages {
  /** Pixels. */
  readonly imageSize: number;
  readonly count: number;
  /** Image `index`, 0..count-1. */
  read(index: number): { readonly jpeg: Uint8Array; readonly label: number };
  /** Identity of image `index`, without reading the image. */
  label(index: number): number;
  /** Where image `index` lies, for messages. */
  place(index: number): string;
}

/** Images that an order can be chosen for. */
export interface TrainingPart extends TrainingImages {
  /** @throws UserError when the images cannot be sampled so */
  sampler(sampling: Sampling, seed: number): Sampler;
}

/** The endless sequence of epochs of a data set. It depends on data, sampling and seed alone. */
export interface Sampler {
  /** Samples of an epoch. */
  readonly epochLength: number;
  /** Whether an epoch may have an image more than once. */
  readonly repeats: boolean;
  /** Images of an epoch in their order. Where people are balanced, an image may be missing from it too. */
  order(epoch: number): Uint32Array;
}

/** JPEGs of one size to RGB, uint8 [n, size, size, 3]. */
export type DecodeJpegs = (pictures: readonly Uint8Array[], size: number) => Promise<Uint8Array>;
