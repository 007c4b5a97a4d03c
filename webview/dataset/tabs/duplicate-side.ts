import type { CopyGroupView, CopyView } from '../../../src/protocol/explorer-page';
import { element, icon } from '../../common/element';
import { button } from '../../common/ui';
import type { TilePictures } from '../grid/tile-pictures';
import type { ExplorerModel } from '../model';
import type { PageContext } from '../page-context';
import type { DuplicateChoice } from './duplicate-choice';
import { fileName, photoFigure } from './photo-figure';

export interface DuplicateSideListener {
  readonly onLeaveOut: (photo: CopyView) => void;
  readonly onKeepBoth: (group: CopyGroupView) => void;
}

/** The best of a group beside the copy in question, with what tells them apart. */
export class DuplicateSide {
  readonly root: HTMLElement;

  constructor(private readonly context: PageContext, private readonly pictures: TilePictures, private readonly listener: DuplicateSideListener) {
    this.root = element('aside', { 'class': 'insp', 'aria-label': context.text('tabDuplicates') });
  }

  update(model: ExplorerModel, group: CopyGroupView, index: number, choice: DuplicateChoice): void {
    const { text, figures } = this.context;
    const best = group.photos.find(({ keep }) => keep) ?? group.photos[0];
    const other = group.photos.find((copy) => copy !== best && choice.isOut(copy.photo)) ?? group.photos.find((copy) => copy !== best);
    if (!best || !other) return;
    const kind = text(group.kind === 'exact' ? 'groupExact' : 'groupNear');
    this.root.replaceChildren(
      element('h2', {}, text('groupTitle', figures.count(index + 1)), ' ', element('span', { class: 'mute' }, kind)),
      ...(group.kind === 'two-people' ? [this.graveFinding(group)] : []),
      element('div', { class: 'pair' }, photoFigure(model, this.pictures, best.photo), photoFigure(model, this.pictures, other.photo)),
      this.table(model, best, other),
      element('div', { class: 'stack' },
        button({ label: `${text('leaveOut')} ${fileName(other.photo)}`, kind: 'secondary', disabledBecause: model.snapshot.locked, onPress: () => this.listener.onLeaveOut(other) }),
        button({ label: text('keepBoth'), kind: 'secondary', disabledBecause: model.snapshot.locked, onPress: () => this.listener.onKeepBoth(group) })),
      element('p', { class: 'sm mute keys-hint' }, text('keysHint')));
  }

  private graveFinding({ people }: CopyGroupView): HTMLElement {
    const { text } = this.context;
    return element('div', { class: 'find' }, element('span', { class: 'bad' }, icon('error')), element('p', {}, text('groupTwoPeople')), element('p', {}, text('groupTwoPeopleNote', people.join(', '))));
  }

  private table(model: ExplorerModel, best: CopyView, other: CopyView): HTMLElement {
    const { text, figures } = this.context;
    const { heldOut } = model.split;
    const rows: readonly (readonly [string, (copy: CopyView) => string])[] = [
      [text('factFile'), ({ photo }) => fileName(photo)],
      [text('factPixels'), ({ widthPixels, heightPixels }) => `${figures.count(widthPixels)} × ${figures.count(heightPixels)}`],
      [text('factBytes'), ({ sizeBytes }) => figures.binaryBytesText(sizeBytes)],
      // Its measure says nothing but which copy is the sharper one.
      [text('factSharpness'), ({ sharpness }) => (best.sharpness === 0 ? '–' : figures.percentText(sharpness / best.sharpness, 0))],
      ...(best.likenessToPerson === undefined && other.likenessToPerson === undefined ? [] : [[text('factLikeness'), ({ likenessToPerson }: CopyView) => (likenessToPerson === undefined ? '–' : figures.fixed(likenessToPerson, 2))] as const]),
      ...(heldOut.length === 0 ? [] : [[text('factSplit'), ({ person }: CopyView) => text(heldOut.includes(person) ? 'splitHeldOut' : 'splitTraining')] as const]),
    ];
    const head = element('tr', {}, element('td'), ...[best, other].map(({ person }) => element('th', { scope: 'col' }, person)));
    const body = rows.map(([name, value]) => element('tr', {}, element('th', { scope: 'row', class: 'mute' }, name), element('td', { class: 'num' }, value(best)), element('td', { class: 'num' }, value(other))));
    return element('table', { class: 'compare' }, element('thead', {}, head), element('tbody', {}, ...body));
  }
}
