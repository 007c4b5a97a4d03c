import type { ClusterLeader } from './cluster/cluster-leader';
import type { ContiguousPart } from './cluster/contiguous-part';
import type { BatchReader } from './data/batch-reader';
import type { BatchMeasures, TrainingSession } from './graph/training-session';

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
  /** Images that are measured at once. */
  readonly batch: number;
  /** The other ranks, where the images of a batch are shared out over all; then `part` is this one's. */
  readonly together?: { readonly cluster: Pick<ClusterLeader, 'validate'>; readonly part: ContiguousPart } | undefined;
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
  { session, reader, batch, images, seed, together }: ValidationOptions, margin: number, signal: AbortSignal,
): Promise<ValidationResult> {
  let loss = 0;
  let hits = 0;
  const offset = together?.part.offset ?? 0;
  let next = reader.read(offset, signal);
  for (let position = 0; position < images; position += batch) {
    const { images: pictures, labels } = await next;
    // The next batch is read while this one is computed; what it may throw is thrown when it is awaited.
    if (position + batch < images) {
      next = reader.read(position + batch + offset, signal);
      next.catch(() => undefined);
    }
    const announcement = { position, margin, seed: [seed, position] as const };
    const measure = (): Promise<BatchMeasures> => session.validate({ images: pictures, labels, ...announcement });
    const measured = await (together ? together.cluster.validate(announcement, measure) : measure());
    // The last batch is filled up with the first images.
    for (let i = 0; i < Math.min(batch, images - position); i++) {
      loss += measured.losses[i] ?? Number.NaN;
      hits += measured.hits[i] ?? Number.NaN;
    }
  }
  return { loss: loss / images, accuracy: hits / images, images };
}
