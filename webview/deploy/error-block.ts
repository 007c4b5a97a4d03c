import type { DeployView } from '../../src/protocol/deploy-panel';
import { element, icon } from '../common/element';
import { Redrawn } from '../common/redrawn';
import type { PageContext } from './page-context';

/** What went wrong, why, what to do, what is safe, and the bytes for whoever helps. */
export class ErrorBlock {
  readonly root = element('div');
  private readonly redrawn = new Redrawn(this.root);

  constructor(private readonly context: PageContext) {}

  update({ error }: DeployView): void {
    this.redrawn.draw(error, () => {
      if (error === undefined) return [];
      const { text } = this.context;
      const isError = error.tone === 'bad';
      const facts = element('p', { class: 'facts sm mute' }, element('span', {}, element('span', { class: 'mono' }, error.code), error.code !== '' && error.facts !== '' ? `, ${error.facts}` : error.facts));
      const block = element('div', { class: isError ? 'fail' : 'fail cancelled', ...(isError ? { role: 'alert' } : { role: 'status' }) },
        element('h2', {}, element('span', { class: isError ? 'bad' : '' }, icon(isError ? 'error' : 'circle-slash')), element('span', {}, error.headline)));
      if (error.text !== '') block.append(element('p', {}, error.text));
      if (error.code !== '' || error.facts !== '') block.append(facts);
      if (error.bytes !== undefined) {
        const dump = element('pre', { class: 'hide', tabindex: '0' }, error.bytes);
        const toggle = element('button', { type: 'button', class: 'link', 'aria-expanded': 'false', 'data-action': 'bytes' }, text('showBytes'));
        toggle.addEventListener('click', () => {
          const isHidden = dump.classList.toggle('hide');
          toggle.setAttribute('aria-expanded', String(!isHidden));
          toggle.textContent = text(isHidden ? 'showBytes' : 'hideBytes');
        });
        facts.append(toggle);
        block.append(dump);
      }
      return [block];
    });
  }
}
