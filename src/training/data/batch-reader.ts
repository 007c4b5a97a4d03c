import { setImmediate } from 'node:timers/promises';
import { SeededRandom } from '../../base/random';
import { throwIfCancelled, UserError } from '../../base/user-error';
import { PictureError } from '../../engine/picture-error';
import type { PixelNormalization } from '../../network/network-spec';
import type { Augmentation } from '../recipe/augmentation-section';
import { augmentInto } from './augment';
import { EpochOrders, type Sample } from './epoch-orders';
import type { DecodeJpegs, Sampler, TrainingImages } from './training-data';

export interface Batch {
  /** float32 [batch, size, size, 3], normalised */
  readonly images: Float32Array;
  /** Of the pictures, or of the whole batch that they are a part of. */
  readonly labels: Int32Array;
}

export interface BatchReaderOptions {
  readonly data: TrainingImages;
  readonly sampler: Sampler;
  readonly decode: DecodeJpegs;
  readonly batch: number;
  /** Pictures of the batch that these are a part of, and the place of the first of these in it: its labels are read too. */
  readonly whole?: { readonly batch: number; readonly offset: number } | undefined;
  readonly seed: number;
  readonly normalization: PixelNormalization;
  readonly augmentation: Augmentation;
}

/**
 * Batches of the endless sequence of epochs. They run across the ends of epochs, so nothing is dropped. A batch depends on its
 * position alone: reading again from any position gives the same pictures with the same random changes. The changes of an image
 * depend on seed, epoch and image, not on its place in the order.
 */
export class BatchReader {
  private readonly orders: EpochOrders;

  constructor(private readonly options: BatchReaderOptions) {
    this.orders = new EpochOrders(options.sampler, options.data.count);
  }

  /** Samples of an epoch. */
  get epochLength(): number {
    return this.orders.epochLength;
  }

  /** Memory of a batch's pictures. */
  get batchBytes(): number {
    return this.options.batch * pixelCount(this.options.data.imageSize) * Float32Array.BYTES_PER_ELEMENT;
  }

  /** Samples `position` .. `position + batch - 1`. */
  samples(position: number): Sample[] {
    return Array.from({ length: this.options.batch }, (_, i) => this.orders.at(position + i));
  }

  /**
   * The batch of samples `position` .. `position + batch - 1`.
   * @throws UserError naming the place of a record or picture that cannot be used; CancelledError when `signal` is aborted
   */
  async read(position: number, signal?: AbortSignal): Promise<Batch> {
    const { data, batch, seed, normalization, augmentation } = this.options;
    const samples = this.samples(position);
    const records = samples.map(({ image }) => data.read(image));
    const size = data.imageSize;
    const pixels = await this.decode(samples, records.map((record) => record.jpeg));
    const length = pixelCount(size);
    const images = new Float32Array(batch * length);
    for (const [i, { epoch, image, repetition }] of samples.entries()) {
      // Between two pictures the end of a step is heard, and the next one begins.
      await setImmediate();
      throwIfCancelled(signal, 'Reading a batch');
      const random = new SeededRandom(seed, 'augment', epoch, image, repetition);
      await augmentInto(images, i * length, pixels, i * length, size, normalization, augmentation, random);
    }
    return { images, labels: this.labels(position) };
  }

  private labels(position: number): Int32Array {
    const { batch, offset } = this.options.whole ?? { batch: this.options.batch, offset: 0 };
    return Int32Array.from({ length: batch }, (_, i) => this.options.data.label(this.orders.at(position - offset + i).image));
  }

  private async decode(samples: readonly Sample[], jpegs: readonly Uint8Array[]): Promise<Uint8Array> {
    const { data, decode } = this.options;
    try {
      return await decode(jpegs, data.imageSize);
    } catch (error) {
      const bad = error instanceof PictureError ? samples[error.index] : undefined;
      if (!(error instanceof PictureError) || !bad) throw error;
      throw new UserError(
        `The picture in ${data.place(bad.image)} ${error.why.replace(/\.?$/, '.')}`, 'Restore the file from a copy, or prepare the dataset again.', { cause: error },
      );
    }
  }
}

/** Values of an RGB picture. */
function pixelCount(size: number): number {
  return size * size * 3;
}
