import type { CheckpointAction } from '../../src/protocol/training-panel';
import type { ChartBlock } from './chart-block';
import type { TrainingModel } from './model';
import { text, type PageContext } from './page-context';
import type { MenuItem, PopupMenu } from './popup-menu';

/** How near a press must be to a tick, and how far above the axis, in pixels. */
const reach = { x: 8, aboveAxis: 18 } as const;

/** What can be done with a checkpoint of the panel's own run: by a press on its tick, or by Enter near the cross-hair. */
export class CheckpointMenu {
  constructor(private readonly context: PageContext, private readonly menu: PopupMenu, private readonly block: ChartBlock, private readonly model: () => TrainingModel | undefined) {
    const { canvas } = block.chart;
    canvas.addEventListener('click', (event) => this.press(event));
    canvas.addEventListener('pointermove', (event) => canvas.classList.toggle('pressable', this.stepAt(event) !== undefined));
  }

  /** Opens the menu of the checkpoint nearest to a place on the horizontal axis, of the last one when there is no place. */
  openNear(x: number | undefined): void {
    const model = this.model();
    const { axis } = this.context.viewState();
    const steps = model ? checkpointSteps(model) : [];
    if (model === undefined || steps.length === 0) return;
    const place = (step: number): number => model.xOf(model.own, step, axis);
    const nearest = x === undefined ? (steps.at(-1) as number) : steps.reduce((best, step) => (Math.abs(place(step) - x) < Math.abs(place(best) - x) ? step : best));
    this.open(model, nearest);
  }

  private press(event: MouseEvent): void {
    const model = this.model();
    const step = this.stepAt(event);
    if (model && step !== undefined) this.open(model, step);
  }

  private stepAt(event: MouseEvent): number | undefined {
    const model = this.model();
    const { chart } = this.block;
    const box = chart.canvas.getBoundingClientRect();
    const [left, top] = [event.clientX - box.left, event.clientY - box.top];
    if (model === undefined || top < chart.bottomPx - reach.aboveAxis || top > chart.bottomPx + 6) return undefined;
    const { axis } = this.context.viewState();
    const distance = (step: number): number => Math.abs(chart.pixelOf(model.xOf(model.own, step, axis)) - left);
    const [nearest] = [...checkpointSteps(model)].sort((a, b) => distance(a) - distance(b));
    return nearest !== undefined && distance(nearest) <= reach.x ? nearest : undefined;
  }

  private open(model: TrainingModel, step: number): void {
    const { chart } = this.block;
    const label = text(this.context, 'checkpoint', this.context.figures.count(step));
    this.menu.open(chart.canvas, label, this.items(model, step), chart.pixelOf(model.xOf(model.own, step, this.context.viewState().axis)) - 12, chart.bottomPx - 8);
  }

  /** Old checkpoints are removed by the job; the best and the last state also exist as models. */
  private items(model: TrainingModel, step: number): MenuItem[] {
    const { history, view } = model.own;
    const best = bestStep(model);
    const item = (key: Parameters<typeof text>[1], action: CheckpointAction): MenuItem => ({
      label: text(this.context, key), onChoose: () => this.context.request({ name: 'checkpoint', params: { step, action } }),
    });
    const isKept = history.checkpoints.slice(-(view.keptCheckpoints ?? 3)).includes(step);
    const evaluation = step === best ? [item('checkpointEvaluate', 'evaluateBest')] : step === history.checkpoints.at(-1) ? [item('checkpointEvaluate', 'evaluateLast')] : [];
    if (!isKept && step !== best) return [{ label: text(this.context, 'checkpointGone') }];
    return model.status.locked === undefined
      ? [...evaluation, item('checkpointFork', 'fork'), ...(isKept ? [item('checkpointCopy', 'copyPath')] : [])]
      : [{ label: model.status.locked }];
  }
}

function bestStep(model: TrainingModel): number | undefined {
  return model.own.history.evaluations.filter((event) => event.best).at(-1)?.step;
}

function checkpointSteps(model: TrainingModel): number[] {
  const best = bestStep(model);
  return [...new Set([...model.own.history.checkpoints, ...(best === undefined ? [] : [best])])].sort((a, b) => a - b);
}
