import { silentProgress, type ProgressReporter } from '../base/progress';
import { UserError, throwIfCancelled } from '../base/user-error';

/** The crops that a face model takes. */
export interface CropForm {
  /** Side of the square crops in pixels. */
  readonly imageSize: number;
  /** How they are cut from a photo, as `face.json` says; undefined: arcface-112. */
  readonly template?: string | undefined;
}

/** A face model in use, whatever form it is stored in. */
export interface FaceEmbedder extends CropForm {
  readonly embeddingLength: number;
  /** Name for people, e.g. "run-3, step 12000". */
  readonly title: string;
  /**
   * @param crops aligned faces, RGB, 0..255, [count, imageSize, imageSize, 3]
   * @param signal for models that can stop within a batch
   * @returns L2-normalised embeddings, [count, embeddingLength]
   */
  embed(crops: Uint8Array, count: number, signal?: AbortSignal): Promise<Float32Array>;
  close(): void;
}

/** Gives crop number `index` as RGB [imageSize, imageSize, 3]; undefined when the photo has no face. */
export type CropLoader = (index: number) => Promise<Uint8Array | undefined>;

export interface EmbeddingOptions {
  /** Crops in one call of the model; default 64. */
  readonly batch?: number;
  /** Crops that are loaded at the same time; default 4. */
  readonly concurrency?: number;
  /** Adds the embedding of the mirrored crop before normalising, as InsightFace's verification does. Doubles the work. */
  readonly flipSum?: boolean;
  readonly progress?: ProgressReporter;
  readonly signal?: AbortSignal;
}

export interface EmbeddedPictures {
  /** L2-normalised, zeros for a missing picture, [count, length]. */
  readonly vectors: Float32Array;
  readonly length: number;
  /** Indices of pictures without a crop, ascending. */
  readonly missing: readonly number[];
}

interface LoadedBatch {
  /** Indices of the pictures that have a crop. */
  readonly indices: readonly number[];
  /** Their crops, [indices.length, size, size, 3]. */
  readonly crops: Uint8Array;
}

const defaultBatch = 64;
const defaultConcurrency = 4;

/**
 * Embeds pictures 0..count-1. While the model works on one batch, the next is being loaded.
 * @throws UserError when the model gives no usable embedding for a picture
 * @throws CancelledError when `signal` is aborted
 */
export async function embedAll(embedder: FaceEmbedder, loadCrop: CropLoader, count: number, options: EmbeddingOptions = {}): Promise<EmbeddedPictures> {
  const { batch = defaultBatch, progress = silentProgress, signal } = options;
  const length = embedder.embeddingLength;
  const vectors = new Float32Array(count * length);
  const missing: number[] = [];
  const load = (start: number): Promise<LoadedBatch> => {
    const loading = loadBatch(embedder, loadCrop, start, Math.min(count, start + batch), options);
    // It is awaited later, or not at all when the model fails first; its own failure must not end the process meanwhile.
    loading.catch(() => undefined);
    return loading;
  };
  let next = load(0);
  try {
    for (let start = 0; start < count; start += batch) {
      const { indices, crops } = await next;
      throwIfCancelled(signal, 'The evaluation');
      const end = Math.min(count, start + batch);
      next = load(end);
      const embedded = indices.length > 0 ? await embedBatch(embedder, crops, indices.length, options) : new Float32Array();
      indices.forEach((index, row) => {
        vectors.set(normalized(embedded.subarray(row * length, (row + 1) * length), embedder, index), index * length);
      });
      const present = new Set(indices);
      for (let index = start; index < end; index++) if (!present.has(index)) missing.push(index);
      progress.report({ label: 'Computing embeddings', done: end, total: count, unit: 'photos' });
    }
  } finally {
    await next.catch(() => undefined);
  }
  return { vectors, length, missing };
}

/**
 * Cosine similarity of pairs of embeddings.
 * @param vectors L2-normalised, [pictures, length]
 * @param a, b rows of `vectors`, [pairs]
 * @returns -1..1, [pairs]
 */
export function cosineScores(vectors: Float32Array, length: number, a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  return Float64Array.from(a, (row, pair) => {
    const first = row * length;
    const second = (b[pair] ?? 0) * length;
    let product = 0;
    for (let i = 0; i < length; i++) product += (vectors[first + i] ?? 0) * (vectors[second + i] ?? 0);
    return product;
  });
}

/**
 * Mirrors crops left to right.
 * @param crops RGB, [count, size, size, 3]
 */
export function mirrored(crops: Uint8Array, size: number): Uint8Array {
  const flipped = new Uint8Array(crops.length);
  const rowBytes = size * 3;
  for (let row = 0; row < crops.length; row += rowBytes) {
    for (let x = 0; x < size; x++) {
      const from = row + x * 3;
      const to = row + (size - 1 - x) * 3;
      flipped[to] = crops[from] ?? 0;
      flipped[to + 1] = crops[from + 1] ?? 0;
      flipped[to + 2] = crops[from + 2] ?? 0;
    }
  }
  return flipped;
}

async function loadBatch(embedder: FaceEmbedder, loadCrop: CropLoader, start: number, end: number, options: EmbeddingOptions): Promise<LoadedBatch> {
  const cropBytes = embedder.imageSize ** 2 * 3;
  const loaded: (Uint8Array | undefined)[] = new Array<undefined>(Math.max(0, end - start));
  let next = start;
  const work = async (): Promise<void> => {
    while (next < end) {
      throwIfCancelled(options.signal, 'The evaluation');
      const index = next++;
      const crop = await loadCrop(index);
      if (crop && crop.length !== cropBytes) throw new RangeError(`Crop ${index} has ${crop.length} bytes; ${embedder.title} takes ${cropBytes}.`);
      loaded[index - start] = crop;
    }
  };
  await Promise.all(Array.from({ length: options.concurrency ?? defaultConcurrency }, work));
  const indices = [...loaded.keys()].filter((position) => loaded[position] !== undefined);
  const crops = new Uint8Array(indices.length * cropBytes);
  indices.forEach((position, row) => crops.set(loaded[position] ?? [], row * cropBytes));
  return { indices: indices.map((position) => start + position), crops };
}

async function embedBatch(embedder: FaceEmbedder, crops: Uint8Array, count: number, { flipSum = false, signal }: EmbeddingOptions): Promise<Float32Array> {
  const embedded = await embedder.embed(crops, count, signal);
  if (embedded.length < count * embedder.embeddingLength) {
    throw new RangeError(`${embedder.title} gave ${embedded.length} numbers for ${count} embeddings of length ${embedder.embeddingLength}.`);
  }
  if (!flipSum) return embedded;
  const sum = embedded.slice();
  const flipped = await embedder.embed(mirrored(crops, embedder.imageSize), count, signal);
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (flipped[i] ?? 0);
  return sum;
}

function normalized(vector: Float32Array, embedder: FaceEmbedder, index: number): Float32Array {
  const norm = Math.hypot(...vector);
  if (!Number.isFinite(norm) || norm === 0) {
    throw new UserError(
      `${embedder.title} gives no usable embedding for picture ${index + 1} (its length is ${norm}).`,
      'The weights are damaged or the training diverged; use an earlier checkpoint.',
    );
  }
  return vector.map((value) => value / norm);
}
