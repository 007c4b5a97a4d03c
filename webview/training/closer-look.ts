import { RunHistory, countUpTo } from '../../src/protocol/run-history';
import type { IdentifiedHistory, LowestLoss, PanelRequest, StepRange } from '../../src/protocol/training-panel';
import type { Range } from './chart/range';
import { firstAtLeast } from './chart/points';
import type { RunModel, TrainingModel } from './model';
import type { ViewState } from './view-state';

/** While a zoom or a slider moves, nothing is asked for. */
const quietMs = 100;
/** The most rows that are wanted of what is in sight; details have more of a range with its sides. */
const mostRows = 1024;

/**
 * Of long runs the page has rows that stand for many steps. What needs every step is asked of the host: the part of the curves
 * that is zoomed into, and the lowest point of the smoothed loss. Until the answer comes, the rows do.
 */
export class CloserLook {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isAsking = false;

  /** @param onAnswer the model has more now */
  constructor(private readonly ask: (request: PanelRequest) => Promise<unknown>, private readonly onAnswer: () => void) {}

  /** Called after each drawing. */
  update(model: TrainingModel, state: ViewState, view: { readonly x: Range; readonly widthPx: number } | undefined): void {
    if (state.zoomX === undefined) model.setDetails([]);
    clearTimeout(this.timer);
    if (this.isAsking || view === undefined) return;
    const ranges = state.zoomX === undefined ? [] : coarseRanges(model, state, view.x, Math.min(view.widthPx, mostRows));
    if (ranges.length === 0 && !model.needsLowest(state.smoothing)) return;
    this.timer = setTimeout(() => void this.look(model, state.smoothing, ranges), quietMs);
  }

  private async look(model: TrainingModel, smoothing: number, ranges: readonly StepRange[]): Promise<void> {
    this.isAsking = true;
    try {
      if (model.needsLowest(smoothing)) model.setLowest(smoothing, (await this.ask({ name: 'lowestLoss', params: { smoothing } })) as LowestLoss | undefined);
      if (ranges.length > 0) takeDetails(model, ranges, (await this.ask({ name: 'detail', params: { ranges: [...ranges] } })) as readonly IdentifiedHistory[]);
      this.onAnswer();
    } catch {
      // A host that is busy or gone does not answer; the next drawing asks again.
    } finally {
      this.isAsking = false;
    }
  }
}

function takeDetails(model: TrainingModel, ranges: readonly StepRange[], answers: readonly IdentifiedHistory[]): void {
  const kept = model.runs.flatMap(({ view: { id } }) => {
    const detail = model.detail(id);
    return detail === undefined || ranges.some(({ run }) => run === id) ? [] : [{ id, ...detail }];
  });
  const fresh = answers.flatMap(({ id, history: data }) => {
    const range = ranges.find(({ run }) => run === id);
    const run = model.runs.find(({ view }) => view.id === id);
    if (range === undefined || run === undefined) return [];
    const history = new RunHistory(data);
    const isToTheEnd = (history.last('step') ?? -1) >= (run.history.last('step') ?? -1);
    return [{ id, history, fromStep: range.fromStep, toStep: isToTheEnd ? Infinity : range.toStep }];
  });
  model.setDetails([...kept, ...fresh]);
}

/** Ranges of the shown runs whose rows are fewer than can be seen, with as much on both sides, so that a pan finds something there. */
function coarseRanges(model: TrainingModel, state: ViewState, x: Range, rows: number): StepRange[] {
  return model.runs.filter(({ view }) => !state.hidden.includes(view.id)).flatMap((run) => {
    const { fromStep, toStep } = stepsWithin(model, run, state.axis, x);
    if (fromStep > toStep) return [];
    const detail = model.detail(run.view.id);
    const isCovered = detail !== undefined && detail.fromStep <= fromStep && detail.toStep >= toStep;
    if (isCovered && !isCoarse(detail.history, fromStep, toStep, rows)) return [];
    if (!isCovered && !isCoarse(run.history, fromStep, toStep, rows)) return [];
    const width = toStep - fromStep;
    return [{ run: run.view.id, fromStep: fromStep - width, toStep: toStep + width }];
  });
}

/** First and last step of a run within a part of the horizontal axis; none when the first is beyond the last. */
function stepsWithin(model: TrainingModel, run: RunModel, axis: ViewState['axis'], { from, to }: Range): { readonly fromStep: number; readonly toStep: number } {
  const steps = run.history.column('step');
  const places = axis === 'step' ? steps : model.curves(run.history).elapsedMinutes(run.elapsedBeforeMs);
  const [first, behind] = [Math.max(0, firstAtLeast(places, from) - 1), Math.min(places.length - 1, firstAtLeast(places, to))];
  return { fromStep: steps[first] ?? 0, toStep: steps[behind] ?? -1 };
}

function isCoarse(history: RunHistory, fromStep: number, toStep: number, rows: number): boolean {
  const steps = history.column('step');
  const [first, behind] = [countUpTo(steps, fromStep - 1), countUpTo(steps, toStep)];
  return first < (history.groups?.counts.length ?? 0) && behind - first < rows;
}
