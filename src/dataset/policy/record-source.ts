import sharp from 'sharp';
import type { RgbImage } from '../photos/rgb-image';
import type { FaceExample } from '../tfrecord/face-example';
import { Augmenter, type Recipe } from './augmenter';
import type { ImagePlan } from './image-plan';
import { encodeJpegs } from './jpeg-batch';
import { JpegColours } from './jpeg-colours';

export interface RecordSourceOptions {
  readonly plan: ImagePlan;
  /** Gives the crop of a photo as JPEG. */
  readonly spool: { get(photo: number): Uint8Array };
  /** Position in the dataset to image of the plan. */
  readonly order: Uint32Array;
  /** Side of the crops in pixels. */
  readonly size: number;
  readonly seed: number;
  /** Name of a photo by its number; it seeds the photo's copies. */
  readonly photoName: (photo: number) => string;
}

/** The records of a dataset in their final order. Crops are read from the spool; copies are made for a range of positions at a time. */
export class RecordSource {
  private readonly augmenter: Augmenter;
  private readonly colours = new JpegColours();
  private copies = new Map<number, Uint8Array>();

  constructor(private readonly options: RecordSourceOptions) {
    this.augmenter = new Augmenter(options.seed);
  }

  get count(): number {
    return this.options.plan.count;
  }

  /** Makes the copies among the positions first..end-1; forgets those of the range before. */
  async prepare(first: number, end: number): Promise<void> {
    const positions = Array.from({ length: end - first }, (_, i) => first + i).filter((position) => this.recipeAt(position));
    const images = await Promise.all(positions.map((position) => this.makeCopy(position)));
    const jpegs = await encodeJpegs(images, this.colours);
    this.copies = new Map(positions.map((position, i) => [position, jpegs[i] as Uint8Array]));
  }

  /** The record at a position of the last prepared range. */
  recordAt(position: number): FaceExample {
    const { plan, size, spool } = this.options;
    const image = this.imageAt(position);
    const jpeg = this.recipeAt(position) ? this.copies.get(position) : spool.get(plan.photo[image] as number);
    if (!jpeg) throw new Error(`the copy at position ${position} was not prepared`);
    return { height: size, width: size, depth: 3, label: plan.label[image] as number, image: jpeg };
  }

  private async makeCopy(position: number): Promise<RgbImage> {
    const { plan, spool, photoName } = this.options;
    const image = this.imageAt(position);
    const photo = plan.photo[image] as number;
    const crop = await decodeCrop(spool.get(photo));
    return this.augmenter.copy(crop, photoName(photo), this.recipeAt(position) as Recipe, plan.turn[image]);
  }

  private imageAt(position: number): number {
    return this.options.order[position] as number;
  }

  private recipeAt(position: number): Recipe | undefined {
    const { plan } = this.options;
    return plan.recipes[(plan.recipe[this.imageAt(position)] as number) - 1];
  }
}

async function decodeCrop(jpeg: Uint8Array): Promise<RgbImage> {
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}
