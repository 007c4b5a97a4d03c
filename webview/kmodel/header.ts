import type { KmodelView } from '../../src/protocol/kmodel-page';
import { element } from '../common/element';
import { button } from '../common/ui';
import type { PageContext } from './page-context';
import { withTimesSigns } from './rows';

const dot = (): HTMLElement => element('span', { class: 'dot' }, ' · ');

/** The file's name, one line of facts, and what can be done with it. */
export class Header {
  readonly root: HTMLElement;
  private readonly title = element('h1');
  private readonly facts = element('p');
  private readonly actions = element('div', { class: 'acts' });

  constructor(private readonly context: PageContext) {
    this.root = element('header', { class: 'head' }, element('div', { class: 'title' }, this.title, this.facts), this.actions);
  }

  /** @param view undefined while the file is read, or when it cannot be */
  update(name: string, view: KmodelView | undefined): void {
    this.title.textContent = name;
    this.facts.replaceChildren(...(view === undefined ? ['\u00a0'] : this.factParts(view)));
    this.actions.replaceChildren(...(view === undefined ? [] : this.buttons(view)));
  }

  private factParts({ inspection, source }: KmodelView): (Node | string)[] {
    const { text } = this.context;
    const { version, weightBits, input, outputs } = inspection;
    const parts: (Node | string)[] = [text('factVersion', version, weightBits), dot(), text('factInput', withTimesSigns(input)), dot(), text('factOutput', outputs.join(', '))];
    if (source === undefined) return parts;
    const [before, after] = text('factFrom', '\u0000').split('\u0000');
    return [...parts, dot(), before ?? '', source.isRun ? this.runLink(source.name) : source.name, after ?? ''];
  }

  private runLink(name: string): HTMLElement {
    const link = element('button', { type: 'button', class: 'link' }, name);
    link.addEventListener('click', () => this.context.request('openRun'));
    return link;
  }

  private buttons({ locked, inspection }: KmodelView): HTMLElement[] {
    const { text, request } = this.context;
    // The simulator's own limit, in the words of the report.
    const notRunnable = inspection.version === 3 ? undefined : inspection.notes.at(-1);
    const run = button({ label: text('runPhoto'), icon: 'file-media', kind: 'secondary', disabledBecause: locked ?? notRunnable, onPress: () => request('runPhoto') });
    return [run, button({ label: text('deploy'), icon: 'zap', kind: 'primary', disabledBecause: locked, onPress: () => request('deploy') })];
  }
}
