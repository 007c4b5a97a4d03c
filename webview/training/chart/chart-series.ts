import type { RunEventOf } from '../../../src/protocol/run';
import type { RangedColumn, RunHistory } from '../../../src/protocol/run-history';
import { runStyle, type ChartTheme } from '../../common/chart-style';
import type { RunModel, TrainingModel } from '../model';
import type { ViewState } from '../view-state';
import type { ChartSeries } from './chart-input';
import type { Points } from './points';
import type { Range } from './range';

/** A lifted run leaves this much of the others. */
const loweredStrength = 0.35;

export type StepMetric = 'loss' | 'accuracy' | 'learningRate' | 'gradientNorm';

/** Own run last, so that it is drawn above its ancestors. */
function shownRuns(model: TrainingModel, state: ViewState): { run: RunModel; index: number }[] {
  return model.runs.map((run, index) => ({ run, index })).filter(({ run }) => !state.hidden.includes(run.view.id)).reverse();
}

function boundsOf({ groups }: RunHistory, metric: RangedColumn): Points['bounds'] | undefined {
  const [low, high] = [groups?.low[metric], groups?.high[metric]];
  return low && high && { low, high };
}

/** Raw and smoothed curves of a metric that each step has. */
export function stepSeries(model: TrainingModel, metric: StepMetric, state: ViewState, theme: ChartTheme, lifted: string | undefined): ChartSeries[] {
  return shownRuns(model, state).map(({ run, index }) => {
    const history = model.drawnHistory(run);
    const curves = model.curves(history);
    const x = state.axis === 'step' ? history.column('step') : curves.elapsedMinutes(run.elapsedBeforeMs);
    const raw = history.column(metric);
    const name = `${run.view.id} ${metric} ${raw.length} ${history.revision} ${state.axis} ${run.elapsedBeforeMs}`;
    const own = { ...identity(run, index, theme, lifted), key: { source: history, name: `${name} ${state.smoothing}` } };
    // A learning rate is set, not measured: there is nothing to smooth.
    if (metric === 'learningRate') return { ...own, curve: { x, y: raw } };
    const bounds = boundsOf(history, metric);
    return { ...own, rawKey: { source: history, name }, raw: { x, y: raw, ...(bounds ? { bounds } : {}) }, curve: { x, y: curves.smoothed(metric, state.smoothing).values } };
  });
}

/** One dot for each epoch's measurement on images that are not trained on, for the runs that have any. @param nameOf names the series of a run */
export function validationSeries(
  model: TrainingModel, metric: 'loss' | 'accuracy', nameOf: (runName: string) => string, state: ViewState, theme: ChartTheme, lifted: string | undefined,
): ChartSeries[] {
  return shownRuns(model, state).filter(({ run }) => run.history.validations.length > 0).map(({ run, index }) => {
    const { validations } = run.history;
    const curve: Points = {
      x: Float64Array.from(validations, (event) => model.xOf(run, event.step, state.axis)),
      y: Float64Array.from(validations, (event) => event[metric] ?? Number.NaN),
    };
    const own = identity(run, index, theme, lifted);
    return { ...own, runName: nameOf(own.runName), isMeasured: true, curve };
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
    return { ...identity(run, index, theme, lifted), isMeasured: true, curve };
  });
}

function identity({ view }: RunModel, index: number, theme: ChartTheme, lifted: string | undefined): Pick<ChartSeries, 'runId' | 'runName' | 'style' | 'strength'> {
  const style = runStyle(theme, index);
  return { runId: view.id, runName: view.record.name, style, strength: lifted === undefined || lifted === view.id ? 1 : loweredStrength };
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
