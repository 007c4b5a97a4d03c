import type { CompareRow } from '../../src/protocol/compare-panel';
import { allColumns, bestRows, cellText, changedColumns, recipeTitle, type Column, type KnownColumn, knownColumns } from '../../src/protocol/compare-table';
import type { JobLine } from '../../src/protocol/photo-verdict';
import { element, icon } from '../common/element';
import { DrawnKey } from '../common/redrawn';
import { swatch } from '../common/swatch';
import type { ChartTheme } from '../common/theme';
import { checkbox } from '../common/ui';
import type { PageContext } from './page-context';
import { rowStyle, sortingOf, tickedRows, withTick, type PageModel } from './page-model';

/** Runs by row: recipe and figures, what to show, what to do. */
export class RunsTable {
  readonly root: HTMLElement;
  private readonly head = element('thead');
  private readonly body = element('tbody');
  private readonly key = new DrawnKey();

  constructor(private readonly context: PageContext) {
    const table = element('table', { 'aria-label': context.text('tableLabel') }, this.head, this.body);
    this.root = element('div', { class: 'scroll', role: 'region', 'aria-label': context.text('tableLabel'), tabindex: '0' }, table);
    this.body.addEventListener('keydown', (event) => this.pressKey(event));
  }

  columns(model: PageModel): Column[] {
    return this.context.view().allColumns === true ? allColumns(model.rows) : changedColumns(model.rows);
  }

  update(model: PageModel, jobs: Readonly<Record<string, JobLine>>, theme: ChartTheme): void {
    const view = this.context.view();
    const { allColumns: showsAll, hidden, sort } = view;
    if (!this.key.isNew(model.sorted.map(({ id, facts, evaluation, state, hasModel, isStarred }) => [id, facts, evaluation?.isStale, state, hasModel, isStarred]), showsAll, hidden, sort, model.focused?.id, jobs, theme.runs, model.locked, model.rate)) return;
    const focusedRow = this.body.contains(document.activeElement) ? (document.activeElement as HTMLElement).closest('tr')?.dataset['row'] : undefined;
    const focusedSort = this.head.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset['column'] : undefined;
    const columns = this.columns(model);
    this.head.replaceChildren(this.headRow(columns, model));
    const best = new Map(columns.map((column) => [column.key, bestRows(model.rows, column)]));
    const ticked = tickedRows(model.rows, view);
    this.body.replaceChildren(...model.sorted.map((row) => this.row(row, columns, { model, best, isTicked: ticked.has(row.id), job: jobs[row.id], theme })));
    if (focusedRow !== undefined) [...this.body.querySelectorAll('tr')].find((row) => row.dataset['row'] === focusedRow)?.focus();
    if (focusedSort !== undefined) [...this.head.querySelectorAll('button')].find((button) => button.dataset['column'] === focusedSort)?.focus();
  }

  private headRow(columns: readonly Column[], model: PageModel): HTMLElement {
    const cells = columns.map((column) => this.sortHead(column.key, columnTitle(this.context, column.key, model), column.kind === 'text' ? '' : 'n'));
    const blank = (label: string): HTMLElement => element('th', { scope: 'col' }, element('span', { class: 'sr' }, label));
    return element('tr', {}, blank(this.context.text('columnShow')), this.sortHead('name', this.context.text('columnRun'), 'name'), element('th', { scope: 'col' }, this.context.text('columnReport')), ...cells);
  }

  private sortHead(column: string, title: string, className: string): HTMLElement {
    const sorting = sortingOf(this.context.view());
    const isSorted = sorting.column === column;
    const button = element('button', { 'type': 'button', 'class': 'sort', 'data-column': column }, title, ...(isSorted ? [element('span', { 'aria-hidden': 'true' }, sorting.descending ? ' ↓' : ' ↑')] : []));
    button.addEventListener('click', () => this.context.setView({ sort: { column, descending: isSorted ? !sorting.descending : true } }));
    return element('th', { scope: 'col', class: className, ...(isSorted ? { 'aria-sort': sorting.descending ? 'descending' : 'ascending' } : {}) }, button);
  }

  private row(
    row: CompareRow, columns: readonly Column[],
    { model, best, isTicked, job, theme }: { model: PageModel; best: ReadonlyMap<string, ReadonlySet<string>>; isTicked: boolean; job: JobLine | undefined; theme: ChartTheme },
  ): HTMLElement {
    const { context } = this;
    const isFocused = row.id === model.focused?.id;
    const box = checkbox(context.text('showRow', row.name, cellText(row.facts['form'], 'text', context.figures)), (checked) => this.tick(model, row.id, checked), true);
    box.setChecked(isTicked);
    const open = element('button', { type: 'button', class: 'link name', title: context.text('openRun') }, row.name);
    open.addEventListener('click', () => context.request({ name: 'openRun', params: { run: row.run } }));
    const cells = columns.map((column) => element('td', { class: `${column.kind === 'text' ? '' : 'n'}${best.get(column.key)?.has(row.id) === true ? ' best' : ''}` }, cellText(row.facts[column.key], column.kind, context.figures)));
    const made = element('tr', { 'data-row': row.id, 'tabindex': isFocused ? '0' : '-1', ...(isFocused ? { 'class': 'sel', 'aria-current': 'true' } : {}) },
      // A model without an evaluation has no curve to show.
      element('td', {}, ...(row.evaluation ? [box.root] : [])),
      element('td', { class: 'name' }, element('span', { class: 'key' }, swatch(rowStyle(model.rows, row, theme)), open, ...(row.isStarred ? [icon('star-full')] : []), ...(row.state === 'running' ? [element('span', { class: 'good live', title: context.text('stillTraining') }, icon('circle-filled'))] : []))),
      element('td', {}, ...this.reportCell(row, job, model.locked)),
      ...cells);
    made.addEventListener('click', (event) => {
      if (!(event.target as HTMLElement).closest('button, vscode-checkbox')) this.focusRow(row.id);
    });
    return made;
  }

  private reportCell(row: CompareRow, job: JobLine | undefined, locked: string | undefined): (Node | string)[] {
    const { context } = this;
    const action = (label: string, run: () => void): HTMLElement => {
      const made = element('button', { type: 'button', class: 'link', ...(locked === undefined ? {} : { 'aria-disabled': 'true', 'title': locked }) }, label);
      if (locked === undefined) made.addEventListener('click', run);
      return made;
    };
    if (job) {
      const progress = job.percent === undefined ? job.label : `${job.label} ${context.figures.percentText(job.percent / 100, 0)}`;
      return [element('span', { class: 'mute' }, progress), ' ', action(context.text('cancel'), () => context.request({ name: 'cancel', params: { row: row.id } }))];
    }
    const evaluate = (label: string): HTMLElement => action(label, () => context.request({ name: 'evaluate', params: { row: row.id } }));
    if (!row.evaluation) return row.hasModel ? [evaluate(context.text('evaluate'))] : [element('span', { class: 'mute' }, context.text('noModel'))];
    const report = element('button', { type: 'button', class: 'link' }, context.text('openReport'));
    report.addEventListener('click', () => context.request({ name: 'openReport', params: { row: row.id } }));
    return row.evaluation.isStale ? [report, ' ', element('span', { class: 'warn', title: context.text('stale') }, icon('warning')), evaluate(context.text('evaluateAgain'))] : [report];
  }

  private tick(model: PageModel, id: string, isTicked: boolean): void {
    this.context.setView({ hidden: withTick(model.rows, this.context.view(), id, isTicked), focused: id });
  }

  /** Another row brings its own recommended threshold. */
  private focusRow(id: string): void {
    const { threshold: _old, ...rest } = this.context.view();
    this.context.setView({ ...rest, threshold: undefined, focused: id });
  }

  private pressKey(event: KeyboardEvent): void {
    const row = event.target as HTMLElement;
    if (row.tagName !== 'TR') return;
    const rows = [...this.body.querySelectorAll('tr')];
    const index = rows.indexOf(row as HTMLTableRowElement);
    const next = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      const target = rows[Math.min(rows.length - 1, Math.max(0, next))];
      target?.focus();
      if (target?.dataset['row'] !== undefined) this.focusRow(target.dataset['row']);
    } else if (event.key === ' ') {
      event.preventDefault();
      row.querySelector<HTMLElement>('vscode-checkbox')?.click();
    }
  }
}

/** The title of a column. */
export function columnTitle(context: PageContext, key: string, { rate }: Pick<PageModel, 'rate'>): string {
  if (key === 'tar') return context.text('column_tar', (rate ?? 1e-3).toExponential());
  return isKnown(key) ? context.text(`column_${key}`) : recipeTitle(key);
}

function isKnown(key: string): key is KnownColumn {
  return (knownColumns as readonly string[]).includes(key);
}
