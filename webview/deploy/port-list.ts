import type { DeployView, PortView } from '../../src/protocol/deploy-panel';
import { element } from '../common/element';
import { Redrawn } from '../common/redrawn';
import { actionLink, sign, type PageContext } from './page-context';

/** The picker of boards; once a deploy has begun only the chosen one is listed. */
export class PortList {
  readonly root: HTMLElement;
  private readonly links = element('div', { class: 'links' });
  private readonly list = element('div', { 'role': 'radiogroup', 'aria-labelledby': 'board-title' });
  private readonly hint = element('p', { class: 'hint sm mute' });
  private readonly redrawnLinks = new Redrawn(this.links);
  private readonly redrawnList = new Redrawn(this.list);

  constructor(private readonly context: PageContext) {
    this.root = element('section', {}, element('div', { class: 'row between section-head' }, element('h2', { id: 'board-title' }, context.text('board')), this.links), this.list, this.hint);
  }

  update({ ports, folded, portActions, portHint, locked }: DeployView): void {
    this.redrawnLinks.draw(portActions, () => portActions.map((action) => actionLink(action, this.context)));
    this.redrawnList.draw([ports, folded, locked], () => ports.map((port) => this.row(port, folded, locked)));
    this.hint.textContent = portHint ?? '';
    this.hint.classList.toggle('hide', portHint === undefined);
  }

  private row(port: PortView, folded: boolean, locked: string | undefined): HTMLElement {
    const radio = element('input', { type: 'radio', name: 'port', 'data-port': port.path, 'aria-label': `${port.name}, ${port.details}` }) as HTMLInputElement;
    radio.checked = port.chosen;
    radio.disabled = folded;
    radio.addEventListener('change', () => this.context.request({ name: 'port', params: { path: port.path, do: 'choose' } }));
    const side = element('span', { class: 'sign' });
    if (port.sign !== undefined) side.append(sign(port.sign));
    if (port.action !== undefined && (locked === undefined || port.action.name === 'copy-fix')) side.append(this.link(port.path, port.action));
    return element('label', { class: port.chosen ? 'port on' : 'port' }, radio, element('span', {}, port.name, element('small', {}, port.details)), side);
  }

  private link(path: string, { name, label }: NonNullable<PortView['action']>): HTMLElement {
    const link = element('button', { type: 'button', class: 'link', 'data-port': path, 'data-action': name }, label);
    link.addEventListener('click', (event) => {
      event.preventDefault();
      this.context.request({ name: 'port', params: { path, do: name } });
    });
    return link;
  }
}
