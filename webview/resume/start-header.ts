import { element, setText } from '../common/element';
import { Redrawn } from '../common/redrawn';
import { button } from '../common/ui';
import type { ResumeContext, ResumeView } from './resume-view';

export interface StartActions {
  readonly start: () => void;
  readonly close: () => void;
}

/** Title, what comes out, and the one way forward. */
export class StartHeader {
  readonly root: HTMLElement;
  private readonly title = element('h1');
  private readonly note: HTMLElement;
  private readonly actions = new Redrawn(element('div', { class: 'acts' }));

  constructor(private readonly context: ResumeContext, private readonly handlers: StartActions) {
    this.note = element('p', {}, context.text('loading'));
    this.root = element('header', { class: 'head' }, element('div', { class: 'title' }, this.title, this.note), this.actions.root);
  }

  /** @param blocked why nothing can be started */
  update(view: Pick<ResumeView, 'offer'>, blocked: string | undefined, isStarting: boolean): void {
    const { text } = this.context;
    const { name, newName, isWaiting } = view.offer;
    setText(this.title, text('title', name));
    setText(this.note, text('titleNote', newName, name));
    this.actions.draw([newName, blocked, isStarting, isWaiting], () => [
      button({ label: text('cancel'), icon: 'close', kind: 'secondary', onPress: this.handlers.close }),
      ...(isWaiting ? [] : [button({
        label: text(isStarting ? 'starting' : 'start', newName), icon: isStarting ? 'clock' : 'play', kind: 'primary', onPress: this.handlers.start,
        disabledBecause: blocked ?? (isStarting ? text('starting', newName) : undefined),
      })]),
    ]);
  }
}
