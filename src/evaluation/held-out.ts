import type { EmbeddingOptions, FaceEmbedder } from './embedding';
import { cosineScores, embedAll } from './embedding';
import { selectPairs, type IndexPairs } from './pair-selection';
import { verifyInTurns, type VerificationOptions, type VerificationReport } from './verification';

export interface HeldOutIdentity {
  readonly name: string;
  /** Number of pictures. */
  readonly images: number;
}

/** Pictures of people that were kept out of the training. */
export interface HeldOutSource {
  readonly identities: readonly HeldOutIdentity[];
  /**
   * One picture as RGB, 0..255, [size, size, 3].
   * @param picture counted identity after identity, in the order of `identities`
   */
  loadCrop(picture: number): Promise<Uint8Array>;
}

export interface HeldOutOptions extends EmbeddingOptions, VerificationOptions {
  /** Pairs, half of each kind; default 6000, as LFW has. */
  readonly pairs?: number;
  /** Seed of the pairs and of the bootstrap; default 0. Keep it, and all evaluations of a run judge the same pairs. */
  readonly seed?: number;
}

const defaultPairs = 6000;

/**
 * Verification pairs of held-out identities; the same for the same identities and seed.
 * @throws UserError when the identities give too few pairs
 */
export function heldOutPairs(identities: readonly HeldOutIdentity[], options: { readonly pairs?: number; readonly seed?: number } = {}): IndexPairs {
  return selectPairs(identities.map((identity) => identity.images), { count: options.pairs ?? defaultPairs, seed: options.seed ?? 0 });
}

/**
 * Verifies a model on held-out identities. Only pictures that a pair needs are loaded, each once.
 * @throws UserError when the identities give too few pairs or the model gives no usable embeddings
 * @throws CancelledError when `options.signal` is aborted
 */
export async function verifyHeldOut(embedder: FaceEmbedder, source: HeldOutSource, options: HeldOutOptions = {}): Promise<VerificationReport> {
  const pairs = heldOutPairs(source.identities, options);
  const pictures = Uint32Array.from(new Set([...pairs.a, ...pairs.b])).sort();
  const rowOf = new Map(Array.from(pictures, (picture, row) => [picture, row]));
  const { vectors, length } = await embedAll(embedder, (row) => source.loadCrop(pictures[row] ?? 0), pictures.length, options);
  const rows = (side: Uint32Array): Uint32Array => side.map((picture) => rowOf.get(picture) ?? 0);
  const owners = source.identities.flatMap(({ images }, identity) => new Array<number>(images).fill(identity));
  const peopleOf = (side: Uint32Array): Uint32Array => side.map((picture) => owners[picture] ?? 0);
  const people = { a: peopleOf(pairs.a), b: peopleOf(pairs.b) };
  return verifyInTurns(options.signal, cosineScores(vectors, length, rows(pairs.a), rows(pairs.b)), pairs.same, pairs.fold, { people, ...options });
}
