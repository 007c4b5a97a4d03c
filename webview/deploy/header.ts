import type { ActionView, DeployActionName, DeployView } from '../../src/protocol/deploy-panel';
import { element, icon, setText, type IconName } from '../common/element';
import { Redrawn } from '../common/redrawn';
import { button } from '../common/ui';
import type { PageContext } from './page-context';

const actionIcons: Readonly<Partial<Record<DeployActionName, IconName>>> = {
  'deploy': 'zap', 'cancel': 'close', 'again': 'refresh', 'again-slower': 'refresh', 'copy-report': 'copy', 'save-package': 'save', 'monitor': 'terminal',
};

/** What goes where, in which state, and what can be done. */
export class Header {
  readonly root: HTMLElement;
  private readonly title = element('h1');
  private readonly pill = element('span', { class: 'pill hide', role: 'status' });
  private readonly fact;
  private readonly place = element('span', { class: 'mono' });
  private readonly acts = element('div', { class: 'acts' });
  private readonly redrawnPill = new Redrawn(this.pill);
  private readonly redrawnActs = new Redrawn(this.acts);

  constructor(private readonly context: PageContext) {
    this.fact = element('span', {}, context.text('loading'));
    this.root = element('header', { class: 'head' },
      element('div', { class: 'title' }, element('div', { class: 'row' }, this.title, this.pill), element('p', {}, this.fact, ' ', this.place)), this.acts);
  }

  update({ title, pill, fact, factPlace, actions }: DeployView): void {
    setText(this.title, title);
    setText(this.fact, fact);
    setText(this.place, factPlace);
    this.pill.classList.toggle('hide', pill === undefined);
    this.redrawnPill.draw(pill, () => (pill === undefined ? [] : [element('span', { class: `${pill.tone}${pill.icon === 'circle-filled' ? ' live' : ''}` }, icon(pill.icon)), pill.text]));
    this.redrawnActs.draw(actions, () => actions.map((action) => this.button(action)));
  }

  private button({ name, label, primary, disabledBecause }: ActionView): HTMLElement {
    const made = button({
      label, icon: actionIcons[name] ?? 'info', kind: primary ? 'primary' : 'secondary', disabledBecause,
      onPress: () => this.context.request({ name: 'action', params: { name } }),
    });
    made.dataset['action'] = name;
    return made;
  }
}
