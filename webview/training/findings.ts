import type { FindingView } from '../../src/protocol/training-panel';
import { element, icon, setText } from '../common/element';
import { DrawnKey } from '../common/redrawn';
import type { TrainingModel } from './model';
import { text, type PageContext } from './page-context';

const tones = { info: 'info', warning: 'warn', error: 'bad' } as const;

/** What happened, what it means, what to press. */
export class Findings {
  readonly root: HTMLElement;
  private readonly count = element('span', { class: 'mute sm' });
  private readonly list = element('div');
  private readonly key = new DrawnKey();

  constructor(private readonly context: PageContext) {
    this.root = element('section', { 'aria-labelledby': 'findings-title' },
      element('div', { class: 'row between findings-head' }, element('h2', { id: 'findings-title' }, text(context, 'findings')), this.count),
      this.list);
  }

  update(model: TrainingModel): void {
    const { findings, locked } = model.status;
    if (!this.key.isNew(findings, locked)) return;
    setText(this.count, findings.length === 0 ? '' : text(this.context, 'findingsOpen', findings.length));
    const none = element('p', { class: 'mute sm' }, text(this.context, 'findingsNone'));
    this.list.replaceChildren(...(findings.length === 0 ? [none] : findings.map((finding) => this.item(finding, locked))));
  }

  private item({ id, severity, text: sentence, note, actions }: FindingView, locked: string | undefined): HTMLElement {
    const item = element('div', { class: 'find', 'data-finding': id, ...(severity === 'error' ? { role: 'alert' } : {}) },
      element('span', { class: tones[severity] }, icon(severity)),
      element('p', {}, sentence));
    if (note !== undefined) item.append(element('p', {}, note));
    if (actions.length > 0 && locked === undefined) {
      item.append(element('div', { class: 'do' }, ...actions.map(({ label, name }) => {
        const link = element('button', { type: 'button', class: 'link' }, label);
        link.addEventListener('click', () => this.context.request({ name: 'action', params: { name } }));
        return link;
      })));
    }
    return item;
  }
}
