import type { RunEventOf } from '../../../src/protocol/run';
import type { ChartTheme, RunStyle } from '../../common/theme';
import type { RunModel, TrainingModel } from '../model';
import type { ViewState } from '../view-state';
import type { ChartSeries } from './run-chart';
import { smooth, type Points } from './points';
import type { Range } from './range';

/** A lifted run leaves this much of the others. */
const loweredStrength = 0.35;

export type StepMetric = 'loss' | 'accuracy';

/** Own run last, so that it is drawn above its ancestors. */
function shownRuns(model: TrainingModel, state: ViewState): { run: RunModel; index: number }[] {
  return model.runs.map((run, index) => ({ run, index })).filter(({ run }) => !state.hidden.includes(run.view.id)).reverse();
}

/** Raw and smoothed curves of a metric that each step has. */
export function stepSeries(model: TrainingModel, metric: StepMetric, state: ViewState, theme: ChartTheme, lifted: string | undefined): ChartSeries[] {
  return shownRuns(model, state).map(({ run, index }) => {
    const x = xColumn(run, state.axis);
    const raw = run.history.column(metric);
    return { ...identity(run, index, theme, lifted), raw: { x, y: raw }, curve: { x, y: smooth(raw, state.smoothing) } };
  });
}

/** One dot for each epoch's measurement on images that are not trained on, for the runs that have any. @param nameOf names the series of a run */
export function validationSeries(
  model: TrainingModel, metric: StepMetric, nameOf: (runName: string) => string, state: ViewState, theme: ChartTheme, lifted: string | undefined,
): ChartSeries[] {
  return shownRuns(model, state).filter(({ run }) => run.history.validations.length > 0).map(({ run, index }) => {
    const { validations } = run.history;
    const curve: Points = {
      x: Float64Array.from(validations, (event) => model.xOf(run, event.step, state.axis)),
      y: Float64Array.from(validations, (event) => event[metric] ?? Number.NaN),
    };
    const own = identity(run, index, theme, lifted);
    return { ...own, runName: nameOf(own.runName), curve };
  });
}

/** One dot for each verification on held-out people. */
export function evaluationSeries(
  model: TrainingModel,
  measure: (event: RunEventOf<'evaluation'>) => number,
  state: ViewState,
  theme: ChartTheme,
  lifted: string | undefined,
): ChartSeries[] {
  return shownRuns(model, state).map(({ run, index }) => {
    const { evaluations } = run.history;
    const curve: Points = {
      x: Float64Array.from(evaluations, (event) => model.xOf(run, event.step, state.axis)),
      y: Float64Array.from(evaluations, measure),
    };
    return { ...identity(run, index, theme, lifted), curve };
  });
}

function identity({ view }: RunModel, index: number, theme: ChartTheme, lifted: string | undefined): Pick<ChartSeries, 'runId' | 'runName' | 'style' | 'strength'> {
  const style = theme.runs[index % theme.runs.length] as RunStyle;
  return { runId: view.id, runName: view.record.name, style, strength: lifted === undefined || lifted === view.id ? 1 : loweredStrength };
}

function xColumn(run: RunModel, axis: ViewState['axis']): Float64Array {
  if (axis === 'step') return run.history.column('step');
  return run.history.column('elapsedMs').map((elapsedMs) => (run.elapsedBeforeMs + elapsedMs) / 60_000);
}

/** All of the horizontal axis: from the first ancestor's start to the last step that is planned. */
export function wholeX(model: TrainingModel, axis: ViewState['axis']): Range {
  const { own, runs, progress } = model;
  const from = axis === 'step' ? Math.min(...runs.map(({ view }) => view.record.firstStep)) : 0;
  const ends = runs.map((run) => model.xOf(run, run.history.last('step') ?? run.view.record.firstStep, axis));
  const planned = axis === 'step' ? own.view.record.lastStep : model.xOf(own, progress.step, axis) + (progress.remainingMs ?? 0) / 60_000;
  const isLive = own.view.health.kind !== 'idle' || own.view.record.state === 'stopped';
  return { from, to: Math.max(from + (axis === 'step' ? 10 : 0.1), ...ends, isLive ? planned : 0) };
}
