import type { DeployView, StepView } from '../../src/protocol/deploy-panel';
import { element, icon } from '../common/element';
import { Redrawn } from '../common/redrawn';
import type { PageContext } from './page-context';

const stateTexts = { wait: 'stateWait', now: 'stateNow', done: 'stateDone', failed: 'stateFailed', stopped: 'stateStopped', skipped: 'stateSkipped' } as const;

/** The steps of a deploy with their times. */
export class StepList {
  readonly root: HTMLElement;
  private readonly items = new Map<StepView['step'], { readonly item: HTMLElement; readonly redrawn: Redrawn }>();
  private readonly list;

  constructor(private readonly context: PageContext) {
    this.list = element('ol', { 'aria-label': context.text('stepsLabel') });
    this.root = element('section', {}, element('div', { class: 'row section-head' }, element('h2', {}, context.text('steps'))), this.list);
  }

  update({ steps }: DeployView): void {
    for (const step of steps) {
      const { item, redrawn } = this.itemOf(step.step);
      item.className = `st ${step.state}`;
      if (step.state === 'now') item.setAttribute('aria-current', 'step');
      else item.removeAttribute('aria-current');
      redrawn.draw(step, () => this.content(step));
    }
  }

  private itemOf(step: StepView['step']): { readonly item: HTMLElement; readonly redrawn: Redrawn } {
    const existing = this.items.get(step);
    if (existing !== undefined) return existing;
    const item = element('li', { 'data-step': step });
    const made = { item, redrawn: new Redrawn(item) };
    this.items.set(step, made);
    this.list.append(item);
    return made;
  }

  private content({ title, state, text, time, notes, share, hands }: StepView): HTMLElement[] {
    const body = element('div', {}, element('span', { class: 'name' }, title), element('span', { class: 'sr' }, ` (${this.context.text(stateTexts[state])})`));
    if (share !== undefined) body.append(this.bar(title, share));
    body.append(element('p', {}, text));
    for (const note of notes) body.append(element('p', { class: 'note' }, element('span', { class: 'info' }, icon('info')), element('span', {}, note)));
    if (hands !== undefined) body.append(element('ol', { class: 'hands', role: 'alert' }, ...hands.map((hand) => element('li', {}, hand))));
    return [stateIcon(state), body, element('span', { class: 't' }, time)];
  }

  private bar(title: string, share: number | null): HTMLElement {
    const filled = element('i');
    const percent = share === null ? undefined : Math.floor(share * 100);
    if (share !== null) filled.style.width = `${(share * 100).toFixed(2)}%`;
    return element('div', {
      class: share === null ? 'bar open' : 'bar', role: 'progressbar', 'aria-valuemin': '0', 'aria-valuemax': '100',
      'aria-label': percent === undefined ? title : this.context.text('uploadLabel', title, percent), ...(percent === undefined ? {} : { 'aria-valuenow': String(percent) }),
    }, filled);
  }
}

function stateIcon(state: StepView['state']): HTMLElement {
  switch (state) {
    case 'done': return element('span', { class: 'good' }, icon('pass'));
    case 'failed': return element('span', { class: 'bad' }, icon('error'));
    case 'stopped': return element('span', { class: 'mute' }, icon('circle-slash'));
    case 'now': return element('span', { class: 'info live' }, icon('circle-filled'));
    case 'skipped': return element('span', { class: 'mute' }, icon('pass'));
    case 'wait': return element('span', {}, element('span', { class: 'ring' }));
  }
}
