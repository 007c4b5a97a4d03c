import type { ChartTheme } from '../common/chart-style';

/** A drawing as a document of its own, in SVG's namespace; within HTML it needs none. */
export function svgDocument(svg: string): string {
  return svg.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ');
}

/** A drawing of the page with colours of its own, so that it looks the same in any viewer. Empty stays empty. */
export function standaloneSvg(svg: string, theme: ChartTheme): string {
  if (svg === '') return '';
  const { text, muted, axis, background, fontFamily, fontSize } = theme;
  const style = [
    `text{fill:${text};font:${fontSize}px ${fontFamily.replaceAll('"', "'").replaceAll('<', '')}}`, '.strong{font-weight:600}', `.grid{stroke:${axis};stroke-opacity:.28}`,
    `.axis,.tick{stroke:${axis}}`, `.undecided{fill:${muted};fill-opacity:.1}`, `.mark{stroke:${text};stroke-dasharray:3 3}`, `.dot{stroke:${background}}`,
    `.threshold{stroke:${text};stroke-width:2}`, `.pill-ground{fill:${text}}`, `text.pill-text{fill:${background};font-weight:600}`,
  ].join('');
  const [, width = '0', height = '0'] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? [];
  const head = /^<svg [^>]*>/.exec(svg)?.[0] ?? '';
  return `${svgDocument(head).replace('<svg ', `<svg width="${width}" height="${height}" `)}<style>${style}</style><rect width="${width}" height="${height}" fill="${background}"/>${svg.slice(head.length)}\n`;
}
