import type { KmodelInspection } from '../../src/protocol/kmodel-inspection';
import { element, icon } from '../common/element';
import { milliseconds, type PageContext } from './page-context';

/** KPU and CPU as parts of the estimated time; nothing where there is no estimate. */
export function timeSplit(context: PageContext, { estimatedMs, cpuShare }: KmodelInspection): HTMLElement[] {
  if (estimatedMs === undefined || cpuShare === undefined) return [];
  const { figures, text } = context;
  const parts = (['kpu', 'cpu'] as const).map((unit) => {
    const share = unit === 'cpu' ? cpuShare : 1 - cpuShare;
    return { unit, share, label: text('timePart', text(unit), milliseconds(context, share * estimatedMs), figures.percentText(share, 0)) };
  });
  const bar = element('div', { 'class': 'bigbar', 'role': 'img', 'aria-label': parts.map(({ label }) => label).join('. ') }, ...parts.filter(({ share }) => share > 0).map(({ unit, share }) => {
    const part = element('i', { class: unit });
    part.style.flexGrow = String(share);
    return part;
  }));
  const legend = element('div', { class: 'row between sm' }, ...parts.map(({ unit, label }) => element('span', { class: 'row' }, element('i', { class: `swatch ${unit}` }), label)));
  return [element('section', { 'aria-labelledby': 'time-title' },
    element('div', { class: 'ptitle' }, element('h2', { id: 'time-title' }, text('timeTitle')), element('span', { class: 'v num' }, `${figures.fixed(estimatedMs, 1)}\u00a0ms`)), bar, legend)];
}

/** Which firmware loads the file, and what it leaves free. */
export function firmwareList({ text }: PageContext, { firmware }: KmodelInspection): HTMLElement {
  return element('section', { 'aria-labelledby': 'firmware-title' }, element('h2', { id: 'firmware-title' }, text('firmware')),
    element('ul', { class: 'firmware' }, ...firmware.map(({ name, loads, remark }) => element('li', { 'data-loads': String(loads) },
      element('span', { class: loads ? 'good' : 'bad' }, icon(loads ? 'pass' : 'error'), element('span', { class: 'sr' }, text(loads ? 'firmwareLoads' : 'firmwareRefuses'))),
      element('span', {}, name), element('span', { class: 'mute sm' }, remark)))));
}

/** Sentences about what may go wrong; nothing when there are none. */
export function noteList({ text }: PageContext, { notes, factsProblem }: KmodelInspection): HTMLElement[] {
  const all = [...notes, ...(factsProblem === undefined ? [] : [factsProblem])];
  if (all.length === 0) return [];
  return [element('section', { 'class': 'notes', 'aria-label': text('notes') }, ...all.map((note) => element('div', { class: 'find' }, element('span', { class: 'warn' }, icon('warning')), element('p', {}, note))))];
}
