import { SeededRandom } from '../../base/random';
import type { PixelNormalization } from '../../network/network-spec';
import type { Augmentation } from '../recipe/augmentation-section';
import { augmentInto } from './augment';
import type { DecodeJpegs, TrainingData } from './training-data';

export interface Batch {
  /** float32 [batch, size, size, 3], normalised */
  readonly images: Float32Array;
  readonly labels: Int32Array;
}

export interface BatchReaderOptions {
  readonly data: TrainingData;
  readonly decode: DecodeJpegs;
  readonly batch: number;
  readonly seed: number;
  readonly normalization: PixelNormalization;
  readonly augmentation: Augmentation;
}

/**
 * Batches of the endless sequence of epochs: sample `p` is image `order(seed, floor(p / count))[p % count]`. Batches run across
 * the ends of epochs, so each epoch contains each image exactly once and nothing is dropped. A batch depends on its position alone:
 * reading again from any position gives the same pictures with the same random changes.
 */
export class BatchReader {
  private readonly orders = new Map<number, Uint32Array>();

  constructor(private readonly options: BatchReaderOptions) {}

  /** The batch of samples `position` .. `position + batch - 1`. */
  async read(position: number): Promise<Batch> {
    const { data, decode, batch, seed, normalization, augmentation } = this.options;
    const records = Array.from({ length: batch }, (_, i) => data.read(this.imageAt(position + i)));
    const size = data.imageSize;
    const pixels = await decode(records.map((record) => record.jpeg), size);
    const length = size * size * 3;
    const images = new Float32Array(batch * length);
    for (let i = 0; i < batch; i++) {
      const random = new SeededRandom(seed, 'augment', position + i);
      augmentInto(images, i * length, pixels, i * length, size, normalization, augmentation, random);
    }
    return { images, labels: Int32Array.from(records, (record) => record.label) };
  }

  /** Index of the image of a sample. */
  imageAt(sample: number): number {
    const { data, seed } = this.options;
    const epoch = Math.floor(sample / data.count);
    let order = this.orders.get(epoch);
    if (!order) {
      order = data.order(seed, epoch);
      // A batch touches at most a few epochs; older orders are of no further use.
      for (const old of this.orders.keys()) if (old < epoch - 1) this.orders.delete(old);
      this.orders.set(epoch, order);
    }
    const image = order[sample % data.count];
    if (image === undefined) throw new Error(`Sample ${sample} has no image`);
    return image;
  }
}
