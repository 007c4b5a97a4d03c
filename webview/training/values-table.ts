import { element } from '../common/element';
import type { DrawnSeries } from './chart/run-chart';
import { text, type PageContext } from './page-context';

const renewEveryMs = 1000;

/** The drawn values of a chart as a table for assistive technology; renewed at most once a second. */
export class ValuesTable {
  readonly root: HTMLElement;
  private readonly body = element('tbody');
  private waiting: readonly DrawnSeries[] | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(context: PageContext, id: string, caption: string) {
    const heads = (['tableRun', 'tableStep', 'tableValue'] as const).map((key) => element('th', { scope: 'col' }, text(context, key)));
    this.root = element('div', { class: 'sr' },
      element('table', { id }, element('caption', {}, caption), element('thead', {}, element('tr', {}, ...heads)), this.body));
  }

  show(series: readonly DrawnSeries[]): void {
    this.waiting = series;
    this.timer ??= setTimeout(() => this.renew(), this.body.childElementCount === 0 ? 0 : renewEveryMs);
  }

  private renew(): void {
    this.timer = undefined;
    const rows = (this.waiting ?? []).flatMap(({ runName, points }) => points.map(({ x, y }) =>
      element('tr', {}, element('td', {}, runName), element('td', {}, String(x)), element('td', {}, String(y)))));
    this.body.replaceChildren(...rows);
  }
}
