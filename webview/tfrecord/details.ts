import type { RecordDetails } from '../../src/protocol/records-page';
import { element, icon } from '../common/element';
import { personText, type PageContext } from './page-context';

/** One record: its picture, where it lies, and all of its features. */
export function recordDetails(context: PageContext, record: RecordDetails): HTMLElement[] {
  const { figures, text } = context;
  const { number, position, bytes, picture, problem, features } = record;
  const fact = (name: string, value: string): HTMLElement[] => [element('dt', {}, name), element('dd', { class: 'num' }, value)];
  return [
    element('div', { class: 'ptitle' }, element('h2', {}, text('record', figures.count(number))), element('span', { class: 'mute sm' }, personText(context, record))),
    ...(problem === undefined ? [] : [element('div', { class: 'find' }, element('span', { class: 'bad' }, icon('error')), element('p', {}, text('damagePlace', figures.count(position), problem)))]),
    ...(picture === undefined ? [] : [element('img', { class: 'large', src: picture, alt: text('picture', figures.count(number)) })]),
    element('dl', {}, ...fact(text('label'), figures.count(record.label)), ...fact(text('position'), figures.count(position)), ...fact(text('size'), `${figures.count(bytes)} B`)),
    ...(features.length === 0 ? [] : [
      element('h2', {}, text('features')),
      element('table', { class: 'features' },
        element('thead', {}, element('tr', {}, ...(['featureName', 'featureKind', 'featureValue'] as const).map((key) => element('th', { scope: 'col' }, text(key))))),
        element('tbody', {}, ...features.map(({ name, kind, count, value }) => element('tr', {}, element('td', {}, name), element('td', { class: 'mute' }, count > 1 ? `${kind} × ${figures.count(count)}` : kind), element('td', { class: 'num' }, value))))),
    ]),
  ];
}
