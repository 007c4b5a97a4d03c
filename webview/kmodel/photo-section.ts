import type { PhotoResult } from '../../src/protocol/kmodel-page';
import { element, icon, svg } from '../common/element';
import type { PageContext } from './page-context';

const chartWidth = 256;
const chartHeight = 48;

/** What the model makes of one photo or two. */
export function photoSection(context: PageContext, result: PhotoResult): HTMLElement {
  const { text } = context;
  return element('section', { 'class': 'photos', 'aria-labelledby': 'photos-title', 'tabindex': '-1' }, element('h2', { id: 'photos-title' }, text('photoTitle')),
    element('div', { class: 'photolist' }, ...result.photos.map((photo, index) => photoItem(context, photo, result.values[index] ?? []))), ...verdict(context, result));
}

function photoItem(context: PageContext, { name, picture }: PhotoResult['photos'][number], values: readonly number[]): HTMLElement {
  const { text, figures } = context;
  const length = Math.hypot(...values);
  return element('figure', {}, ...(picture === undefined ? [] : [element('img', { src: picture, alt: text('photoPicture', name) })]),
    element('figcaption', {}, element('span', { class: 'ell' }, name), element('span', { class: 'mute sm num' }, text('photoLength', figures.count(values.length), figures.fixed(length, 3))), valueBars(context, name, values)));
}

/** A bar for each value, up or down from zero. */
function valueBars({ text, figures }: PageContext, name: string, values: readonly number[]): SVGElement {
  const most = Math.max(...values.map(Math.abs), 1e-9);
  const step = chartWidth / Math.max(1, values.length);
  const label = text('photoChart', name, figures.count(values.length), figures.fixed(Math.min(...values), 3), figures.fixed(Math.max(...values), 3));
  return svg('svg', { 'class': 'values', 'viewBox': `0 0 ${chartWidth} ${chartHeight}`, 'preserveAspectRatio': 'none', 'role': 'img', 'aria-label': label, 'data-values': JSON.stringify(values) },
    svg('line', { class: 'axis', x1: 0, x2: chartWidth, y1: chartHeight / 2, y2: chartHeight / 2 }),
    ...values.map((value, index) => {
      const height = (Math.abs(value) / most) * (chartHeight / 2);
      return svg('rect', { x: index * step, y: value > 0 ? chartHeight / 2 - height : chartHeight / 2, width: Math.max(0.6, step * 0.8), height });
    }));
}

function verdict({ text, figures }: PageContext, { pair, toFloat }: PhotoResult): HTMLElement[] {
  const line = (tone: string, glyph: 'pass' | 'error' | 'info', ...parts: readonly string[]): HTMLElement =>
    element('div', { class: 'find verdict', role: 'status' }, element('span', { class: tone }, icon(glyph)), ...parts.map((part) => element('p', {}, part)));
  if (pair !== undefined) {
    const cosine = figures.fixed(pair.cosine, 4);
    if (pair.threshold === undefined) return [line('info', 'info', text('photoNoThreshold', cosine))];
    const same = pair.cosine >= pair.threshold;
    return [line(same ? 'good' : 'warn', same ? 'pass' : 'error', text(same ? 'photoSame' : 'photoDifferent'), text('photoPair', cosine, figures.fixed(pair.threshold, 4)))];
  }
  if (toFloat === undefined) return [];
  return 'cosine' in toFloat ? [line('info', 'info', text('photoToFloat', toFloat.model, figures.fixed(toFloat.cosine, 4)))] : [line('warn', 'info', text('photoNoFloat', toFloat.reason))];
}
