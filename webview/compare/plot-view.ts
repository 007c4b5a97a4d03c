import { element } from '../common/element';
import { svgDocument } from './standalone-svg';

/** Shows a drawing that this page has made, or a sentence in its place. */
export class PlotView {
  readonly root = element('div', { class: 'plot' });
  private shown: string | undefined;

  get widthPx(): number {
    return Math.floor(this.root.clientWidth);
  }

  /** @param svg a whole SVG element whose texts are escaped; empty when there is nothing to draw */
  show(svg: string, otherwise: string, heightPx: number): void {
    const key = svg === '' ? otherwise : svg;
    if (key === this.shown) return;
    this.shown = key;
    if (svg === '') {
      this.root.replaceChildren(element('p', { class: 'empty mute', style: `height:${heightPx}px` }, otherwise));
      return;
    }
    const drawing = new DOMParser().parseFromString(svgDocument(svg), 'image/svg+xml').documentElement;
    this.root.replaceChildren(document.importNode(drawing, true));
  }
}
