import { element, setText } from '../common/element';
import type { Point } from './chart/points';
import type { DrawnSeries } from './chart/chart-input';
import { text, type PageContext } from './page-context';

const renewEveryMs = 1000;
/** Rows of a run. A longer table helps nobody who listens to it; the CSV file has everything. */
const maximumRows = 480;
/** Rows of all runs together: the browser lays out each of them, though nobody sees it. */
const rowsOfAllRuns = 720;

/** The drawn values of a chart as a table for assistive technology; renewed at most once a second, and only the runs that changed. */
export class ValuesTable {
  readonly root: HTMLElement;
  private readonly table: HTMLElement;
  private shown = new Map<string, RunRows>();
  private waiting: readonly DrawnSeries[] | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(context: PageContext, id: string, caption: string) {
    const heads = (['tableRun', 'tableStep', 'tableValue'] as const).map((key) => element('th', { scope: 'col' }, text(context, key)));
    this.table = element('table', { id }, element('caption', {}, caption), element('thead', {}, element('tr', {}, ...heads)));
    this.root = element('div', { class: 'sr' }, this.table);
  }

  show(series: readonly DrawnSeries[]): void {
    this.waiting = series;
    this.timer ??= setTimeout(() => this.renew(), this.shown.size === 0 ? 0 : renewEveryMs);
  }

  private renew(): void {
    this.timer = undefined;
    const next = new Map<string, RunRows>();
    const waiting = this.waiting ?? [];
    const rowsEach = Math.min(maximumRows, Math.floor(rowsOfAllRuns / Math.max(1, waiting.length)));
    for (const { runId, runName, points } of waiting) {
      const key = `${runId} ${runName}`;
      const rows = this.shown.get(key) ?? new RunRows(runName);
      rows.update(points, rowsEach);
      next.set(key, rows);
    }
    for (const [key, { body }] of this.shown) if (!next.has(key)) body.remove();
    for (const { body } of next.values()) if (body.parentElement === null) this.table.append(body);
    this.shown = next;
  }
}

interface Row {
  readonly root: HTMLElement;
  readonly x: HTMLElement;
  readonly y: HTMLElement;
}

/** Rows of one run. Only cells that change are touched: the browser lays out a table anew for each that is. */
class RunRows {
  readonly body = element('tbody');
  private readonly rows: Row[] = [];
  private points: readonly Point[] | undefined;
  private rowLimit = 0;

  constructor(private readonly name: string) {}

  update(points: readonly Point[], rowLimit: number): void {
    if (points === this.points && rowLimit === this.rowLimit) return;
    [this.points, this.rowLimit] = [points, rowLimit];
    const wanted = sampled(points, rowLimit);
    for (const { root } of this.rows.splice(wanted.length)) root.remove();
    wanted.forEach(({ x, y }, index) => {
      const row = this.rows[index] ?? this.addRow();
      setText(row.x, String(x));
      setText(row.y, String(y));
    });
  }

  private addRow(): Row {
    const [x, y] = [element('td'), element('td')];
    const row: Row = { root: element('tr', {}, element('td', {}, this.name), x, y), x, y };
    this.body.append(row.root);
    this.rows.push(row);
    return row;
  }
}

/** Every so many points, so that most stay the same when some are appended; the last one always. */
function sampled(points: readonly Point[], rowLimit: number): readonly Point[] {
  const stride = Math.max(1, Math.ceil(points.length / Math.max(1, rowLimit)));
  return points.filter((_, index) => index % stride === 0 || index === points.length - 1);
}
