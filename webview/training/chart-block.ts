import type { TrainingStringKey } from '../../src/protocol/training-strings';
import { element, setText } from '../common/element';
import type { ChartInput } from './chart/chart-input';
import { RunChart } from './chart/run-chart';
import { text, type PageContext } from './page-context';
import { ValuesTable } from './values-table';

export interface ChartBlockOptions {
  readonly id: string;
  readonly title: TrainingStringKey;
  readonly heightPx: number;
  readonly axisWidthPx: number;
  readonly labelled: boolean;
}

/** A chart with its heading, its current value and its hidden table. */
export class ChartBlock {
  readonly root: HTMLElement;
  readonly chart: RunChart;
  readonly title: string;
  /** What was drawn last. */
  input: ChartInput | undefined;
  private readonly note = element('span', { class: 'mute sm' });
  private readonly value = element('span', { class: 'v num' });
  private readonly table: ValuesTable;

  constructor(context: PageContext, options: ChartBlockOptions) {
    const title = text(context, options.title);
    this.title = title;
    this.chart = new RunChart(`${options.id}-chart`, options.heightPx, options.axisWidthPx, options.labelled);
    this.chart.canvas.setAttribute('aria-label', title);
    this.table = new ValuesTable(context, `${options.id}-values`, title);
    this.root = element('div', { class: 'block' },
      element('div', { class: 'ptitle' }, element('h2', {}, title), this.note, this.value),
      this.chart.plot, this.table.root);
  }

  setValue(value: string): void {
    setText(this.value, value);
  }

  setNote(note: string): void {
    setText(this.note, note);
  }

  /** Draws, and says on the canvas how many points each run has: `data-points` for the first run, `data-series` for all. */
  draw(input: ChartInput): void {
    this.input = input;
    const drawn = this.chart.draw(input);
    const { dataset } = this.chart.canvas;
    dataset['points'] = String(drawn.at(-1)?.points.length ?? 0);
    dataset['series'] = JSON.stringify(Object.fromEntries(drawn.map(({ runName, points }) => [runName, points.length])));
    this.table.show(drawn);
  }
}
