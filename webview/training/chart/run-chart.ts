import { Chart, LinearScale, LineController, LogarithmicScale, type ChartOptions, type Plugin } from 'chart.js';
import { element } from '../../common/element';
import { drawCurves, type Curve } from './curves';
import { KeptPoints } from './kept-points';
import { drawMarks, drawTint } from './marks';
import type { ChartInput, ChartMarks, DrawnSeries } from './chart-input';
import { average, decimate } from './points';
import { logTicks } from './range';

Chart.register(LineController, LinearScale, LogarithmicScale);

/** Width of the columns over which a curve is averaged. */
const curvePixels = 2;
/** With more series than this their raw lines are drawn more coarsely: they overlap anyway, and drawing them takes the time. */
const fineSeries = 3;
/** Room for the two lines above the plot that say where a run was forked. */
const labelHeight = 36;

/** A canvas with curves; Chart.js draws the axes. It keeps no data of its own: each `draw` gets everything. */
export class RunChart {
  readonly canvas: HTMLCanvasElement;
  readonly plot: HTMLElement;
  private readonly chart: Chart<'line'>;
  private readonly thinned = new KeptPoints();
  private input: ChartInput | undefined;
  private curves: readonly Curve[] = [];

  /**
   * @param heightPx height of the plot with its axis, without the labels above
   * @param axisWidthPx room for the labels of the vertical axis
   */
  constructor(id: string, heightPx: number, private readonly axisWidthPx: number, private readonly hasLabels: boolean) {
    this.canvas = element('canvas', { id, role: 'img', tabindex: '0' }) as HTMLCanvasElement;
    this.plot = element('div', { class: 'plot', style: `height:${heightPx}px` }, this.canvas);
    const plugin: Plugin<'line'> = {
      id: 'marks',
      afterDatasetsDraw: (chart) => {
        if (this.input === undefined) return;
        const { marks, theme, logY } = this.input;
        drawTint(chart, marks, theme);
        drawCurves(chart, this.curves, logY);
        drawMarks(chart, marks, theme);
      },
    };
    this.chart = new Chart(this.canvas, { type: 'line', data: { datasets: [] }, options: fixedOptions, plugins: [plugin] });
  }

  /** Draws everything anew and says what was drawn. */
  draw(input: ChartInput): DrawnSeries[] {
    this.input = input;
    const pixels = Math.max(50, this.chart.chartArea?.width ?? this.canvas.clientWidth);
    const columns = pixels / Math.max(1, input.series.length / fineSeries);
    this.thinned.begin();
    this.curves = input.series.map((series) => {
      const { raw: steps } = series;
      const raw = steps && this.thinned.get(series.rawKey, [input.x.from, input.x.to, columns], () => decimate(steps, input.x.from, input.x.to, columns));
      const points = this.thinned.get(series.key, [input.x.from, input.x.to, pixels], () => average(series.curve, input.x.from, input.x.to, pixels / curvePixels));
      return { series, points, ...(raw ? { raw } : {}) };
    });
    this.thinned.end();
    this.chart.options = this.optionsFor(input);
    this.chart.update('none');
    return this.curves.map(({ series: { runId, runName }, raw, points }) => ({ runId, runName, points: raw ?? points }));
  }

  /** Only the marks have changed, e.g. the cross-hair moved. */
  redrawMarks(marks: ChartMarks): void {
    if (this.input === undefined) return;
    this.input = { ...this.input, marks };
    this.chart.render();
  }

  /** Value of the horizontal axis under a pointer, or undefined outside the plot. */
  xAt(clientX: number): number | undefined {
    const area = this.chart.chartArea;
    const scale = this.chart.scales['x'];
    const offset = clientX - this.canvas.getBoundingClientRect().left;
    if (!area || !scale || offset < area.left || offset > area.right) return undefined;
    return scale.getValueForPixel(offset);
  }

  /** Value of the vertical axis under a pointer. */
  yAt(clientY: number): number | undefined {
    return this.chart.scales['y']?.getValueForPixel(clientY - this.canvas.getBoundingClientRect().top);
  }

  /** Place of a value on the horizontal axis in pixels from the canvas's left edge. */
  pixelOf(x: number): number {
    return this.chart.scales['x']?.getPixelForValue(x) ?? 0;
  }

  /** Place of the horizontal axis in pixels from the canvas's top. */
  get bottomPx(): number {
    return this.chart.chartArea?.bottom ?? 0;
  }

  /** Width of the plot without its axis, in pixels. */
  get widthPx(): number {
    return this.chart.chartArea?.width ?? 0;
  }

  private optionsFor(input: ChartInput): ChartOptions<'line'> {
    const { theme, x, y } = input;
    const font = { family: theme.fontFamily, size: theme.fontSize };
    return {
      ...fixedOptions,
      layout: { padding: { top: this.hasLabels && input.marks.forks.length > 0 ? labelHeight : 8, right: 8 } },
      scales: {
        x: {
          type: 'linear', min: x.from, max: x.to,
          grid: { drawOnChartArea: false, drawTicks: false },
          border: { color: theme.axis },
          ticks: { includeBounds: false, color: theme.muted, font, padding: 6, maxRotation: 0, autoSkipPadding: 24, maxTicksLimit: 8, callback: (value) => input.formatX(Number(value)) },
        },
        y: {
          type: input.logY ? 'logarithmic' : 'linear', min: y.from, max: y.to,
          grid: { color: theme.grid, drawTicks: false },
          border: { display: false },
          afterFit: (scale) => {
            scale.width = this.axisWidthPx;
          },
          ...(input.logY ? { afterBuildTicks: (scale) => {
            // Within one power of ten Chart.js would choose hardly any value that is round.
            scale.ticks = logTicks(y).map((value) => ({ value }));
          } } : {}),
          ticks: {
            includeBounds: false, color: theme.muted, font, padding: 8, maxTicksLimit: 6,
            ...(input.tickDistance === undefined ? {} : { stepSize: input.tickDistance }),
            callback: (value) => input.formatY(Number(value)),
          },
        },
      },
    };
  }
}

const fixedOptions: ChartOptions<'line'> = {
  animation: false, responsive: true, maintainAspectRatio: false, events: [],
  plugins: { legend: { display: false }, tooltip: { enabled: false } },
};
