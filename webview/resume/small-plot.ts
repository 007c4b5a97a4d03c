import { element, svg } from '../common/element';

const margins = { left: 44, right: 8, top: 24, bottom: 22 } as const;

export interface PlotTick {
  readonly value: number;
  readonly label: string;
}

export interface PlotLine {
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Class of the line in view.css, which gives it colour and dash. */
  readonly look: string;
  readonly isFilled?: boolean;
}

export interface PlotDot {
  readonly x: number;
  readonly y: number;
  readonly look: string;
  /** Makes the dot something to press. */
  readonly onPress?: () => void;
}

export interface PlotInput {
  readonly label: string;
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly xTicks: readonly PlotTick[];
  readonly yTicks: readonly PlotTick[];
  readonly lines: readonly PlotLine[];
  readonly dots: readonly PlotDot[];
  /** A dashed vertical line with words above the plot. */
  readonly mark?: { readonly x: number; readonly text: string };
  /** Words above the plot without a line. */
  readonly note?: { readonly x: number; readonly text: string };
}

/** A small chart of a few points, drawn as SVG so that the theme's variables hold in it. */
export class SmallPlot {
  readonly root: HTMLElement;
  private input: PlotInput | undefined;

  constructor(private readonly heightPx: number) {
    this.root = element('div', { class: 'small-plot', style: `height:${heightPx}px` });
    new ResizeObserver(() => this.draw()).observe(this.root);
  }

  show(input: PlotInput): void {
    this.input = input;
    this.draw();
  }

  private draw(): void {
    const { input } = this;
    const width = this.root.clientWidth;
    if (input === undefined || width === 0) return;
    const bottom = this.heightPx - margins.bottom;
    const x = (value: number): number => margins.left + ((value - input.x[0]) / (input.x[1] - input.x[0])) * (width - margins.left - margins.right);
    const y = (value: number): number => bottom - ((value - input.y[0]) / (input.y[1] - input.y[0])) * (bottom - margins.top);
    const drawing = svg('svg', { width, height: this.heightPx, role: 'img', 'aria-label': input.label });
    for (const { value, label } of input.yTicks) {
      drawing.append(svg('line', { class: value === input.y[0] ? 'axis' : 'grid', x1: margins.left, x2: width - margins.right, y1: y(value), y2: y(value) }),
        words(label, margins.left - 8, y(value) + 4, 'end'));
    }
    for (const { value, label } of thinned(input.xTicks, x)) drawing.append(words(label, x(value), this.heightPx - 6, 'middle'));
    for (const { points, look, isFilled } of input.lines) {
      const line = points.map(([px, py]) => `${x(px).toFixed(1)},${y(py).toFixed(1)}`).join(' ');
      const [first, last] = [points[0], points.at(-1)];
      if (isFilled && first && last) drawing.append(svg('polygon', { class: `${look} area`, points: `${x(first[0])},${bottom} ${line} ${x(last[0])},${bottom}` }));
      drawing.append(svg('polyline', { class: look, points: line }));
    }
    if (input.mark) drawing.append(svg('line', { class: 'mark', x1: x(input.mark.x), x2: x(input.mark.x), y1: margins.top - 8, y2: bottom }));
    for (const dot of input.dots) drawing.append(...this.dot(dot, x(dot.x), y(dot.y)));
    if (input.mark) drawing.append(markWords(input.mark.text, x(input.mark.x), width));
    if (input.note) drawing.append(words(input.note.text, Math.min(x(input.note.x) + 8, width - margins.right), margins.top - 8, x(input.note.x) > width / 2 ? 'end' : 'start'));
    this.root.replaceChildren(drawing);
  }

  private dot({ look, onPress }: PlotDot, x: number, y: number): SVGElement[] {
    const circle = svg('circle', { class: look, cx: x, cy: y, r: look.includes('chosen') ? 5 : 3.5 });
    if (onPress === undefined) return [circle];
    // A ring of 7 px is hard to hit.
    const target = svg('circle', { class: 'target', cx: x, cy: y, r: 12 });
    target.addEventListener('click', onPress);
    return [circle, target];
  }
}

/** Labels keep a distance of 44 px. */
function thinned(ticks: readonly PlotTick[], x: (value: number) => number): PlotTick[] {
  const kept: PlotTick[] = [];
  for (const tick of ticks) {
    const last = kept.at(-1);
    if (last === undefined || x(tick.value) - x(last.value) >= 44) kept.push(tick);
  }
  return kept;
}

function markWords(text: string, x: number, width: number): SVGElement {
  const isRight = x > width / 2;
  const made = words(text, isRight ? x - 8 : x + 8, margins.top - 8, isRight ? 'end' : 'start');
  made.classList.add('strong');
  return made;
}

function words(text: string, x: number, y: number, anchor: 'start' | 'middle' | 'end'): SVGElement {
  const made = svg('text', { x, y, 'text-anchor': anchor });
  made.textContent = text;
  return made;
}

/** About four round values within a range. */
export function roundTicks(from: number, to: number, label: (value: number) => string): PlotTick[] {
  const rough = (to - from) / 4;
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1e-9)));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const ticks: PlotTick[] = [];
  for (let value = Math.ceil(from / step) * step; value <= to + step * 1e-9; value += step) ticks.push({ value, label: label(value) });
  return ticks;
}
