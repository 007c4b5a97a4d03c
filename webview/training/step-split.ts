import { element, setText } from '../common/element';
import type { TrainingModel } from './model';
import { text, type PageContext } from './page-context';

/** Where a step goes: computing or waiting for photos. */
export class StepSplit {
  readonly root: HTMLElement;
  private readonly total = element('span', { class: 'num sm' });
  private readonly bar = element('div', { class: 'split', role: 'img' });
  private readonly compute = element('span', { class: 'num' });
  private readonly reading = element('span', { class: 'num' });

  constructor(private readonly context: PageContext) {
    this.bar.append(element('i', { class: 'compute' }), element('i', { class: 'reading' }));
    this.root = element('section', { 'aria-labelledby': 'split-title' },
      element('div', { class: 'row between' }, element('h2', { id: 'split-title' }, text(context, 'stepTime')), this.total),
      this.bar,
      element('div', { class: 'row between sm mute' }, this.compute, this.reading));
  }

  update(model: TrainingModel): void {
    const share = model.own.history.recentMean('dataShare', 50);
    const { stepMs } = model.progress;
    const unknown = share === undefined || stepMs === undefined;
    this.root.classList.toggle('hide', unknown);
    if (unknown) return;
    const { figures } = this.context;
    setText(this.total, `${figures.count(stepMs)} ms`);
    this.bar.style.setProperty('--compute', String(1 - share));
    this.bar.style.setProperty('--reading', String(share));
    setText(this.compute, text(this.context, 'stepCompute', figures.percentText(1 - share, 0)));
    setText(this.reading, text(this.context, 'stepReading', figures.percentText(share, 0)));
    this.bar.setAttribute('aria-label', `${this.compute.textContent}, ${this.reading.textContent}`);
  }
}
