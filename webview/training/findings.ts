import type { FindingView } from '../../src/protocol/training-panel';
import { element, icon, setText } from '../common/element';
import { Redrawn } from '../common/redrawn';
import type { TrainingModel } from './model';
import { text, type PageContext } from './page-context';

const tones = { info: 'info', warning: 'warn', error: 'bad' } as const;

/** What happened, what it means, what to press. */
export class Findings {
  readonly root: HTMLElement;
  private readonly count = element('span', { class: 'mute sm' });
  private readonly list = new Redrawn(element('div'));

  constructor(private readonly context: PageContext) {
    this.root = element('section', { 'aria-labelledby': 'findings-title' },
      element('div', { class: 'row between findings-head' }, element('h2', { id: 'findings-title' }, text(context, 'findings')), this.count),
      this.list.root);
  }

  update(model: TrainingModel): void {
    const { findings, locked } = model.status;
    setText(this.count, findings.length === 0 ? '' : text(this.context, 'findingsOpen', findings.length));
    this.list.draw([findings, locked], () => {
      if (findings.length === 0) return [element('p', { class: 'mute sm' }, text(this.context, 'findingsNone'))];
      return findings.map((finding) => this.item(finding, locked));
    });
  }

  private item({ id, severity, text: sentence, note, setting, actions }: FindingView, locked: string | undefined): HTMLElement {
    const item = element('div', { class: 'find', 'data-finding': id, ...(severity === 'error' ? { role: 'alert' } : {}) },
      element('span', { class: tones[severity] }, icon(severity)),
      element('p', {}, sentence));
    if (note !== undefined) item.append(element('p', {}, ...this.withSetting(id, note, setting)));
    if (actions.length > 0 && locked === undefined) {
      item.append(element('div', { class: 'do' }, ...actions.map(({ label, name }) => {
        const link = element('button', { type: 'button', class: 'link', 'data-action': `${id} ${name}` }, label);
        link.addEventListener('click', () => this.context.request({ name: 'action', params: { name } }));
        return link;
      })));
    }
    return item;
  }

  /** A note in which the name of a setting can be pressed. */
  private withSetting(id: string, note: string, setting: FindingView['setting']): (Node | string)[] {
    const start = setting === undefined ? -1 : note.indexOf(setting);
    if (setting === undefined || start < 0) return [note];
    const link = element('button', { 'type': 'button', 'class': 'link', 'data-action': `${id} ${setting}`, 'title': text(this.context, 'findingSetting', setting) }, setting);
    link.addEventListener('click', () => this.context.request({ name: 'openSetting', params: { setting } }));
    return [note.slice(0, start), link, note.slice(start + setting.length)];
  }
}
