import type { CopyGroupView, CopyView } from '../../../src/protocol/explorer-page';
import type { ExplorerModel } from '../model';

/** Which copies are to be left out, before that is done. */
export class DuplicateChoice {
  private readonly out = new Set<string>();

  isOut(photo: string): boolean {
    return this.out.has(photo);
  }

  toggle(photo: string): void {
    if (!this.out.delete(photo)) this.out.add(photo);
  }

  bestOnly(group: CopyGroupView): void {
    for (const { photo, keep } of group.photos) {
      if (keep) this.out.delete(photo);
      else this.out.add(photo);
    }
  }

  keepAll(group: CopyGroupView): void {
    for (const { photo } of group.photos) this.out.delete(photo);
  }

  /** Those of the groups that were chosen and are not left out yet. */
  chosen(model: ExplorerModel, groups: readonly CopyGroupView[]): CopyView[] {
    return groups.flatMap(({ photos }) => photos).filter(({ photo }) => this.out.has(photo) && !isLeftOut(model, photo));
  }

  clear(): void {
    this.out.clear();
  }
}

/** Groups about which somebody still has to decide: several of the photos are in use, and not all were found right. */
export function openGroups(model: ExplorerModel): CopyGroupView[] {
  return (model.audit?.copies ?? []).filter(({ photos }) => {
    const inUse = photos.filter(({ photo }) => model.numberOf(photo) !== undefined && !isLeftOut(model, photo));
    return inUse.length > 1 && !inUse.every(({ photo }) => isChecked(model, photo));
  });
}

function isLeftOut(model: ExplorerModel, id: string): boolean {
  const photo = model.numberOf(id);
  return photo !== undefined && model.isLeftOut(photo);
}

function isChecked(model: ExplorerModel, id: string): boolean {
  const photo = model.numberOf(id);
  return photo !== undefined && model.isChecked(photo);
}
