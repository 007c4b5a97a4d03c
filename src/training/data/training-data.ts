import type { Sampling } from '../recipe/sampling-section';

/** A prepared dataset as training sees it: without the held-out identities. */
export interface TrainingData {
  /** Absolute path of the dataset folder. */
  readonly folder: string;
  readonly fingerprint: string;
  readonly imageSize: number;
  /** How the crops are cut, e.g. "arcface-112"; absent: not known. */
  readonly template?: string;
  /** Training images. */
  readonly count: number;
  /** Index = label. */
  readonly identities: readonly string[];
  readonly heldOutIdentities: number;
  /** Image `index`, 0..count-1. */
  read(index: number): { readonly jpeg: Uint8Array; readonly label: number };
  /** Where image `index` lies, for messages. */
  place(index: number): string;
  /** @throws UserError when the images cannot be sampled so */
  sampler(sampling: Sampling, seed: number): Sampler;
  close(): void;
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
