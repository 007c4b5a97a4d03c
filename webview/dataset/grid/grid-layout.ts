import type { GridMove } from '../../common/grid-keys';
import type { PhotoGroup, PhotoNumber } from '../model';

/** Sizes in CSS pixels. */
export interface GridMeasures {
  readonly columns: number;
  /** A row of tiles with the gap below it. */
  readonly rowHeight: number;
  readonly headHeight: number;
  /** Rows of tiles that are in sight. */
  readonly rowsInSight: number;
}

/** A row is the head of a group, or some of its photos. */
export type GridRow =
  | { readonly kind: 'head'; readonly group: number }
  | { readonly kind: 'tiles'; readonly group: number; readonly photos: readonly PhotoNumber[] };

/** Where the rows of a grid lie, computed from the groups alone: with 100,000 photos nothing is made for a row that is not in sight. */
export class GridLayout {
  /** Of each group: its first row and that row's top; one more at the end. */
  private readonly firstRows: Uint32Array;
  private readonly tops: Float64Array;
  private readonly groupOfPerson = new Map<number, number>();

  constructor(readonly groups: readonly PhotoGroup[], private readonly closed: ReadonlySet<number>, readonly measures: GridMeasures) {
    this.firstRows = new Uint32Array(groups.length + 1);
    this.tops = new Float64Array(groups.length + 1);
    groups.forEach((group, i) => {
      const tileRows = this.tileRowsOf(group);
      this.firstRows[i + 1] = this.firstRow(i) + 1 + tileRows;
      this.tops[i + 1] = this.top(i) + measures.headHeight + tileRows * measures.rowHeight;
      this.groupOfPerson.set(group.person, i);
    });
  }

  get rowCount(): number {
    return this.firstRow(this.groups.length);
  }

  /** Of all rows, in CSS pixels. */
  get height(): number {
    return this.top(this.groups.length);
  }

  row(index: number): GridRow {
    const group = this.lastAtMost(this.firstRows, index);
    const place = index - this.firstRow(group);
    if (place === 0) return { kind: 'head', group };
    const { columns } = this.measures;
    return { kind: 'tiles', group, photos: (this.groups[group] as PhotoGroup).photos.slice((place - 1) * columns, place * columns) };
  }

  rowTop(index: number): number {
    const group = this.lastAtMost(this.firstRows, index);
    const place = index - this.firstRow(group);
    return place === 0 ? this.top(group) : this.top(group) + this.measures.headHeight + (place - 1) * this.measures.rowHeight;
  }

  /** The row that lies at a height. */
  rowAt(y: number): number {
    if (this.groups.length === 0) return 0;
    const group = this.lastAtMost(this.tops, Math.max(0, Math.min(y, this.height - 1)));
    const within = y - this.top(group) - this.measures.headHeight;
    const tileRow = within < 0 ? 0 : Math.min(this.tileRowsOf(this.groups[group] as PhotoGroup), 1 + Math.floor(within / this.measures.rowHeight));
    return this.firstRow(group) + tileRow;
  }

  /** The group whose head or photos lie at a height. */
  groupAt(y: number): number {
    return this.lastAtMost(this.tops, Math.max(0, Math.min(y, this.height - 1)));
  }

  groupTop(group: number): number {
    return this.top(group);
  }

  /** Row of a photo; undefined when it is filtered out or its group is closed. */
  rowOf(photo: PhotoNumber, person: number): number | undefined {
    const place = this.placeOf(photo, person);
    return place && this.firstRow(place.group) + 1 + Math.floor(place.index / this.measures.columns);
  }

  /** The first photo that can be reached by keys. */
  get firstPhoto(): PhotoNumber | undefined {
    return this.groups.find((group) => !this.closed.has(group.person))?.photos[0];
  }

  get lastPhoto(): PhotoNumber | undefined {
    return this.openGroup(this.groups.length, -1)?.photos.at(-1);
  }

  /** Where a key leads from a photo; the photo itself at the edges. */
  move(photo: PhotoNumber, person: number, how: GridMove): PhotoNumber {
    const place = this.placeOf(photo, person);
    if (place === undefined) return this.firstPhoto ?? photo;
    const { columns, rowsInSight } = this.measures;
    const photos = (this.groups[place.group] as PhotoGroup).photos;
    const rowStart = place.index - (place.index % columns);
    switch (how) {
      case 'left':
        return place.index > 0 ? (photos[place.index - 1] as number) : (this.openGroup(place.group, -1)?.photos.at(-1) ?? photo);
      case 'right':
        return photos[place.index + 1] ?? this.openGroup(place.group, 1)?.photos[0] ?? photo;
      case 'home':
        return photos[rowStart] as number;
      case 'end':
        return photos[Math.min(rowStart + columns, photos.length) - 1] as number;
      case 'first':
        return this.firstPhoto ?? photo;
      case 'last':
        return this.lastPhoto ?? photo;
      case 'up':
      case 'down':
        return this.moveRows(photo, person, how === 'up' ? -1 : 1, 1);
      case 'page-up':
      case 'page-down':
        return this.moveRows(photo, person, how === 'page-up' ? -1 : 1, Math.max(1, rowsInSight - 1));
    }
  }

  /** All photos from one to another in the order of the grid, both included. */
  between(a: PhotoNumber, personA: number, b: PhotoNumber, personB: number): PhotoNumber[] {
    const [from, to] = [this.placeOf(a, personA), this.placeOf(b, personB)];
    if (!from || !to) return [b];
    const isForward = from.group < to.group || (from.group === to.group && from.index <= to.index);
    const [start, end] = isForward ? [from, to] : [to, from];
    return this.groups.slice(start.group, end.group + 1).flatMap((group, i, all) => {
      if (this.closed.has(group.person)) return [];
      return group.photos.slice(i === 0 ? start.index : 0, i === all.length - 1 ? end.index + 1 : undefined);
    });
  }

  private moveRows(photo: PhotoNumber, person: number, direction: 1 | -1, rows: number): PhotoNumber {
    const row = this.rowOf(photo, person);
    const place = this.placeOf(photo, person);
    if (row === undefined || place === undefined) return photo;
    const column = place.index % this.measures.columns;
    let left = rows;
    let reached: readonly PhotoNumber[] = [];
    for (let at = row + direction; at >= 0 && at < this.rowCount && left > 0; at += direction) {
      const next = this.row(at);
      if (next.kind === 'head') continue;
      reached = next.photos;
      left--;
    }
    return reached[Math.min(column, reached.length - 1)] ?? photo;
  }

  private openGroup(from: number, direction: 1 | -1): PhotoGroup | undefined {
    for (let group = from + direction; group >= 0 && group < this.groups.length; group += direction) {
      const found = this.groups[group];
      if (found && !this.closed.has(found.person)) return found;
    }
    return undefined;
  }

  private placeOf(photo: PhotoNumber, person: number): { readonly group: number; readonly index: number } | undefined {
    const group = this.groupOfPerson.get(person);
    const found = group === undefined ? undefined : this.groups[group];
    if (group === undefined || !found || this.closed.has(person)) return undefined;
    const index = this.lastAtMost(found.photos, photo, found.photos.length - 1);
    return found.photos[index] === photo ? { group, index } : undefined;
  }

  private tileRowsOf({ person, photos }: PhotoGroup): number {
    return this.closed.has(person) ? 0 : Math.ceil(photos.length / this.measures.columns);
  }

  private firstRow(group: number): number {
    return this.firstRows[group] as number;
  }

  private top(group: number): number {
    return this.tops[group] as number;
  }

  /** Index of the last value that is at most `wanted`; by default the value at the end, which is no group's, is not looked at. */
  private lastAtMost(values: ArrayLike<number>, wanted: number, last = values.length - 2): number {
    let low = 0;
    let high = Math.max(0, last);
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((values[middle] as number) <= wanted) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
