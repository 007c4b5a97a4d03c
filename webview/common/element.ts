/** An element with attributes and children; texts are never read as HTML. */
export function element(tag: string, attributes: Readonly<Record<string, string>> = {}, ...children: readonly (Node | string)[]): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Glyphs that view.css names. */
export type IconName =
  | 'save' | 'copy' | 'terminal'
  | 'debug-pause' | 'play' | 'stop' | 'stop-after' | 'repo-forked' | 'debug-continue' | 'refresh' | 'warning' | 'error' | 'info' | 'pass'
  | 'file-media' | 'zap' | 'circle-filled' | 'circle-outline' | 'debug-stop' | 'clock' | 'lock' | 'add' | 'lightbulb' | 'close'
  | 'search' | 'filter' | 'check' | 'files' | 'chevron-down' | 'chevron-left' | 'chevron-right' | 'arrow-right' | 'arrow-up' | 'arrow-down'
  | 'circle-slash' | 'discard' | 'checklist'
  | 'export' | 'target' | 'chip' | 'star-full' | 'person' | 'folder-opened';

/** A glyph of the codicon font, hidden from assistive technology: the text beside it says the same. */
export function icon(name: IconName): HTMLElement {
  return element('span', { class: `icon icon-${name}`, 'aria-hidden': 'true' });
}

/** Sets a text only when it differs, so that selections and screen readers are left alone. */
export function setText(target: Node, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

const svgNamespace = 'http://www.w3.org/2000/svg';

/** An SVG element with attributes and children. */
export function svg(tag: string, attributes: Readonly<Record<string, string | number>> = {}, ...children: readonly (Node | string)[]): SVGElement {
  const made = document.createElementNS(svgNamespace, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}
