import { figureText, type FigurePart } from '../../src/protocol/figures';
import type { TrainingStringKey } from '../../src/protocol/training-strings';
import { isActive } from '../../src/protocol/run-health';
import { element, setText } from '../common/element';
import type { TrainingModel } from './model';
import { text, type PageContext } from './page-context';

const dash = '–';

/** One headline number: its parts (a value and a smaller unit each) and a note below. */
interface Stat {
  readonly parts: readonly FigurePart[];
  readonly note: string;
}

const layout: readonly { readonly id: string; readonly label: TrainingStringKey; readonly hot?: boolean }[] = [
  { id: 'loss', label: 'statLoss', hot: true },
  { id: 'verification', label: 'statVerification', hot: true },
  { id: 'accuracy', label: 'statTrainingAccuracy' },
  { id: 'step', label: 'statStep' },
  { id: 'time', label: 'statTimeLeft' },
  { id: 'speed', label: 'statSpeed' },
  { id: 'memory', label: 'statMemory' },
  { id: 'rate', label: 'statLearningRate' },
];

/** Steps over which training accuracy and speed are averaged: single steps jump too much to be read. */
const recentSteps = 50;

/** The eight headline numbers. */
export class Numbers {
  readonly root: HTMLElement;
  private readonly cells = new Map<string, { readonly value: HTMLElement; readonly note: HTMLElement; shown: string }>();

  constructor(private readonly context: PageContext) {
    this.root = element('section', { class: 'stats', 'aria-label': text(context, 'numbersLabel') });
    for (const { id, label, hot } of layout) {
      const value = element('b', {}, dash);
      const note = element('em', {}, '\u00a0');
      this.cells.set(id, { value, note, shown: dash });
      this.root.append(element('div', { class: hot ? 'stat hot' : 'stat', 'data-stat': id }, element('span', {}, text(context, label)), value, note));
    }
  }

  update(model: TrainingModel): void {
    this.show('loss', this.loss(model));
    this.show('verification', this.verification(model));
    this.show('accuracy', this.accuracy(model));
    this.show('step', this.step(model));
    this.show('time', this.timeLeft(model));
    this.show('speed', this.speed(model));
    this.show('memory', this.memory(model));
    this.show('rate', this.learningRate(model));
  }

  private show(id: string, stat: Stat | undefined): void {
    const cell = this.cells.get(id);
    if (cell === undefined) return;
    const parts = stat?.parts ?? [];
    const shown = parts.length === 0 ? dash : figureText(parts);
    if (shown !== cell.shown) {
      cell.shown = shown;
      cell.value.replaceChildren(...(parts.length === 0 ? [dash] : parts.flatMap(({ value, unit }) => (unit ? [value, element('small', {}, unit), ' '] : [value]))));
    }
    setText(cell.note, stat?.note || '\u00a0');
  }

  private loss(model: TrainingModel): Stat | undefined {
    const { history } = model.own;
    if (history.length === 0) return undefined;
    const { smoothing } = this.context.viewState();
    const best = model.lowestLoss(smoothing);
    const { figures } = this.context;
    const note = best === undefined ? '' : text(this.context, 'statBest', figures.loss(best.loss), figures.count(best.step));
    return { parts: [{ value: figures.loss(model.curves(history).smoothed('loss', smoothing).values.at(-1) as number), unit: '' }], note };
  }

  private verification(model: TrainingModel): Stat | undefined {
    const last = model.own.history.evaluations.at(-1);
    if (last === undefined) return undefined;
    const { figures } = this.context;
    const { accuracy, auc } = last.summary;
    return { parts: [figures.percent(accuracy)], note: text(this.context, 'statAuc', figures.fixed(auc, 3), figures.count(last.step)) };
  }

  private accuracy(model: TrainingModel): Stat | undefined {
    const mean = model.own.history.recentMean('accuracy', recentSteps);
    if (mean === undefined) return undefined;
    return { parts: [this.context.figures.percent(mean)], note: text(this.context, 'statRecentSteps', recentSteps) };
  }

  private step(model: TrainingModel): Stat {
    const { record } = model.own.view;
    const { history } = model.own;
    const { figures } = this.context;
    const of = text(this.context, 'statOf', figures.count(record.lastStep));
    const epochs = record.stepsPerEpoch > 0 ? Math.ceil((record.lastStep - record.firstStep) / record.stepsPerEpoch) : 0;
    const firstEpoch = history.column('epoch')[0];
    const epoch = history.last('epoch');
    const done = epoch === undefined || firstEpoch === undefined ? 0 : epoch - firstEpoch + 1;
    const note = epoch === undefined ? '' : text(this.context, 'statEpoch', figures.count(Math.min(done, Math.max(epochs, 1))), figures.count(epochs));
    return { parts: [{ value: figures.count(model.progress.step), unit: of }], note };
  }

  private timeLeft(model: TrainingModel): Stat | undefined {
    const { record } = model.own.view;
    const { remainingMs } = model.progress;
    const { figures } = this.context;
    const note = text(this.context, 'statSoFar', figures.durationText(model.own.history.elapsedMs));
    if (remainingMs === undefined) return undefined;
    return { parts: isActive(record.state) ? figures.duration(remainingMs) : [], note };
  }

  private speed(model: TrainingModel): Stat | undefined {
    const speed = model.own.history.recentMean('imagesPerSecond', recentSteps);
    if (speed === undefined) return undefined;
    const { figures } = this.context;
    const { batch } = model.own.view;
    const note = batch === undefined ? '' : text(this.context, 'statBatch', figures.count(batch));
    return { parts: [{ value: figures.fixed(speed, speed < 10 ? 1 : 0), unit: text(this.context, 'imagesPerSecond') }], note };
  }

  private memory(model: TrainingModel): Stat | undefined {
    const used = model.own.history.last('memoryBytes');
    if (used === undefined) return undefined;
    const { figures } = this.context;
    const note = text(this.context, 'statOf', figureText([figures.bytes(model.own.view.record.machine.memoryBytes)]));
    return { parts: [figures.bytes(used)], note };
  }

  private learningRate(model: TrainingModel): Stat | undefined {
    const { history } = model.own;
    const rate = history.last('learningRate');
    if (rate === undefined) return undefined;
    const { figures } = this.context;
    const change = history.learningRates.at(-1);
    const factor = change ? Number((change.from / change.to).toFixed(1)) : 1;
    const note = change ? text(this.context, 'statRateAt', figures.fixed(factor, Number.isInteger(factor) ? 0 : 1), figures.count(change.step)) : '';
    return { parts: [{ value: figures.learningRate(rate), unit: '' }], note };
  }
}
