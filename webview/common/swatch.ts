import { svg } from './element';
import type { RunStyle } from './theme';

/** A piece of the run's line. */
export function swatch({ color, dash }: RunStyle): SVGElement {
  const line = svg('path', { 'd': 'M0 4H28', 'stroke': color, 'stroke-width': 2, 'stroke-dasharray': dash.join(' ') });
  return svg('svg', { 'width': 28, 'height': 8, 'aria-hidden': 'true' }, line);
}
