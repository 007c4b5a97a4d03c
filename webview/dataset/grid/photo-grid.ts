import { element, icon } from '../../common/element';
import type { ExplorerModel, PhotoFilter, PhotoGroup, PhotoNumber } from '../model';
import type { PageContext } from '../page-context';
import { gridKey } from '../../common/grid-keys';
import { oncePerFrame } from '../../common/once-per-frame';
import { GridLayout } from './grid-layout';
import { Selection } from './selection';
import { makeTile, tileLabel } from './tile';
import type { TilePictures } from './tile-pictures';

const gap = 4;
const headHeight = 28;
/** Rows kept above and below those in sight. */
const spareRows = 2;

export interface GridListener {
  readonly onCursor: (photo: PhotoNumber | undefined) => void;
  readonly onSelection: () => void;
  readonly onOpen: (photo: PhotoNumber) => void;
}

/** The photos by person. Only rows in sight are in the document; the row of the cursor is too, so that it never loses the focus. */
export class PhotoGrid {
  readonly root: HTMLElement;
  readonly selection = new Selection();
  private readonly sticky = element('div', { 'class': 'sticky-head', 'aria-hidden': 'true' });
  private readonly body: HTMLElement;
  private readonly nothing: HTMLElement;
  private readonly rows = new Map<number, HTMLElement>();
  private readonly closed = new Set<number>();
  private layout = new GridLayout([], this.closed, { columns: 1, rowHeight: 1, headHeight, rowsInSight: 1 });
  private model: ExplorerModel | undefined;
  private filter: PhotoFilter = { search: '', show: 'all' };
  private tileSide = 72;
  private lastTop = 0;
  private grouped: { readonly model: ExplorerModel; readonly revision: number; readonly filter: PhotoFilter; readonly groups: readonly PhotoGroup[] } | undefined;
  private stickyGroup = -1;

  constructor(private readonly context: PageContext, private readonly pictures: TilePictures, private readonly listener: GridListener) {
    const { text } = context;
    this.body = element('div', { 'class': 'rows', 'role': 'grid', 'id': 'photos', 'aria-label': text('gridLabel'), 'aria-multiselectable': 'true' });
    this.nothing = element('p', { class: 'mute nothing hide' }, text('gridEmpty'));
    this.root = element('div', { class: 'grid-scroll' }, this.sticky, this.body, this.nothing);
    this.root.addEventListener('scroll', this.drawSoon, { passive: true });
    this.body.addEventListener('keydown', (event) => this.pressKey(event));
    this.body.addEventListener('click', (event) => this.click(event));
    this.body.addEventListener('dblclick', (event) => {
      const photo = photoUnder(event);
      if (photo !== undefined) this.listener.onOpen(photo);
    });
    this.sticky.addEventListener('click', () => this.toggleGroup(this.stickyGroup));
    new ResizeObserver(() => this.lay()).observe(this.root);
  }

  get cursor(): PhotoNumber | undefined {
    return this.selection.cursor;
  }

  get shownPhotos(): number {
    return this.layout.groups.reduce((sum, { photos }) => sum + photos.length, 0);
  }

  update(model: ExplorerModel, filter: PhotoFilter, tileSide: number): void {
    this.model = model;
    this.filter = filter;
    this.tileSide = tileSide;
    this.lay();
  }

  /** Moves the cursor to a photo and into sight. */
  goTo(photo: PhotoNumber, focus: boolean): void {
    this.selection.moveTo(photo);
    this.reveal(photo, focus);
  }

  /** One photo on or back, as the arrow keys do. */
  step(direction: 'left' | 'right'): void {
    const { model, cursor } = this;
    if (model && cursor !== undefined) this.goTo(this.layout.move(cursor, model.personOf(cursor), direction), false);
  }

  private lay(): void {
    const { model } = this;
    if (!model) return;
    const style = getComputedStyle(this.root);
    const width = Math.max(40, this.root.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight));
    const columns = Math.max(1, Math.floor((width + gap) / (this.tileSide + gap)));
    const side = (width - (columns - 1) * gap) / columns;
    const rowsInSight = Math.max(1, Math.floor(this.root.clientHeight / (side + gap)));
    this.layout = new GridLayout(this.groupsOf(model), this.closed, { columns, rowHeight: side + gap, headHeight, rowsInSight });
    this.body.style.setProperty('--side', `${side}px`);
    this.body.style.height = `${Math.ceil(this.layout.height)}px`;
    this.body.setAttribute('aria-rowcount', String(this.layout.rowCount));
    this.body.setAttribute('aria-colcount', String(columns));
    this.nothing.classList.toggle('hide', this.layout.groups.length > 0);
    this.body.classList.toggle('hide', this.layout.groups.length === 0);
    this.keepCursor(model);
    const hadFocus = this.body.contains(document.activeElement);
    this.clearRows();
    this.draw();
    if (hadFocus) this.focusCursor();
  }

  /** Of 100,000 photos they take longer than the rest of a layout, and another size of the window does not change them. */
  private groupsOf(model: ExplorerModel): readonly PhotoGroup[] {
    const { filter, grouped } = this;
    if (grouped?.model === model && grouped.revision === model.revision && grouped.filter === filter) return grouped.groups;
    const groups = model.groups(filter);
    this.grouped = { model, revision: model.revision, filter, groups };
    return groups;
  }

  /** A cursor on a photo that is no longer shown goes to the first. */
  private keepCursor(model: ExplorerModel): void {
    const { cursor } = this;
    if (cursor !== undefined && this.layout.rowOf(cursor, model.personOf(cursor)) !== undefined) return;
    this.selection.moveTo(this.layout.firstPhoto);
    this.listener.onCursor(this.cursor);
  }

  private readonly drawSoon = oncePerFrame(() => this.draw());

  private draw(): void {
    const { model, layout } = this;
    if (!model) return;
    const top = this.root.scrollTop;
    const isFast = Math.abs(top - this.lastTop) > this.root.clientHeight / 2;
    this.lastTop = top;
    const first = Math.max(0, layout.rowAt(top) - spareRows);
    const last = Math.min(layout.rowCount - 1, layout.rowAt(top + this.root.clientHeight) + spareRows);
    const cursorRow = this.cursor === undefined ? undefined : layout.rowOf(this.cursor, model.personOf(this.cursor));
    for (const [index, row] of this.rows) {
      if ((index >= first && index <= last) || index === cursorRow) continue;
      this.dropRow(index, row);
    }
    for (let index = first; index <= last; index++) this.ensureRow(index, model, !isFast);
    if (cursorRow !== undefined) this.ensureRow(cursorRow, model, !isFast);
    this.drawSticky(model, top);
  }

  private ensureRow(index: number, model: ExplorerModel, atOnce: boolean): void {
    if (this.rows.has(index) || index >= this.layout.rowCount) return;
    const row = this.layout.row(index);
    const root = element('div', { 'role': 'row', 'aria-rowindex': String(index + 1), 'class': row.kind === 'head' ? 'group-head' : 'tiles' });
    root.style.transform = `translateY(${this.layout.rowTop(index)}px)`;
    if (row.kind === 'head') root.append(element('div', { role: 'rowheader', class: 'row' }, ...this.headContent(model, row.group, true)));
    else row.photos.forEach((photo, column) => root.append(this.tile(model, photo, column, atOnce)));
    this.rows.set(index, root);
    // In the order of the rows, so that a screen reader reads them so.
    const next = [...this.rows.keys()].filter((other) => other > index).reduce((least, other) => Math.min(least, other), Number.POSITIVE_INFINITY);
    this.body.insertBefore(root, this.rows.get(next) ?? null);
  }

  private tile(model: ExplorerModel, photo: PhotoNumber, column: number, atOnce: boolean): HTMLElement {
    const { root, image } = makeTile(this.context, model, photo);
    root.setAttribute('aria-colindex', String(column + 1));
    this.markTile(root, photo);
    this.pictures.show(image, photo, atOnce);
    return root;
  }

  private markTile(tile: HTMLElement, photo: PhotoNumber): void {
    const isCursor = photo === this.cursor;
    tile.setAttribute('tabindex', isCursor ? '0' : '-1');
    tile.setAttribute('aria-selected', String(this.selection.has(photo)));
    tile.classList.toggle('cursor', isCursor);
  }

  private headContent(model: ExplorerModel, group: number, isReal: boolean): Node[] {
    const { text, figures } = this.context;
    const { person, photos } = this.layout.groups[group] ?? { person: 0, photos: [] };
    const { name } = model.person(person);
    const isClosed = this.closed.has(person);
    const chevron = element('button', {
      'class': 'bare', 'aria-label': text(isClosed ? 'expand' : 'collapse', name), 'aria-expanded': String(!isClosed), 'tabindex': '-1', ...(isReal ? {} : { 'data-sticky': '' }),
    }, icon(isClosed ? 'chevron-right' : 'chevron-down'));
    if (isReal) chevron.addEventListener('click', () => this.toggleGroup(group));
    const outliers = photos.filter((photo) => model.flagsOf(photo).outlier && model.isToCheck(photo)).length;
    const leftOut = model.leftOutCount === 0 ? 0 : photos.filter((photo) => model.isLeftOut(photo)).length;
    return [
      chevron, element('b', {}, name), element('span', { class: 'mute num' }, figures.count(photos.length)),
      ...(outliers > 0 ? [element('span', { class: 'warn' }, icon('warning')), element('span', { class: 'sm mute ell' }, text('groupOutliers', figures.count(outliers)))] : []),
      ...(leftOut > 0 ? [element('span', { class: 'sm mute ell' }, text('groupLeftOut', figures.count(leftOut)))] : []),
    ];
  }

  private drawSticky(model: ExplorerModel, top: number): void {
    const group = this.layout.groups.length === 0 ? -1 : this.layout.groupAt(top);
    this.sticky.classList.toggle('unseen', group < 0 || top <= this.layout.groupTop(group));
    if (group === this.stickyGroup || group < 0) return;
    this.stickyGroup = group;
    this.sticky.replaceChildren(element('div', { class: 'group-head row' }, ...this.headContent(model, group, false)));
  }

  private toggleGroup(group: number): void {
    const person = this.layout.groups[group]?.person;
    if (person === undefined) return;
    if (!this.closed.delete(person)) this.closed.add(person);
    this.lay();
    this.root.scrollTop = Math.min(this.root.scrollTop, this.layout.groupTop(group));
  }

  private dropRow(index: number, row: HTMLElement): void {
    row.querySelectorAll('img').forEach((image) => this.pictures.forget(image));
    row.remove();
    this.rows.delete(index);
  }

  private clearRows(): void {
    for (const [index, row] of this.rows) this.dropRow(index, row);
    this.stickyGroup = -1;
  }

  private click(event: MouseEvent): void {
    const photo = photoUnder(event);
    if (photo === undefined) return;
    if (event.shiftKey) this.extendTo(photo);
    else if (event.ctrlKey || event.metaKey) this.selection.toggle(photo);
    else {
      this.selection.clear();
      this.selection.moveTo(photo);
    }
    this.showMarks(true);
    this.listener.onCursor(photo);
  }

  private pressKey(event: KeyboardEvent): void {
    const { model, cursor } = this;
    const key = gridKey(event);
    if (!model || cursor === undefined || key === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (key.kind === 'open') this.listener.onOpen(cursor);
    else if (key.kind === 'move') this.moveCursor(model, cursor, key);
    else {
      if (key.kind === 'toggle') this.selection.toggle(cursor);
      else if (key.kind === 'group') this.selection.choose(this.layout.groups.find(({ person }) => person === model.personOf(cursor))?.photos ?? []);
      else this.selection.clear();
      this.showMarks(false);
    }
  }

  private moveCursor(model: ExplorerModel, cursor: PhotoNumber, { move, extends: isExtending }: { readonly move: Parameters<GridLayout['move']>[2]; readonly extends: boolean }): void {
    const photo = this.layout.move(cursor, model.personOf(cursor), move);
    if (isExtending) this.extendTo(photo);
    else this.selection.moveTo(photo);
    this.reveal(photo, true);
  }

  private extendTo(photo: PhotoNumber): void {
    const { model } = this;
    const anchor = this.selection.anchor;
    if (!model || anchor === undefined) return;
    this.selection.extendTo(photo, this.layout.between(anchor, model.personOf(anchor), photo, model.personOf(photo)));
  }

  private reveal(photo: PhotoNumber, focus: boolean): void {
    const { model } = this;
    const row = model && this.layout.rowOf(photo, model.personOf(photo));
    if (row === undefined) return;
    const top = this.layout.rowTop(row);
    const bottom = top + this.layout.measures.rowHeight;
    if (top - headHeight < this.root.scrollTop) this.root.scrollTop = Math.max(0, top - headHeight);
    else if (bottom > this.root.scrollTop + this.root.clientHeight) this.root.scrollTop = bottom - this.root.clientHeight;
    this.draw();
    this.showMarks(focus);
    this.listener.onCursor(photo);
  }

  private showMarks(focus: boolean): void {
    const { model } = this;
    for (const row of this.rows.values()) {
      row.querySelectorAll<HTMLElement>('.tile').forEach((tile) => this.markTile(tile, Number(tile.dataset['photo'])));
    }
    if (focus) this.focusCursor();
    this.listener.onSelection();
    if (model && this.cursor !== undefined) this.body.dataset['cursor'] = tileLabel(this.context, model, this.cursor);
  }

  private focusCursor(): void {
    this.body.querySelector<HTMLElement>('.tile.cursor')?.focus({ preventScroll: true });
  }
}

function photoUnder(event: Event): PhotoNumber | undefined {
  const tile = (event.target as HTMLElement).closest<HTMLElement>('.tile');
  return tile === null ? undefined : Number(tile.dataset['photo']);
}
