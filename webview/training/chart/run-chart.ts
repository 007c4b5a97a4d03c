import { Chart, LinearScale, LineController, LineElement, LogarithmicScale, PointElement, type ChartDataset, type ChartOptions, type Plugin } from 'chart.js';
import { element } from '../../common/element';
import { withAlpha } from '../../common/theme';
import { KeptPoints } from './kept-points';
import { drawMarks, drawTint } from './marks';
import type { ChartInput, ChartMarks, ChartSeries, DrawnSeries } from './chart-input';
import { average, decimate, type Point, type Points } from './points';

Chart.register(LineController, LineElement, PointElement, LinearScale, LogarithmicScale);

const rawOpacity = 0.2;
/** Width of the columns over which a curve is averaged. */
const curvePixels = 2;
/** With more series than this their raw lines are drawn more coarsely: they overlap anyway, and drawing them takes the time. */
const fineSeries = 3;
/** Room for the two lines above the plot that say where a run was forked. */
const labelHeight = 36;

/** A canvas with curves. It keeps no data of its own: each `draw` gets everything. */
export class RunChart {
  readonly canvas: HTMLCanvasElement;
  readonly plot: HTMLElement;
  private readonly chart: Chart<'line', Point[]>;
  private readonly thinned = new KeptPoints();
  private input: ChartInput | undefined;

  /**
   * @param heightPx height of the plot with its axis, without the labels above
   * @param axisWidthPx room for the labels of the vertical axis
   */
  constructor(id: string, heightPx: number, private readonly axisWidthPx: number, private readonly hasLabels: boolean) {
    this.canvas = element('canvas', { id, role: 'img', tabindex: '0' }) as HTMLCanvasElement;
    this.plot = element('div', { class: 'plot', style: `height:${heightPx}px` }, this.canvas);
    const plugin: Plugin<'line'> = {
      id: 'marks',
      beforeDatasetsDraw: (chart) => this.input && drawTint(chart, this.input.marks, this.input.theme),
      afterDatasetsDraw: (chart) => this.input && drawMarks(chart, this.input.marks, this.input.theme),
    };
    this.chart = new Chart(this.canvas, { type: 'line', data: { datasets: [] }, options: fixedOptions, plugins: [plugin] });
  }

  /** Draws everything anew and says what was drawn. */
  draw(input: ChartInput): DrawnSeries[] {
    this.input = input;
    const pixels = Math.max(50, this.chart.chartArea?.width ?? this.canvas.clientWidth);
    const drawn: DrawnSeries[] = [];
    const datasets: ChartDataset<'line', Point[]>[] = [];
    const columns = pixels / Math.max(1, input.series.length / fineSeries);
    this.thinned.begin();
    for (const series of input.series) {
      const raw = series.raw && this.thinned.get(series.rawKey, [input.x.from, input.x.to, columns], () => decimate(series.raw as Points, input.x.from, input.x.to, columns));
      const curve = this.thinned.get(series.key, [input.x.from, input.x.to, pixels], () => average(series.curve, input.x.from, input.x.to, pixels / curvePixels));
      if (raw) datasets.push(rawDataset(raw, series));
      datasets.push(curveDataset(curve, series));
      drawn.push({ runId: series.runId, runName: series.runName, points: raw ?? curve });
    }
    this.thinned.end();
    this.chart.data.datasets = datasets;
    this.chart.options = this.optionsFor(input);
    this.chart.update('none');
    return drawn;
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
          ticks: {
            includeBounds: false, color: theme.muted, font, padding: 8, maxTicksLimit: 6,
            ...(input.tickDistance === undefined ? {} : { stepSize: input.tickDistance }),
            callback: (value) => (input.logY && !isRoundLogTick(Number(value)) ? '' : input.formatY(Number(value))),
          },
        },
      },
    };
  }
}

const fixedOptions: ChartOptions<'line'> = {
  animation: false, parsing: false, normalized: true, responsive: true, maintainAspectRatio: false, events: [],
  plugins: { legend: { display: false }, tooltip: { enabled: false } },
};

/** 1, 2 and 5 times a power of ten; the grid lines between them stay without a label. */
function isRoundLogTick(value: number): boolean {
  const mantissa = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
  return [1, 2, 5].some((round) => Math.abs(mantissa - round) < 1e-6);
}

function rawDataset(data: Point[], { style, strength }: ChartSeries): ChartDataset<'line', Point[]> {
  return { data, borderColor: withAlpha(style.color, rawOpacity * strength), borderWidth: 1, pointRadius: 0, borderJoinStyle: 'round' };
}

function curveDataset(data: Point[], { style, strength, isMeasured }: ChartSeries): ChartDataset<'line', Point[]> {
  const color = strength === 1 ? style.color : withAlpha(style.color, strength);
  return {
    data, borderColor: color, borderWidth: style.dash.length === 0 ? 2 : 1.75, borderDash: [...style.dash], borderJoinStyle: 'round',
    // A dot on the edge of the plot shows whole.
    ...(isMeasured ? { clip: 4 } : {}),
    pointRadius: isMeasured ? 2.5 : 0, pointBackgroundColor: color, pointBorderWidth: 0,
  };
}
