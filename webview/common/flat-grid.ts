import { element } from './element';
import { gridKey, type GridMove } from './grid-keys';
import { oncePerFrame } from './once-per-frame';

const gap = 8;
/** Rows kept above and below those in sight. */
const spareRows = 2;
const blockItems = 48;
const keptBlocks = 40;

export interface FlatGridOptions<Item> {
  readonly label: string;
  /** Shown instead of an empty grid. */
  readonly empty: string;
  /** Tiles are at least this wide, and then as wide as the row allows. */
  readonly leastWidth: number;
  readonly heightOf: (width: number) => number;
  /** @returns items from one place on, as many as there are up to `count` */
  readonly load: (first: number, count: number) => Promise<readonly Item[]>;
  /** Fills a tile; called once for each time that it comes into sight. */
  readonly fill: (tile: HTMLElement, item: Item) => void;
  readonly onCursor: (item: Item | undefined, place: number) => void;
}

/** Items one after the other in tiles of one size. Only rows in sight are in the document, and the row of the cursor, so that it never loses the focus. */
export class FlatGrid<Item> {
  readonly root: HTMLElement;
  private readonly body: HTMLElement;
  private readonly nothing: HTMLElement;
  private readonly rows = new Map<number, HTMLElement>();
  private readonly blocks = new Map<number, Promise<readonly Item[]>>();
  private count = 0;
  private columns = 1;
  private rowHeight = 1;
  private cursor = 0;

  constructor(private readonly options: FlatGridOptions<Item>) {
    this.body = element('div', { 'class': 'flat-rows', 'role': 'grid', 'aria-label': options.label });
    this.nothing = element('p', { class: 'mute hide' }, options.empty);
    this.root = element('div', { class: 'flat-grid' }, this.body, this.nothing);
    this.root.addEventListener('scroll', this.drawSoon, { passive: true });
    this.body.addEventListener('keydown', (event) => this.pressKey(event));
    this.body.addEventListener('click', (event) => {
      const tile = (event.target as HTMLElement).closest<HTMLElement>('[data-place]');
      if (tile) this.goTo(Number(tile.dataset['place']), true);
    });
    new ResizeObserver(() => this.lay()).observe(this.root);
  }

  /** @param isSame the first items are those of before; only their number has grown */
  update(count: number, isSame: boolean): void {
    const before = this.count;
    this.count = count;
    if (isSame) {
      this.blocks.delete(Math.floor(before / blockItems));
    } else {
      this.blocks.clear();
      this.cursor = 0;
      this.root.scrollTop = 0;
    }
    if (isSame && before > 0) this.grow(before);
    else this.lay();
    if (!isSame || before === 0) this.tellCursor();
  }

  /** Moves the cursor to an item and into sight. */
  goTo(place: number, focus: boolean): void {
    this.cursor = Math.max(0, Math.min(place, this.count - 1));
    const top = this.rowOf(this.cursor) * this.rowHeight;
    if (top < this.root.scrollTop) this.root.scrollTop = top;
    else if (top + this.rowHeight > this.root.scrollTop + this.root.clientHeight) this.root.scrollTop = top + this.rowHeight - this.root.clientHeight;
    this.draw();
    this.mark();
    if (focus) this.body.querySelector<HTMLElement>('.cursor')?.focus({ preventScroll: true });
    this.tellCursor();
  }

  private tellCursor(): void {
    const place = this.cursor;
    if (this.count === 0) this.options.onCursor(undefined, 0);
    else void this.item(place).then((item) => place === this.cursor && this.options.onCursor(item, place));
  }

  private lay(): void {
    const width = this.root.clientWidth - 2;
    if (width <= 0) return;
    this.columns = Math.max(1, Math.floor((width + gap) / (this.options.leastWidth + gap)));
    const tileWidth = (width - (this.columns - 1) * gap) / this.columns;
    const height = this.options.heightOf(tileWidth);
    this.rowHeight = height + gap;
    this.body.style.setProperty('--tile-width', `${tileWidth}px`);
    this.body.style.setProperty('--tile-height', `${height}px`);
    this.body.setAttribute('aria-colcount', String(this.columns));
    this.body.classList.toggle('hide', this.count === 0);
    this.nothing.classList.toggle('hide', this.count > 0);
    this.redraw([...this.rows.keys()]);
  }

  /** Items came at the end: of the rows that are there only the last one may have become fuller. */
  private grow(before: number): void {
    this.redraw(before % this.columns === 0 ? [] : [this.rowOf(before - 1)]);
  }

  /** Makes these rows anew, if they are in sight. */
  private redraw(indices: readonly number[]): void {
    const rowCount = Math.ceil(this.count / this.columns);
    this.body.style.height = `${rowCount * this.rowHeight}px`;
    this.body.setAttribute('aria-rowcount', String(rowCount));
    const hadFocus = this.body.contains(document.activeElement);
    for (const index of indices) {
      this.rows.get(index)?.remove();
      this.rows.delete(index);
    }
    this.draw();
    if (hadFocus && !this.body.contains(document.activeElement)) this.body.querySelector<HTMLElement>('.cursor')?.focus({ preventScroll: true });
  }

  private readonly drawSoon = oncePerFrame(() => this.draw());

  private draw(): void {
    const first = Math.max(0, Math.floor(this.root.scrollTop / this.rowHeight) - spareRows);
    const last = Math.min(Math.ceil(this.count / this.columns) - 1, Math.floor((this.root.scrollTop + this.root.clientHeight) / this.rowHeight) + spareRows);
    const wanted = new Set(Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index));
    if (this.count > 0) wanted.add(this.rowOf(this.cursor));
    for (const [index, row] of this.rows) {
      if (wanted.has(index)) continue;
      row.remove();
      this.rows.delete(index);
    }
    for (const index of [...wanted].sort((a, b) => a - b)) if (!this.rows.has(index)) this.addRow(index);
    this.mark();
  }

  private addRow(index: number): void {
    const row = element('div', { 'role': 'row', 'aria-rowindex': String(index + 1) });
    row.style.transform = `translateY(${index * this.rowHeight}px)`;
    const start = index * this.columns;
    for (let place = start; place < Math.min(this.count, start + this.columns); place++) {
      const tile = element('div', { 'class': 'flat-tile', 'role': 'gridcell', 'tabindex': '-1', 'data-place': String(place), 'aria-colindex': String(place - start + 1) });
      row.append(tile);
      void this.item(place).then((item) => {
        if (item !== undefined && tile.isConnected) this.options.fill(tile, item);
      });
    }
    this.rows.set(index, row);
    // In the order of the rows, for those who read the document instead of seeing it.
    const next = [...this.rows.keys()].filter((other) => other > index).sort((a, b) => a - b)[0];
    this.body.insertBefore(row, next === undefined ? null : (this.rows.get(next) ?? null));
  }

  private item(place: number): Promise<Item | undefined> {
    const number = Math.floor(place / blockItems);
    let block = this.blocks.get(number);
    if (block === undefined) {
      block = this.options.load(number * blockItems, blockItems).catch(() => []);
      this.blocks.set(number, block);
      const oldest = this.blocks.keys().next().value;
      if (this.blocks.size > keptBlocks && oldest !== undefined) this.blocks.delete(oldest);
    }
    return block.then((items) => items[place - number * blockItems]);
  }

  private mark(): void {
    this.body.querySelectorAll<HTMLElement>('[data-place]').forEach((tile) => {
      const isCursor = Number(tile.dataset['place']) === this.cursor;
      tile.classList.toggle('cursor', isCursor);
      tile.tabIndex = isCursor ? 0 : -1;
      tile.setAttribute('aria-selected', String(isCursor));
    });
  }

  private pressKey(event: KeyboardEvent): void {
    const key = gridKey(event);
    if (key?.kind !== 'move' || this.count === 0) return;
    event.preventDefault();
    this.goTo(this.moved(key.move), true);
  }

  private moved(move: GridMove): number {
    const { cursor, columns, count } = this;
    const page = columns * Math.max(1, Math.floor(this.root.clientHeight / this.rowHeight) - 1);
    // Without change of the column, as far as there is a row.
    const rows = (by: number): number => (cursor + by < 0 ? cursor % columns : Math.min(cursor + by, count - 1));
    switch (move) {
      case 'left':
        return cursor - 1;
      case 'right':
        return cursor + 1;
      case 'up':
        return cursor < columns ? cursor : cursor - columns;
      case 'down':
        return rows(columns);
      case 'home':
        return cursor - (cursor % columns);
      case 'end':
        return cursor - (cursor % columns) + columns - 1;
      case 'page-up':
        return rows(-page);
      case 'page-down':
        return rows(page);
      case 'first':
        return 0;
      case 'last':
        return count - 1;
    }
  }

  private rowOf(place: number): number {
    return Math.floor(place / this.columns);
  }
}
