import { element } from '../common/element';
import type { PageContext } from './page-context';

/** How far a check of the dataset is; the page stays usable meanwhile. */
export class ProgressBlock {
  readonly root: HTMLElement;
  private readonly done = element('i');
  private readonly bar: HTMLElement;
  private readonly words = element('p', { class: 'sm mute num' });

  constructor(private readonly context: PageContext) {
    this.bar = element('div', { 'class': 'bar', 'role': 'progressbar', 'aria-valuemin': '0', 'aria-valuemax': '100', 'aria-label': context.text('checkDataset') }, this.done);
    this.root = element('div', { class: 'progress hide' }, this.bar, this.words);
  }

  /** @param share 0..1; unknown when absent */
  show(words: string, share: number | undefined): void {
    this.root.classList.remove('hide');
    this.words.textContent = this.context.text('auditRunning', words);
    this.done.style.width = `${(share ?? 1) * 100}%`;
    if (share === undefined) this.bar.removeAttribute('aria-valuenow');
    else this.bar.setAttribute('aria-valuenow', String(Math.round(share * 100)));
  }

  end(): void {
    this.root.classList.add('hide');
  }
}
