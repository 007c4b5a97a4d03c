import { element } from '../common/element';
import type { RunStyle } from '../common/chart-style';
import type { RunChart } from './chart/run-chart';

/** The small text beside the cross-hair. Hidden from assistive technology: the live region says the same. */
export class Readout {
  readonly root = element('div', { class: 'readout hide', 'aria-hidden': 'true' });

  show(chart: RunChart, x: number, title: string, rows: readonly { readonly name: string; readonly value: string; readonly style: RunStyle }[]): void {
    this.root.replaceChildren(element('b', {}, title), ...rows.map(({ name, value, style }) => {
      const mark = element('i');
      mark.style.background = style.color;
      return element('div', { class: 'row' }, mark, element('span', { class: 'ell' }, name), element('span', { class: 'num' }, value));
    }));
    if (this.root.parentElement !== chart.plot) chart.plot.append(this.root);
    this.root.classList.remove('hide');
    const pixel = chart.pixelOf(x);
    const toTheLeft = pixel > chart.plot.clientWidth / 2;
    this.root.style.left = toTheLeft ? '' : `${pixel + 12}px`;
    this.root.style.right = toTheLeft ? `${chart.plot.clientWidth - pixel + 12}px` : '';
  }

  hide(): void {
    this.root.classList.add('hide');
  }
}
