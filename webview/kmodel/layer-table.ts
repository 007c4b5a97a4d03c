import { element, icon } from '../common/element';
import { milliseconds, type LayerSelection, type PageContext } from './page-context';
import { timeOf, withTimesSigns, type LayerRow } from './rows';

const dash = '–';

interface ShownRow {
  readonly row: LayerRow;
  readonly group?: LayerRow;
  readonly line: HTMLTableRowElement;
}

/** The layers as a tree of two levels: up and down walk, right and left open and close a group. */
export class LayerTable {
  readonly root: HTMLElement;
  private readonly body = element('tbody');
  private rows: readonly LayerRow[] = [];
  private shown: ShownRow[] = [];
  private readonly open = new Set<number>();
  private selection: LayerSelection | undefined;

  constructor(private readonly context: PageContext) {
    const { text } = context;
    const heads = [
      ['n', text('columnNumber')], ['', text('columnLayer')], ['', text('columnOutput')], ['n', text('columnWeights')], ['n wide', text('columnLines')],
      ['n wide', text('columnNoise')], ['n', text('columnTime')],
    ] as const;
    const share = element('th', { class: 'share', scope: 'col' }, element('span', { class: 'sr' }, text('columnShare')));
    const table = element('table', { 'class': 'layers', 'role': 'treegrid', 'aria-label': text('layers') },
      element('thead', {}, element('tr', {}, ...heads.map(([name, label]) => element('th', { class: name, scope: 'col' }, label)), share)), this.body);
    this.body.addEventListener('keydown', (event) => this.pressKey(event));
    this.root = element('div', { class: 'scroll' }, table);
  }

  update(rows: readonly LayerRow[]): void {
    this.rows = rows;
    this.draw();
  }

  /** Marks layers; opens the group of a single one that is folded away when `reveal`. */
  select(selection: LayerSelection | undefined, reveal: boolean): void {
    this.selection = selection;
    const group = selection === undefined ? undefined : this.groupOf(selection);
    if (reveal && group !== undefined && !this.open.has(group.first)) {
      this.open.add(group.first);
      this.draw();
    } else {
      this.mark();
    }
    if (reveal) this.shown.find(({ row }) => isSame(row, selection))?.line.scrollIntoView({ block: 'nearest' });
  }

  private groupOf(selection: LayerSelection): LayerRow | undefined {
    return this.rows.find((row) => row.layers.length > 0 && row.first <= selection.first && selection.last <= row.last && !isSame(row, selection));
  }

  private draw(): void {
    const hadFocus = this.body.contains(document.activeElement);
    const longest = Math.max(...this.rows.map(timeOf), 0);
    this.shown = this.rows.flatMap((row) => {
      const isOpen = this.open.has(row.first) && row.layers.length > 0;
      return [this.line(row, longest, undefined), ...(isOpen ? row.layers.map((layer) => this.line(layer, longest, row)) : [])];
    });
    this.body.replaceChildren(...this.shown.map(({ line }) => line));
    this.mark();
    if (hadFocus) this.focusable()?.line.focus();
  }

  private line(row: LayerRow, longest: number, group: LayerRow | undefined): ShownRow {
    const { figures } = this.context;
    const { first, last, title, output, parameterBytes, kpuLines, signalToNoiseDb, layers } = row;
    const isGroup = layers.length > 0;
    const time = timeOf(row);
    const line = element('tr', {
      'data-layer': String(first), 'aria-level': group === undefined ? '1' : '2', ...(isGroup ? { 'aria-expanded': String(this.open.has(first)), 'class': 'group' } : group === undefined ? {} : { class: 'inner' }),
    },
    element('td', { class: 'n' }, first === last ? figures.count(first) : `${figures.count(first)}–${figures.count(last)}`),
    element('td', { class: 'name' }, ...(isGroup ? [this.twistie(row)] : []), withTimesSigns(title)),
    element('td', { class: 'num' }, withTimesSigns(output) || dash),
    element('td', { class: 'n' }, parameterBytes === 0 ? dash : figures.binaryBytesText(parameterBytes)),
    element('td', { class: 'n wide' }, kpuLines === undefined ? dash : figures.count(kpuLines)),
    element('td', { class: 'n wide' }, signalToNoiseDb === undefined ? dash : `${figures.fixed(signalToNoiseDb, 0)}\u00a0dB`),
    element('td', { class: 'n' }, time === 0 ? dash : `${milliseconds(this.context, time)}\u00a0ms`),
    element('td', { class: 'share' }, ...(longest === 0 ? [] : [timeBar(row, longest)]))) as HTMLTableRowElement;
    line.addEventListener('click', () => {
      this.context.select(row);
      line.focus();
    });
    return { row, line, ...(group === undefined ? {} : { group }) };
  }

  private twistie(row: LayerRow): HTMLElement {
    const { text } = this.context;
    const isOpen = this.open.has(row.first);
    // Not in the tab order: Right and Left on the row do the same.
    const made = element('button', { 'type': 'button', 'class': 'twistie', 'tabindex': '-1', 'aria-label': text(isOpen ? 'closeGroup' : 'openGroup') }, icon(isOpen ? 'chevron-down' : 'chevron-right'));
    made.addEventListener('click', (event) => {
      event.stopPropagation();
      this.toggle(row);
    });
    return made;
  }

  private toggle(row: LayerRow): void {
    if (!this.open.delete(row.first)) this.open.add(row.first);
    this.context.select(row);
    this.draw();
    this.focusable()?.line.focus();
  }

  private mark(): void {
    for (const { row, line } of this.shown) {
      line.setAttribute('aria-selected', String(isSame(row, this.selection)));
      line.tabIndex = -1;
    }
    const target = this.focusable();
    if (target) target.line.tabIndex = 0;
  }

  private focusable(): ShownRow | undefined {
    return this.shown.find(({ row }) => isSame(row, this.selection)) ?? this.shown[0];
  }

  private pressKey(event: KeyboardEvent): void {
    const index = this.shown.findIndex(({ line }) => line === document.activeElement);
    const current = this.shown[index];
    if (current === undefined) return;
    const target = this.targetOf(event.key, index, current);
    if (target === undefined) return;
    event.preventDefault();
    if (target === 'toggle') {
      this.toggle(current.row);
      return;
    }
    this.context.select(target.row);
    this.shown.find(({ row }) => isSame(row, target.row))?.line.focus();
  }

  private targetOf(key: string, index: number, { row, group }: ShownRow): ShownRow | 'toggle' | undefined {
    const isOpen = this.open.has(row.first) && row.layers.length > 0;
    switch (key) {
      case 'ArrowDown':
        return this.shown[index + 1];
      case 'ArrowUp':
        return this.shown[index - 1];
      case 'Home':
        return this.shown[0];
      case 'End':
        return this.shown.at(-1);
      case 'ArrowRight':
        return isOpen ? this.shown[index + 1] : row.layers.length > 0 ? 'toggle' : undefined;
      case 'ArrowLeft':
        return isOpen ? 'toggle' : this.shown.find((other) => other.row === group);
      case 'Enter':
      case ' ':
        return row.layers.length > 0 ? 'toggle' : this.shown[index];
      default:
        return undefined;
    }
  }
}

function isSame(row: LayerSelection, selection: LayerSelection | undefined): boolean {
  return selection !== undefined && row.first === selection.first && row.last === selection.last;
}

function timeBar({ kpuMs, cpuMs }: LayerRow, longest: number): HTMLElement {
  const part = (unit: string, value: number): HTMLElement[] => {
    if (value === 0) return [];
    const bar = element('i', { class: unit });
    bar.style.width = `${Math.max(2, (value / longest) * 100)}%`;
    return [bar];
  };
  return element('span', { 'class': 'timebar', 'aria-hidden': 'true' }, ...part('kpu', kpuMs), ...part('cpu', cpuMs));
}
