import type { BatchReader } from './data/batch-reader';
import type { TrainingSession } from './graph/training-session';

/** Means over all validation images. */
export interface ValidationResult {
  readonly loss: number;
  /** 0..1 */
  readonly accuracy: number;
  readonly images: number;
}

export interface ValidationOptions {
  readonly session: TrainingSession;
  /** Reads the validation images in a fixed order, without changes. */
  readonly reader: BatchReader;
  readonly batch: number;
  /** Images of the validation. */
  readonly images: number;
  readonly seed: number;
}

/**
 * Loss and accuracy on images that are not trained on, by the network as it is deployed. It changes nothing, and the same weights give the
 * same figures: with sampled identities, each batch compares with the same ones every time.
 * @param margin in force now
 * @throws CancelledError when `signal` is aborted
 */
export async function validate(
  { session, reader, batch, images, seed }: ValidationOptions, margin: number, signal: AbortSignal,
): Promise<ValidationResult> {
  let loss = 0;
  let hits = 0;
  let next = reader.read(0, signal);
  for (let position = 0; position < images; position += batch) {
    const { images: pictures, labels } = await next;
    // The next batch is read while this one is computed; what it may throw is thrown when it is awaited.
    if (position + batch < images) {
      next = reader.read(position + batch, signal);
      next.catch(() => undefined);
    }
    const measured = await session.validate({ images: pictures, labels, margin, seed: [seed, position] });
    // The last batch is filled up with the first images.
    for (let i = 0; i < Math.min(batch, images - position); i++) {
      loss += measured.losses[i] ?? Number.NaN;
      hits += measured.hits[i] ?? Number.NaN;
    }
  }
  return { loss: loss / images, accuracy: hits / images, images };
}
