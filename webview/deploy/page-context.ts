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
