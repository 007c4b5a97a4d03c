import { headTitle } from '../../src/protocol/network-title';
import { isActive } from '../../src/protocol/run-health';
import type { RunStyle } from '../common/chart-style';
import type { ChartMarks, ChartSeries } from './chart/chart-input';
import type { RunModel, TrainingModel } from './model';
import { text, type PageContext } from './page-context';
import type { ViewState } from './view-state';

/** Forks, checkpoints, best, live end and broken ends of the loss chart. */
export function chartMarks(context: PageContext, model: TrainingModel, state: ViewState, ownStyle: RunStyle, series: readonly ChartSeries[]): ChartMarks {
  const { own } = model;
  const best = own.history.evaluations.filter((event) => event.best).at(-1);
  const liveEnd = findLiveEnd(context, model, state, ownStyle);
  return {
    forks: findForks(context, model, state),
    checkpoints: own.history.checkpoints.filter((step) => step !== best?.step).map((step) => model.xOf(own, step, state.axis)),
    ...(best ? { best: { x: model.xOf(own, best.step, state.axis), label: text(context, 'best') } } : {}),
    ...(liveEnd ? { liveEnd } : {}),
    broken: series.flatMap(brokenEnd),
    labelled: true,
  };
}

/** The latest fork last: its label is the one that is written. */
function findForks(context: PageContext, model: TrainingModel, state: ViewState): ChartMarks['forks'] {
  return [...model.runs].reverse().flatMap((run) => {
    const { parent, head } = run.view.record;
    if (!parent) return [];
    const step = context.figures.count(parent.step);
    const x = model.xOf(run, parent.step, state.axis);
    if (parent.head === head) return [{ x, title: text(context, 'sameHeadFork', run.view.record.name, step), note: '' }];
    return [{ x, title: text(context, 'headSwitch', headTitle(head), step), note: switchNote(context, run) }];
  });
}

/** "backbone kept, head new, margin 0 → 0.50" */
function switchNote(context: PageContext, { view }: RunModel): string {
  const note = text(context, 'headSwitchNote');
  if (view.targetMargin === undefined) return note;
  return `${note}, ${text(context, 'marginNote', context.figures.fixed(view.targetMargin, 2))}`;
}

function findLiveEnd(context: PageContext, model: TrainingModel, { axis, hidden, smoothing }: ViewState, style: RunStyle): ChartMarks['liveEnd'] {
  const { own } = model;
  const step = own.history.last('step');
  const y = model.curves(own.history).smoothed('loss', smoothing).values.at(-1);
  const isShown = isActive(own.view.record.state) && !hidden.includes(own.view.id);
  if (!isShown || step === undefined || y === undefined || !Number.isFinite(y)) return undefined;
  return { x: model.xOf(own, step, axis), y, label: context.figures.loss(y), color: style.color };
}

/** Where a curve that ends in a gap had its last value. */
function brokenEnd({ curve, style }: ChartSeries): { x: number; y: number; color: string }[] {
  const last = curve.y.length - 1;
  if (last < 0 || Number.isFinite(curve.y[last])) return [];
  for (let index = last; index >= 0; index--) {
    const y = curve.y[index] as number;
    if (Number.isFinite(y)) return [{ x: curve.x[index] as number, y, color: style.color }];
  }
  return [];
}
