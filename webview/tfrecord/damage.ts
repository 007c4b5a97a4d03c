import type { RecordsView } from '../../src/protocol/records-page';
import { element, icon } from '../common/element';
import type { PageContext } from './page-context';

/** What was passed over; nothing when all is whole. */
export function damageList({ figures, text }: PageContext, { damage, damages }: RecordsView): HTMLElement[] {
  if (damages === 0) return [];
  const places = damage.map(({ position, why }) => element('li', {}, text('damagePlace', figures.count(position), why)));
  const more = damages > damage.length ? [element('li', {}, text('damageMore', figures.count(damages - damage.length)))] : [];
  return [element('div', { class: 'find damage', role: 'status' }, element('span', { class: 'warn' }, icon('warning')),
    element('div', {}, element('p', {}, damages === 1 ? text('damageOne') : text('damageMany', figures.count(damages))), element('ul', { class: 'mute sm' }, ...places, ...more)))];
}
