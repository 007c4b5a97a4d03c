import type { Sampler } from './training-data';

/** An image in the sequence of all epochs. */
export interface Sample {
  readonly epoch: number;
  readonly image: number;
  /** How often the epoch had the image before; together with epoch and image it names the sample. */
  readonly repetition: number;
}

interface EpochOrder {
  readonly images: Uint32Array;
  /** Repetition of each sample; absent when the epoch has no image twice. */
  readonly repetitions: Uint32Array | undefined;
}

/** The endless sequence of a sampler's epochs by position. Orders are made when they are first asked for; the last two are kept. */
export class EpochOrders {
  private readonly orders = new Map<number, EpochOrder>();

  /** @param count number of images */
  constructor(private readonly sampler: Sampler, private readonly count: number) {}

  get epochLength(): number {
    return this.sampler.epochLength;
  }

  /** Sample `position` of the sequence, from 0. */
  at(position: number): Sample {
    const epoch = Math.floor(position / this.epochLength);
    const place = position % this.epochLength;
    const { images, repetitions } = this.orderOf(epoch);
    const image = images[place];
    if (image === undefined) throw new Error(`Sample ${position} has no image`);
    return { epoch, image, repetition: repetitions?.[place] ?? 0 };
  }

  private orderOf(epoch: number): EpochOrder {
    const known = this.orders.get(epoch);
    if (known) return known;
    const images = this.sampler.order(epoch);
    const order = { images, repetitions: this.sampler.repeats ? repetitionsIn(images, this.count) : undefined };
    // A batch touches at most a few epochs; older orders are of no further use.
    for (const old of this.orders.keys()) if (old < epoch - 1) this.orders.delete(old);
    this.orders.set(epoch, order);
    return order;
  }
}

function repetitionsIn(images: Uint32Array, count: number): Uint32Array {
  const uses = new Uint32Array(count);
  const repetitions = new Uint32Array(images.length);
  images.forEach((image, place) => {
    const before = uses[image] as number;
    repetitions[place] = before;
    uses[image] = before + 1;
  });
  return repetitions;
}
