/** A prepared dataset as training sees it: the training part only. */
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
  /** Exact global order of an epoch: a permutation of 0..count-1 that depends on seed and epoch alone. */
  order(seed: number, epoch: number): Uint32Array;
  close(): void;
}

/** JPEGs of one size to RGB, uint8 [n, size, size, 3]. */
export type DecodeJpegs = (pictures: readonly Uint8Array[], size: number) => Promise<Uint8Array>;
