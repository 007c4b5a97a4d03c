import type { CopyGroupView, CopyView } from '../../../src/protocol/explorer-page';
import { element, icon } from '../../common/element';
import { button } from '../../common/ui';
import type { TilePictures } from '../grid/tile-pictures';
import type { ExplorerModel } from '../model';
import type { PageContext } from '../page-context';
import { DuplicateChoice, openGroups } from './duplicate-choice';
import { DuplicateSide } from './duplicate-side';
import { fileName, photoFigure } from './photo-figure';
import { checkButton, emptyState, leaveOutFacts, uncheckedState, type ReviewTab, type TabHead } from './review-tab';

/** More groups are shown when they are asked for. */
const groupsAtOnce = 200;

/** Copies side by side, group by group, worst first. */
export class DuplicatesTab implements ReviewTab {
  readonly root = element('div', { class: 'lay' });
  private readonly list = element('section', { class: 'dups', role: 'list' });
  private readonly side: DuplicateSide;
  private readonly choice = new DuplicateChoice();
  private readonly items: HTMLElement[] = [];
  private groups: readonly CopyGroupView[] = [];
  private model: ExplorerModel | undefined;
  private current = 0;
  private shown = groupsAtOnce;

  constructor(private readonly context: PageContext, private readonly pictures: TilePictures, private readonly onHeadChange: () => void) {
    this.list.setAttribute('aria-label', context.text('tabDuplicates'));
    this.side = new DuplicateSide(context, pictures, {
      onLeaveOut: (photo) => this.leaveOut([photo]),
      onKeepBoth: (group) => this.keepBoth(group),
    });
    this.list.addEventListener('keydown', (event) => this.pressKey(event));
  }

  update(model: ExplorerModel): void {
    this.model = model;
    this.groups = openGroups(model);
    this.current = Math.max(0, Math.min(this.current, this.groups.length - 1));
    if (model.audit === undefined) this.root.replaceChildren(uncheckedState(this.context, model));
    else if (this.groups.length === 0) this.root.replaceChildren(emptyState(this.context.text('duplicatesNone'), checkButton(this.context, model, 'quiet')));
    else this.drawGroups(model);
  }

  head(model: ExplorerModel): TabHead | undefined {
    if (this.groups.length === 0) return undefined;
    const { text, figures } = this.context;
    const chosen = this.choice.chosen(model, this.groups);
    const all = this.groups.reduce((sum, { photos }) => sum + photos.length, 0);
    return {
      facts: leaveOutFacts(this.context),
      key: `duplicates ${chosen.length} of ${all} ${model.snapshot.locked ?? ''}`,
      actions: [
        element('span', { class: 'mute sm num' }, text('selectedOf', figures.count(chosen.length), figures.count(all))),
        checkButton(this.context, model, 'quiet'),
        button({ label: text('bestOnlyAll'), icon: 'check', kind: 'secondary', onPress: () => this.decide(() => this.groups.forEach((group) => this.choice.bestOnly(group))) }),
        button({
          label: chosen.length === 1 ? text('leaveOutOne') : text('leaveOutCount', figures.count(chosen.length)), kind: 'primary', disabledBecause: chosen.length === 0 ? text('nothingSelected') : model.snapshot.locked,
          onPress: () => this.leaveOut(chosen),
        }),
      ],
    };
  }

  private drawGroups(model: ExplorerModel): void {
    const hadFocus = this.list.contains(document.activeElement);
    this.items.length = 0;
    const shown = this.groups.slice(0, this.shown);
    shown.forEach((group, i) => this.items.push(this.groupItem(model, group, i)));
    this.list.replaceChildren(...this.items);
    if (shown.length < this.groups.length) this.list.append(this.moreButton(model));
    this.root.replaceChildren(this.list, this.side.root);
    this.select(this.current, hadFocus);
  }

  private moreButton(model: ExplorerModel): HTMLElement {
    const { text, figures } = this.context;
    const more = element('button', { class: 'link more' }, text('splitMany', text('tabDuplicates'), figures.count(this.groups.length - this.shown)));
    more.addEventListener('click', () => {
      this.shown += groupsAtOnce;
      this.drawGroups(model);
    });
    return element('div', { role: 'listitem' }, more);
  }

  private groupItem(model: ExplorerModel, group: CopyGroupView, index: number): HTMLElement {
    const { text, figures } = this.context;
    const isGrave = group.kind === 'two-people';
    const kind = text(group.kind === 'exact' ? 'groupExact' : 'groupNear');
    const root = element('div', { class: 'd', role: 'listitem', tabindex: '-1' },
      element('div', { class: 'd-head' },
        element('div', { class: 'row' }, element('span', { class: isGrave ? 'bad' : '' }, icon(isGrave ? 'error' : 'files')), element('b', {}, text('groupTitle', figures.count(index + 1)))),
        element('p', {}, kind), element('p', { class: 'ell' }, group.people.join(', '))),
      element('div', { class: 'ph' }, ...group.photos.map((photo, i) => this.copy(model, photo, group, i))));
    root.addEventListener('focusin', () => this.select(index, false));
    root.addEventListener('click', () => this.select(index, false));
    return root;
  }

  private copy(model: ExplorerModel, copy: CopyView, group: CopyGroupView, index: number): HTMLElement {
    const { text } = this.context;
    const isOut = this.choice.isOut(copy.photo);
    const root = element('button', { 'class': isOut ? 'copy out' : 'copy', 'aria-pressed': String(isOut), 'title': `${copy.photo} (${index + 1})`, 'tabindex': '-1' },
      photoFigure(model, this.pictures, copy.photo, isOut ? 'out' : ''),
      element('span', { class: 'ell' }, fileName(copy.photo)), element('span', {}, isOut ? `✕ ${text('out')}` : `✓ ${text('keep')}`), element('span', { class: 'num ell mute' }, this.difference(copy, group)));
    root.addEventListener('click', () => this.decide(() => this.choice.toggle(copy.photo)));
    return root;
  }

  /** What tells a copy from the best one: its size, else its sharpness. */
  private difference(copy: CopyView, { photos }: CopyGroupView): string {
    const { text, figures } = this.context;
    const [best] = photos;
    const pixels = `${figures.count(copy.widthPixels)} × ${figures.count(copy.heightPixels)}`;
    if (!best || copy.widthPixels !== best.widthPixels || copy.heightPixels !== best.heightPixels || best.sharpness === 0) return pixels;
    if (photos.every(({ sharpness }) => sharpness === best.sharpness)) return figures.binaryBytesText(copy.sizeBytes);
    return copy === best ? text('sharpest') : `−${figures.percentText(1 - copy.sharpness / best.sharpness, 0)}`;
  }

  private decide(change: () => void): void {
    change();
    if (this.model) this.drawGroups(this.model);
    this.onHeadChange();
  }

  private leaveOut(photos: readonly CopyView[]): void {
    const { text, figures } = this.context;
    this.context.request({ name: 'leaveOut', params: { entries: photos.map(({ photo, reason }) => ({ photo, reason })) } });
    this.context.say(text('spokenLeftOut', figures.count(photos.length)));
  }

  private keepBoth(group: CopyGroupView): void {
    this.choice.keepAll(group);
    this.context.request({ name: 'markChecked', params: { photos: group.photos.map(({ photo }) => photo), checked: true } });
  }

  private select(index: number, focus: boolean): void {
    this.current = index;
    this.items.forEach((item, i) => {
      item.classList.toggle('sel', i === index);
      item.setAttribute('tabindex', i === index ? '0' : '-1');
      item.setAttribute('aria-current', String(i === index));
    });
    if (focus) this.items[index]?.focus();
    const group = this.groups[index];
    if (this.model && group) this.side.update(this.model, group, index, this.choice);
  }

  private pressKey(event: KeyboardEvent): void {
    const group = this.groups[this.current];
    if (event.ctrlKey || event.metaKey || event.altKey || !group) return;
    const copy = /^[1-9]$/.test(event.key) ? group.photos[Number(event.key) - 1] : undefined;
    const best = group.photos[0];
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') this.select(Math.max(0, Math.min(this.items.length - 1, this.current + (event.key === 'ArrowDown' ? 1 : -1))), true);
    else if (copy) this.decide(() => this.choice.toggle(copy.photo));
    else if (event.key.toLowerCase() === 'b') this.decide(() => this.choice.bestOnly(group));
    else if (event.key === 'Enter' && best && event.target === this.items[this.current]) this.context.request({ name: 'openPhoto', params: { photo: best.photo } });
    else return;
    event.preventDefault();
  }
}
