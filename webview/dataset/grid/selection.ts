import type { PhotoNumber } from '../model';

/** The photo that keys start from, and those that were chosen besides. */
export class Selection {
  private chosen = new Set<PhotoNumber>();
  private anchorPhoto: PhotoNumber | undefined;
  private cursorPhoto: PhotoNumber | undefined;

  get cursor(): PhotoNumber | undefined {
    return this.cursorPhoto;
  }

  get anchor(): PhotoNumber | undefined {
    return this.anchorPhoto ?? this.cursorPhoto;
  }

  get size(): number {
    return this.chosen.size;
  }

  /** What an action is about: the chosen photos, else the one under the cursor. */
  get photos(): readonly PhotoNumber[] {
    if (this.chosen.size > 0) return [...this.chosen].sort((a, b) => a - b);
    return this.cursorPhoto === undefined ? [] : [this.cursorPhoto];
  }

  has(photo: PhotoNumber): boolean {
    return this.chosen.has(photo);
  }

  moveTo(photo: PhotoNumber | undefined): void {
    this.cursorPhoto = photo;
    this.anchorPhoto = photo;
  }

  /** Moves the cursor and chooses everything from the anchor to it. */
  extendTo(photo: PhotoNumber, range: readonly PhotoNumber[]): void {
    this.anchorPhoto ??= this.cursorPhoto;
    this.cursorPhoto = photo;
    this.chosen = new Set(range);
  }

  toggle(photo: PhotoNumber): void {
    if (!this.chosen.delete(photo)) this.chosen.add(photo);
    this.cursorPhoto = photo;
    this.anchorPhoto = photo;
  }

  choose(photos: readonly PhotoNumber[]): void {
    this.chosen = new Set(photos);
  }

  clear(): void {
    this.chosen.clear();
  }
}
