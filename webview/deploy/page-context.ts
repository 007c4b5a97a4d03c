import type { ActionView, DeployRequest, SignView } from '../../src/protocol/deploy-panel';
import type { DeployStringKey } from '../../src/protocol/deploy-strings';
import { element, icon } from '../common/element';
import type { PageText } from '../common/page-texts';

/** What every section of the page needs. */
export interface PageContext {
  readonly text: PageText<DeployStringKey>;
  /** Asks the host; a refusal is shown on the page. */
  readonly request: (request: DeployRequest) => void;
}

/** A word with its icon. */
export function sign({ icon: glyph, tone, text }: SignView): HTMLElement {
  return element('span', { class: 'sign' }, element('span', { class: tone }, icon(glyph)), text);
}

/** An action as a link. */
export function actionLink({ name, label, disabledBecause }: ActionView, { request }: PageContext): HTMLElement {
  const link = element('button', { type: 'button', class: 'link', 'data-action': name, ...(disabledBecause === undefined ? {} : { 'aria-disabled': 'true', 'title': disabledBecause }) }, label);
  if (disabledBecause === undefined) link.addEventListener('click', () => request({ name: 'action', params: { name } }));
  return link;
}

/** Draws again only when what is shown has changed, and keeps the focus on the same control. */
export class Redrawn {
  private shown = '';

  constructor(private readonly root: HTMLElement) {}

  /** @param key everything that `draw` reads */
  draw(key: unknown, draw: () => readonly (Node | string)[]): void {
    const now = JSON.stringify(key) ?? '';
    if (now === this.shown) return;
    this.shown = now;
    const focused = this.root.contains(document.activeElement) ? this.nameOf(document.activeElement) : undefined;
    this.root.replaceChildren(...draw());
    if (focused !== undefined) this.root.querySelector<HTMLElement>(focused)?.focus();
  }

  private nameOf(target: Element | null): string | undefined {
    const named = target?.closest<HTMLElement>('[data-action], [data-port]');
    if (!named) return undefined;
    const { action, port } = named.dataset;
    return [action === undefined ? '' : `[data-action="${action}"]`, port === undefined ? '' : `[data-port="${CSS.escape(port)}"]`].join('');
  }
}
