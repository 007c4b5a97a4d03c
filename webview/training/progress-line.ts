import { element } from '../common/element';
import type { TrainingModel } from './model';
import { text, type PageContext } from './page-context';

/** The thin line below the header: how much of the run is done. */
export class ProgressLine {
  readonly root = element('div', { class: 'bar', role: 'progressbar', 'aria-valuemin': '0', 'aria-valuemax': '100' });
  private readonly filled = element('i');

  constructor(private readonly context: PageContext) {
    this.root.append(this.filled);
  }

  update(model: TrainingModel): void {
    const { share, step } = model.progress;
    const { figures } = this.context;
    this.filled.style.width = `${(share * 100).toFixed(2)}%`;
    this.root.setAttribute('aria-valuenow', String(Math.floor(share * 100)));
    this.root.setAttribute('aria-label', text(this.context, 'progressLabel', figures.count(step), figures.count(model.own.view.record.lastStep)));
  }
}
