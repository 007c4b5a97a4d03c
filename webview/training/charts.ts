import type { RunHistory } from '../../src/protocol/run-history';
import { element } from '../common/element';
import type { ChartTheme, RunStyle } from '../common/chart-style';
import { evaluationSeries, stepSeries, validationSeries, wholeX, type StepMetric } from './chart/chart-series';
import { controlChart } from './chart/pointer-control';
import { nearestIndex } from './chart/points';
import type { Range } from './chart/range';
import type { ChartInput, ChartMarks, ChartSeries } from './chart/chart-input';
import { chartsSvg } from './chart/svg-chart';
import { lossRange, openRange, verificationRange } from './chart/value-ranges';
import { ChartBlock } from './chart-block';
import { chartMarks } from './chart-marks';
import type { TrainingModel } from './model';
import { CheckpointMenu } from './checkpoint-menu';
import { text, type PageContext } from './page-context';
import { PopupMenu } from './popup-menu';
import { Readout } from './readout';
import type { ViewState } from './view-state';

interface Drawn {
  readonly model: TrainingModel;
  readonly theme: ChartTheme;
  readonly x: Range;
  readonly wholeX: Range;
  readonly y: Range;
  readonly wholeY: Range;
  readonly loss: readonly ChartSeries[];
  readonly marks: ChartMarks;
}

/** Loss, training accuracy, verification, learning rate and gradient over one common horizontal axis. */
export class Charts {
  readonly root: HTMLElement;
  private readonly loss: ChartBlock;
  private readonly accuracy: ChartBlock;
  private readonly verification: ChartBlock;
  private readonly rate: ChartBlock;
  private readonly gradient: ChartBlock;
  private readonly details = element('details', { class: 'more', id: 'more-charts' }) as HTMLDetailsElement;
  private readonly checkpoints: CheckpointMenu;
  private readonly readout = new Readout();
  private drawn: Drawn | undefined;
  private crossHair: number | undefined;

  /** @param speak says the values under a cross-hair that was moved by key */
  constructor(private readonly context: PageContext, private readonly speak: (sentence: string) => void) {
    this.loss = new ChartBlock(context, { id: 'loss', title: 'lossTitle', heightPx: 276, axisWidthPx: 36, labelled: true });
    this.accuracy = new ChartBlock(context, { id: 'accuracy', title: 'accuracyTitle', heightPx: 156, axisWidthPx: 48, labelled: false });
    this.verification = new ChartBlock(context, { id: 'verification', title: 'verificationTitle', heightPx: 156, axisWidthPx: 48, labelled: false });
    this.rate = new ChartBlock(context, { id: 'rate', title: 'statLearningRate', heightPx: 132, axisWidthPx: 56, labelled: false });
    this.gradient = new ChartBlock(context, { id: 'gradient', title: 'gradientTitle', heightPx: 132, axisWidthPx: 56, labelled: false });
    this.gradient.setNote(text(context, 'gradientNote'));
    this.details.append(element('summary', {}, text(context, 'moreCharts')), element('div', { class: 'two' }, this.rate.root, this.gradient.root));
    this.details.addEventListener('toggle', () => {
      if (this.details.open !== context.viewState().details) context.setViewState({ ...context.viewState(), details: this.details.open });
    });
    const menu = new PopupMenu();
    this.checkpoints = new CheckpointMenu(context, menu, this.loss, () => this.drawn?.model);
    this.root = element('div', {}, this.loss.root, element('div', { class: 'two' }, this.accuracy.root, this.verification.root), this.details, this.readout.root, menu.root);
    for (const block of [this.loss, this.accuracy, this.verification, this.rate, this.gradient]) this.control(block);
    this.loss.chart.canvas.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return;
      // The same press must not choose the first item, which gets the focus.
      event.preventDefault();
      this.checkpoints.openNear(this.crossHair);
    });
  }

  /** Draws all charts; `lifted` is the run whose legend item is hovered. */
  update(model: TrainingModel, theme: ChartTheme, lifted: string | undefined): void {
    const state = this.context.viewState();
    const whole = wholeX(model, state.axis);
    const x = state.zoomX ? { from: state.zoomX[0], to: state.zoomX[1] } : whole;
    const curves = (metric: StepMetric): ChartSeries[] => [
      ...(metric === 'learningRate' || metric === 'gradientNorm' ? [] : validationSeries(model, metric, (name) => text(this.context, 'validationName', name), state, theme, lifted)), ...stepSeries(model, metric, state, theme, lifted),
    ];
    const loss = curves('loss');
    const wholeY = lossRange(loss, x, state.zoomX !== undefined, state.logY);
    const y = state.zoomY ? { from: state.zoomY[0], to: state.zoomY[1] } : wholeY;
    const marks = chartMarks(this.context, model, state, theme.runs[0] as RunStyle, loss);
    this.drawn = { model, theme, x, wholeX: whole, y, wholeY, loss, marks };
    const common = { x, theme, formatX: (value: number) => this.formatX(value, state) };
    this.loss.draw({ ...common, series: loss, y, logY: state.logY, marks: { ...marks, ...this.hair() }, formatY: (value) => this.formatLoss(value, y) });
    const shares = { ...common, logY: false, formatY: (value: number) => this.context.figures.percentText(value, 0) };
    const plain: ChartMarks = { forks: marks.forks, checkpoints: [], broken: [], labelled: false, ...this.hair() };
    this.accuracy.draw({ ...shares, series: curves('accuracy'), y: { from: 0, to: 1 }, tickDistance: 0.5, marks: plain });
    const verification = evaluationSeries(model, (event) => event.summary.accuracy, state, theme, lifted);
    const shown = verificationRange(verification);
    this.verification.draw({ ...shares, series: verification, y: shown, tickDistance: (shown.to - shown.from) / 2, marks: plain });
    this.loss.setNote(this.lossNote(model, state));
    this.drawDetails(curves, x, { ...common, logY: false, marks: plain }, state);
    this.describe(model);
  }

  /** Part of the horizontal axis that is shown, and the width of the loss chart in pixels. */
  get view(): { readonly x: Range; readonly widthPx: number } | undefined {
    return this.drawn && { x: this.drawn.x, widthPx: this.loss.chart.widthPx };
  }

  /** All charts in sight as one picture. */
  svg(): string {
    return chartsSvg(this.shownBlocks().flatMap(({ title, input }) => (input === undefined ? [] : [{ title, input }])));
  }

  private shownBlocks(): ChartBlock[] {
    return [this.loss, this.accuracy, this.verification, ...(this.details.open ? [this.rate, this.gradient] : [])];
  }

  private drawDetails(curves: (metric: 'learningRate' | 'gradientNorm') => ChartSeries[], x: Range, common: Pick<ChartInput, 'x' | 'theme' | 'formatX' | 'logY' | 'marks'>, state: ViewState): void {
    this.details.open = state.details;
    if (!state.details) return;
    const { figures } = this.context;
    const rate = curves('learningRate');
    const gradient = curves('gradientNorm').filter(({ curve }) => curve.y.some(Number.isFinite));
    this.rate.draw({ ...common, series: rate, y: openRange(rate, x), formatY: (value) => (value === 0 ? '0' : figures.learningRate(value)) });
    this.gradient.draw({ ...common, series: gradient, y: openRange(gradient, x), formatY: (value) => String(Number(value.toPrecision(3))) });
  }

  /** A logarithmic axis cannot show zeros; that is said instead of silently leaving them out. */
  private lossNote(model: TrainingModel, { logY, hidden }: ViewState): string {
    const zeros = logY ? model.runs.filter(({ view }) => !hidden.includes(view.id)).reduce((sum, { history }) => sum + countZeros(history), 0) : 0;
    return zeros === 0 ? text(this.context, 'lossNote') : text(this.context, 'notShownOnLog', this.context.figures.count(zeros));
  }

  private hair(): { crossHair: number } | undefined {
    return this.crossHair === undefined ? undefined : { crossHair: this.crossHair };
  }

  private describe(model: TrainingModel): void {
    const { history, view } = model.own;
    const { figures } = this.context;
    const { canvas } = this.loss.chart;
    const firstStep = history.column('step')[0];
    const step = history.last('step');
    const loss = history.last('loss');
    canvas.dataset['total'] = String(history.stepCount);
    canvas.dataset['lastStep'] = step === undefined ? '' : String(step);
    canvas.dataset['lastLoss'] = loss === undefined ? '' : String(loss);
    canvas.setAttribute('aria-label', step === undefined || firstStep === undefined || loss === undefined
      ? text(this.context, 'chartEmpty')
      : text(this.context, 'lossLabel', view.record.name, figures.loss(history.column('loss')[0] as number), figures.count(firstStep), figures.loss(loss), figures.count(step)));
    const accuracy = history.recentMean('accuracy', 50);
    const verification = history.evaluations.at(-1)?.summary.accuracy;
    this.accuracy.setValue(accuracy === undefined ? '' : figures.percentText(accuracy));
    this.verification.setValue(verification === undefined ? '' : figures.percentText(verification));
    const heldOut = view.record.heldOutIdentities;
    this.verification.setNote(heldOut > 0 ? text(this.context, 'heldOutPeople', figures.count(heldOut)) : '');
  }

  private control(block: ChartBlock): void {
    const { context } = this;
    controlChart(block.chart, {
      view: () => this.drawn ?? { x: unit, wholeX: unit, y: unit, wholeY: unit },
      onZoomX: (range) => context.setViewState(withZoom(context.viewState(), 'zoomX', range)),
      ...(block === this.loss ? { onZoomY: (range: Range | undefined) => context.setViewState(withZoom(context.viewState(), 'zoomY', range)) } : {}),
      onReset: () => context.setViewState(withZoom(withZoom(context.viewState(), 'zoomX', undefined), 'zoomY', undefined)),
      onHover: (x) => this.moveCrossHair(block, x),
      onStep: (points) => this.stepCrossHair(block, points),
    });
  }

  private moveCrossHair(block: ChartBlock, x: number | undefined): void {
    this.crossHair = x;
    if (this.drawn === undefined) return;
    const plain: ChartMarks = { forks: this.drawn.marks.forks, checkpoints: [], broken: [], labelled: false, ...this.hair() };
    this.loss.chart.redrawMarks({ ...this.drawn.marks, ...this.hair() });
    for (const other of this.shownBlocks()) if (other !== this.loss) other.chart.redrawMarks(plain);
    if (x === undefined) this.readout.hide();
    else this.readout.show(block.chart, x, this.readoutTitle(x), this.readoutRows(x));
  }

  private stepCrossHair(block: ChartBlock, points: number): void {
    const column = this.drawn?.loss.at(-1)?.curve.x;
    if (column === undefined || column.length === 0) return;
    const current = this.crossHair === undefined ? column.length - 1 : (nearestIndex(column, this.crossHair) ?? 0) + points;
    const x = column[Math.min(Math.max(current, 0), column.length - 1)] as number;
    this.moveCrossHair(block, x);
    this.speak([this.readoutTitle(x), ...this.readoutRows(x).map(({ name, value }) => `${name} ${value}`)].join(', '));
  }

  private readoutTitle(x: number): string {
    const { figures, viewState } = this.context;
    return viewState().axis === 'step' ? text(this.context, 'tooltipStep', figures.count(Math.round(x))) : figures.durationText(x * 60_000);
  }

  private readoutRows(x: number): { name: string; value: string; style: RunStyle }[] {
    return (this.drawn?.loss ?? []).flatMap(({ curve, runName, style }) => {
      const last = curve.x.at(-1);
      if (last === undefined || x > last || x < (curve.x[0] as number)) return [];
      const index = nearestIndex(curve.x, x) as number;
      return [{ name: runName, value: this.context.figures.loss(curve.y[index] as number), style }];
    }).reverse();
  }

  private formatX(value: number, { axis }: ViewState): string {
    const { figures } = this.context;
    if (axis === 'step') return Number.isInteger(value) ? figures.count(value) : '';
    return figures.axisDurationText(value * 60_000);
  }

  private formatLoss(value: number, range: Range): string {
    const span = range.to - range.from;
    const decimals = span >= 2 ? 1 : 2;
    const isFraction = value !== 0 && Math.abs(value) < 10 ** -decimals;
    return isFraction ? String(Number(value.toPrecision(2))) : this.context.figures.fixed(value, Number.isInteger(value) ? 0 : decimals);
  }
}

function countZeros(history: RunHistory): number {
  let zeros = 0;
  history.column('loss').forEach((loss, row) => {
    if (loss <= 0) zeros += history.groups?.counts[row] ?? 1;
  });
  return zeros;
}

const unit: Range = { from: 0, to: 1 };

function withZoom(state: ViewState, axis: 'zoomX' | 'zoomY', range: Range | undefined): ViewState {
  const { [axis]: _old, ...rest } = state;
  return range === undefined ? rest : { ...rest, [axis]: [range.from, range.to] };
}

