import { flashAddressText } from '../../src/protocol/flash-address';
import type { MapBlockView, TargetView } from '../../src/protocol/deploy-panel';
import { svg } from '../common/element';
import { spreadLabels } from './spread-labels';

const height = 356;
const margin = 8;
/** Two lines of words, and what keeps them apart. */
const labelHeight = 34;
const addressHeight = 13;
const narrowWidth = 340;

/** The flash to scale, what is on it and what is to come. */
export function flashMap({ blocks, flashBytes, mapLabel }: TargetView, width: number): SVGElement {
  const isNarrow = width < narrowWidth;
  const left = isNarrow ? 72 : 84;
  const barWidth = isNarrow ? 48 : 72;
  const yOf = (address: number): number => margin + (address / flashBytes) * (height - 2 * margin);
  const drawing = svg('svg', { viewBox: `0 0 ${width} ${height}`, height: String(height), role: 'img', 'aria-label': mapLabel });
  drawing.append(hatch(), svg('rect', { class: 'ground', x: left, y: margin, width: barWidth, height: height - 2 * margin }));
  const drawn = blocks.filter(({ kind }) => kind !== 'free');
  for (const block of drawn) {
    const place = { x: left, y: yOf(block.address), width: barWidth, height: Math.max(2, yOf(block.end) - yOf(block.address)) };
    drawing.append(svg('rect', { class: `block ${block.kind}${block.bad === true ? ' bad' : ''}`, ...place }));
    if (block.kind === 'firmware' || block.kind === 'files') drawing.append(svg('rect', { fill: 'url(#hatch)', ...place }));
  }
  drawing.append(...addresses(drawn, flashBytes, left, yOf), ...labels(blocks, left + barWidth + 16, width, yOf));
  return drawing;
}

/** Where something begins, and where the new ends. */
function addresses(blocks: readonly MapBlockView[], flashBytes: number, left: number, yOf: (address: number) => number): SVGElement[] {
  const ends = blocks.filter(({ kind }) => kind === 'new').map(({ end }) => end);
  const places = [...new Set([0, ...blocks.map(({ address }) => address), ...ends.filter((end) => end < flashBytes)])].sort((a, b) => a - b);
  const wanted = [...places.map((address) => ({ at: yOf(address), height: addressHeight, text: flashAddressText(address), strong: !ends.includes(address) })),
    { at: yOf(flashBytes), height: addressHeight, text: flashAddressText(flashBytes - 1), strong: false }];
  return spreadLabels(wanted, height).map(({ label, y }) => words(label.text, label.strong ? 'a strong-address' : 'a', left - 8, y + 4, 'end'));
}

function labels(blocks: readonly MapBlockView[], x: number, width: number, yOf: (address: number) => number): SVGElement[] {
  const sorted = [...blocks].sort((a, b) => a.address + a.end - b.address - b.end);
  const wanted = sorted.map((block) => ({ at: (yOf(block.address) + yOf(block.end)) / 2, height: block.kind === 'free' ? labelHeight / 2 : labelHeight, block }));
  return spreadLabels(wanted, height).flatMap(({ label: { block }, y }) => {
    if (block.kind === 'free') return [words(block.title, '', x, y + 4, 'start')];
    const longest = Math.max(8, Math.floor((width - x) / 6.6));
    return [words(shortened(block.title, longest), block.kind === 'new' ? 'strong new' : 'strong', x, y - 3, 'start', block.title), words(shortened(block.note, longest + 4), '', x, y + 13, 'start', block.note)];
  });
}

function shortened(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

function words(text: string, kind: string, x: number, y: number, anchor: 'start' | 'end', whole = text): SVGElement {
  const made = svg('text', { x, y, 'class': kind, 'text-anchor': anchor });
  made.textContent = text;
  if (whole !== text) {
    const title = svg('title', {});
    title.textContent = whole;
    made.append(title);
  }
  return made;
}

function hatch(): SVGElement {
  const definitions = svg('defs', {});
  const pattern = svg('pattern', { id: 'hatch', width: 5, height: 5, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' });
  pattern.append(svg('path', { class: 'hatch', d: 'M0 0V5' }));
  definitions.append(pattern);
  return definitions;
}
