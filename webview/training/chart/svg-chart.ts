import type { ChartInput, ChartSeries } from './chart-input';
import { average, decimate, type Point, type Points } from './points';
import { linearTicks, logTicks, type Range } from './range';

/** A chart as it goes into a picture. */
export interface SvgBlock {
  readonly title: string;
  readonly input: ChartInput;
}

const size = { width: 960, height: 300, left: 64, right: 16, top: 44, bottom: 30, legend: 24 } as const;
const rawOpacity = 0.25;

/** All charts below each other as one SVG document, with the theme's colours written out so that it looks the same everywhere. */
export function chartsSvg(blocks: readonly SvgBlock[]): string {
  const [first] = blocks;
  if (first === undefined) return '';
  const { theme } = first.input;
  const names = [...new Map(blocks.flatMap(({ input }) => input.series).map((series) => [series.runName, series])).values()].reverse();
  const height = size.legend + 16 + blocks.length * size.height;
  const charts = blocks.map((block, index) => `<g transform="translate(0 ${size.legend + 16 + index * size.height})">${chart(block)}</g>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${height}" viewBox="0 0 ${size.width} ${height}" font-family="${escaped(theme.fontFamily)}" font-size="11">\n`
    + `<rect width="100%" height="100%" fill="${escaped(theme.background)}"/>\n${legend(names, theme.text)}\n${charts.join('\n')}\n</svg>\n`;
}

function legend(series: readonly ChartSeries[], color: string): string {
  const each = Math.min(220, (size.width - size.left) / Math.max(1, series.length));
  return series.map(({ runName, style }, index) => {
    const x = size.left + index * each;
    return `<path d="M${x} 20h28" ${stroke(style.color, 2, style.dash)}/>${label(runName, x + 36, 24, color, 'start')}`;
  }).join('');
}

function chart({ title, input }: SvgBlock): string {
  const { x, y, theme, logY, series } = input;
  const bottom = size.height - size.bottom;
  const scaleX = (value: number): number => size.left + ((value - x.from) / (x.to - x.from)) * (size.width - size.left - size.right);
  const [low, high] = logY ? [Math.log10(y.from), Math.log10(y.to)] : [y.from, y.to];
  const scaleY = (value: number): number => bottom - (((logY ? Math.log10(value) : value) - low) / (high - low)) * (bottom - size.top);
  const yTicks = logY ? logTicks(y) : linearTicks(y, 5);
  const grid = yTicks.map((value) => `<path d="M${size.left} ${fixed(scaleY(value))}H${size.width - size.right}" stroke="${escaped(theme.axis)}" stroke-opacity="0.28"/>`
    + label(input.formatY(value), size.left - 8, scaleY(value) + 4, theme.muted, 'end')).join('');
  const xTicks = linearTicks(x, 8).map((value) => label(input.formatX(value), scaleX(value), bottom + 18, theme.muted, 'middle')).join('');
  const clip = `clip-${title.replace(/\W+/g, '-')}`;
  const lines = series.map((one) => curve(one, x, { scaleX, scaleY, logY })).join('');
  const forks = input.marks.forks.filter((fork) => fork.x >= x.from && fork.x <= x.to)
    .map((fork) => `<path d="M${fixed(scaleX(fork.x))} ${size.top}V${bottom}" ${stroke(theme.text, 1, [3, 3])}/>`).join('');
  return `<text x="${size.left}" y="24" font-size="13" font-weight="600" fill="${escaped(theme.text)}">${escaped(title)}</text>${grid}`
    + `<path d="M${size.left} ${bottom}H${size.width - size.right}" stroke="${escaped(theme.axis)}"/>${xTicks}`
    + `<clipPath id="${clip}"><rect x="${size.left}" y="${size.top}" width="${size.width - size.left - size.right}" height="${bottom - size.top}"/></clipPath>`
    + `<g clip-path="url(#${clip})" fill="none" stroke-linejoin="round">${lines}</g>${forks}`;
}

interface Scales {
  readonly scaleX: (value: number) => number;
  readonly scaleY: (value: number) => number;
  readonly logY: boolean;
}

function curve({ raw, curve: points, style, isMeasured }: ChartSeries, x: Range, scales: Scales): string {
  const pixels = size.width - size.left - size.right;
  const faint = raw === undefined ? '' : path(decimate(raw, x.from, x.to, pixels), scales, `${stroke(style.color, 1, [])} stroke-opacity="${rawOpacity}"`);
  const dots = isMeasured ? dotsOf(points, scales, style.color) : '';
  return faint + path(average(points, x.from, x.to, pixels / 2), scales, stroke(style.color, 2, style.dash)) + dots;
}

function dotsOf({ x, y }: Points, { scaleX, scaleY }: Scales, color: string): string {
  return Array.from(x, (value, index) => `<circle cx="${fixed(scaleX(value))}" cy="${fixed(scaleY(y[index] as number))}" r="2.5" fill="${escaped(color)}"/>`).join('');
}

/** A gap starts the line anew. */
function path(points: readonly Point[], { scaleX, scaleY, logY }: Scales, look: string): string {
  let command = 'M';
  let data = '';
  for (const { x, y } of points) {
    if (!Number.isFinite(y) || (logY && y <= 0)) {
      command = 'M';
      continue;
    }
    data += `${command}${fixed(scaleX(x))} ${fixed(scaleY(y))}`;
    command = 'L';
  }
  return `<path d="${data}" ${look}/>`;
}

function stroke(color: string, width: number, dash: readonly number[]): string {
  return `stroke="${escaped(color)}" stroke-width="${width}"${dash.length === 0 ? '' : ` stroke-dasharray="${dash.join(' ')}"`}`;
}

function label(text: string, x: number, y: number, color: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${fixed(x)}" y="${fixed(y)}" fill="${escaped(color)}" text-anchor="${anchor}">${escaped(text)}</text>`;
}

function fixed(value: number): string {
  return value.toFixed(1);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
