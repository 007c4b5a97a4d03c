import { element } from '../common/element';
import type { Point } from './chart/points';
import type { DrawnSeries } from './chart/chart-input';
import { text, type PageContext } from './page-context';

const renewEveryMs = 1000;
/** Rows of a run. A longer table helps nobody who listens to it; the CSV file has everything. */
const maximumRows = 240;

interface RunRows {
  readonly body: HTMLElement;
  readonly points: readonly Point[];
}

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
    for (const { runId, runName, points } of this.waiting ?? []) {
      const key = `${runId} ${runName}`;
      const kept = this.shown.get(key);
      next.set(key, kept?.points === points ? kept : { points, body: element('tbody', {}, ...sampled(points).map(({ x, y }) => row(runName, x, y))) });
    }
    for (const [key, { body }] of this.shown) if (next.get(key)?.body !== body) body.remove();
    for (const { body } of next.values()) if (body.parentElement === null) this.table.append(body);
    this.shown = next;
  }
}

/** Evenly spaced points, the last one always. */
function sampled(points: readonly Point[]): readonly Point[] {
  if (points.length <= maximumRows) return points;
  return Array.from({ length: maximumRows }, (_, index) => points[Math.round((index * (points.length - 1)) / (maximumRows - 1))] as Point);
}

function row(name: string, x: number, y: number): HTMLElement {
  return element('tr', {}, element('td', {}, name), element('td', {}, String(x)), element('td', {}, String(y)));
}
