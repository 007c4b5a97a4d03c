import { SeededRandom } from '../../base/random';
import type { PixelNormalization } from '../../network/network-spec';
import type { Augmentation } from '../recipe/augmentation-section';
import { augmentInto } from './augment';
import { EpochOrders } from './epoch-orders';
import type { DecodeJpegs, Sampler, TrainingData } from './training-data';

export interface Batch {
  /** float32 [batch, size, size, 3], normalised */
  readonly images: Float32Array;
  readonly labels: Int32Array;
}

export interface BatchReaderOptions {
  readonly data: TrainingData;
  readonly sampler: Sampler;
  readonly decode: DecodeJpegs;
  readonly batch: number;
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

  /** The batch of samples `position` .. `position + batch - 1`. */
  async read(position: number): Promise<Batch> {
    const { data, decode, batch, seed, normalization, augmentation } = this.options;
    const samples = Array.from({ length: batch }, (_, i) => this.orders.at(position + i));
    const records = samples.map(({ image }) => data.read(image));
    const size = data.imageSize;
    const pixels = await decode(records.map((record) => record.jpeg), size);
    const length = size * size * 3;
    const images = new Float32Array(batch * length);
    samples.forEach(({ epoch, image, repetition }, i) => {
      const random = new SeededRandom(seed, 'augment', epoch, image, repetition);
      augmentInto(images, i * length, pixels, i * length, size, normalization, augmentation, random);
    });
    return { images, labels: Int32Array.from(records, (record) => record.label) };
  }
}
