import type { PageContext } from '../page-context';
import type { ExplorerModel, PhotoNumber } from '../model';

/** Pictures of tiles that pass by in a fast scroll are not loaded. */
const restMs = 90;
const askedAtOnce = 60;

/** Gives tiles their pictures: the photos themselves, or small ones that the host makes. */
export class TilePictures {
  private readonly waiting = new Map<HTMLImageElement, PhotoNumber>();
  private readonly made = new Map<string, string>();
  private timer: number | undefined;

  constructor(private readonly context: PageContext, private readonly model: () => ExplorerModel | undefined) {}

  /** @param atOnce the tile stays in sight, so there is nothing to wait for */
  show(image: HTMLImageElement, photo: PhotoNumber, atOnce: boolean): void {
    const model = this.model();
    if (!model) return;
    const known = model.snapshot.thumbnails === 'direct' ? (atOnce ? model.addressOf(photo) : undefined) : this.made.get(model.idOf(photo));
    if (known !== undefined) {
      image.src = known;
      return;
    }
    this.waiting.set(image, photo);
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.load(), restMs);
  }

  /** The tile is gone. */
  forget(image: HTMLImageElement): void {
    this.waiting.delete(image);
    // Ends a load that is under way.
    if (!image.complete) image.removeAttribute('src');
  }

  /** Address of a photo's tile picture. */
  async addressOf(photo: PhotoNumber): Promise<string | undefined> {
    const model = this.model();
    if (!model) return undefined;
    if (model.snapshot.thumbnails === 'direct') return model.addressOf(photo);
    const id = model.idOf(photo);
    if (!this.made.has(id)) await this.make([id]);
    return this.made.get(id);
  }

  private async load(): Promise<void> {
    const model = this.model();
    const wanted = [...this.waiting];
    this.waiting.clear();
    if (!model) return;
    if (model.snapshot.thumbnails === 'direct') {
      for (const [image, photo] of wanted) image.src = model.addressOf(photo);
      return;
    }
    for (let first = 0; first < wanted.length; first += askedAtOnce) {
      const part = wanted.slice(first, first + askedAtOnce).filter(([image]) => image.isConnected);
      await this.make(part.map(([, photo]) => model.idOf(photo)));
      for (const [image, photo] of part) {
        const address = this.made.get(model.idOf(photo));
        if (address === undefined) image.dispatchEvent(new Event('error'));
        else image.src = address;
      }
    }
  }

  private async make(photos: readonly string[]): Promise<void> {
    if (photos.length === 0) return;
    const addresses = await this.context.ask({ name: 'thumbnails', params: { photos: [...photos] } }).catch(() => ({}));
    for (const [photo, address] of Object.entries(addresses as Record<string, string>)) this.made.set(photo, address);
  }
}
