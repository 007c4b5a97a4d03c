import { element, icon } from '../common/element';
import { Redrawn } from '../common/redrawn';
import { segments } from '../common/segments';
import { button } from '../common/ui';
import type { ResumeContext, ResumeView } from './resume-view';

/** Says that another run is at work, and asks whether to wait for it. */
export class ActiveNotice {
  readonly root = element('div', { class: 'notice', role: 'status' });
  private readonly content = new Redrawn(this.root);
  private wait = true;

  constructor(private readonly context: ResumeContext, private readonly stopWaiting: () => void) {}

  /** Whether the start is to wait for the runs at work. */
  get waits(): boolean {
    return this.wait;
  }

  update({ offer }: Pick<ResumeView, 'offer'>): void {
    const { active, isWaiting, newName } = offer;
    this.root.classList.toggle('hide', active.length === 0 && !isWaiting);
    this.content.draw([active, isWaiting, newName], () => (isWaiting ? this.waiting(offer) : this.question(active)));
  }

  private question(active: readonly string[]): HTMLElement[] {
    const { text } = this.context;
    const choice = segments(text('activeTitle'), [{ value: 'wait', label: text('activeWait') }, { value: 'now', label: text('activeNow') }], (value) => {
      this.wait = value === 'wait';
      choice.update(value);
    });
    choice.update(this.wait ? 'wait' : 'now');
    return [element('span', { class: 'info' }, icon('info')), element('span', { class: 'grow' }, text('activeText', active.join(', '))), choice.root];
  }

  private waiting({ newName, active }: ResumeView['offer']): HTMLElement[] {
    const { text } = this.context;
    return [
      element('span', {}, icon('clock')), element('span', { class: 'grow' }, text('waitingText', newName, active.join(', '))),
      button({ label: text('stopWaiting'), icon: 'close', kind: 'quiet', onPress: this.stopWaiting }),
    ];
  }
}
