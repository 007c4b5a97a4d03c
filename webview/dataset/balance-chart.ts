import { element } from '../common/element';
import { readChartTheme, withAlpha, type ChartTheme } from '../common/theme';
import type { ExplorerModel } from './model';
import type { PageContext } from './page-context';

const plotHeight = 148;
const margin = { top: 32, bottom: 8, left: 34 } as const;

/** Photos and crops of each person, sorted; a part that is dragged over becomes the filter. Keys use two sliders beside it. */
export class BalanceChart {
  readonly root: HTMLElement;
  private readonly canvas = element('canvas', { role: 'img', id: 'balance' }) as HTMLCanvasElement;
  private readonly plot = element('div', { class: 'plot' }, this.canvas);
  private readonly from: HTMLInputElement;
  private readonly to: HTMLInputElement;
  private readonly rangeText = element('output', { class: 'sm mute num' });
  private readonly clear: HTMLElement;
  private model: ExplorerModel | undefined;
  private range: readonly [number, number] | undefined;
  private dragStart: number | undefined;

  constructor(private readonly context: PageContext, private readonly onRange: (range: readonly [number, number] | undefined) => void) {
    const { text } = context;
    this.from = slider(text('balanceFrom'), () => this.slide());
    this.to = slider(text('balanceTo'), () => this.slide());
    this.clear = element('button', { class: 'link sm' }, text('showAll'));
    this.clear.addEventListener('click', () => this.onRange(undefined));
    const key = (name: string, label: string): HTMLElement => element('span', { class: 'key' }, element('i', { class: name }), label);
    this.root = element('section', { class: 'balance' },
      element('div', { class: 'ptitle' }, element('h2', {}, text('balanceTitle')), element('span', { class: 'sm mute hint' }, text('balanceHint')), this.rangeText, this.clear,
        element('span', { class: 'v sm row keys' }, key('bar-key', text('balancePhotos')), key('line-key', text('balanceCrops')))),
      this.plot, element('div', { class: 'range-keys' }, this.from, this.to));
    this.canvas.addEventListener('pointerdown', (event) => this.beginDrag(event));
    this.canvas.addEventListener('pointermove', (event) => this.drag(event));
    this.canvas.addEventListener('pointerup', (event) => this.endDrag(event));
    new ResizeObserver(() => this.draw()).observe(this.plot);
  }

  update(model: ExplorerModel, range: readonly [number, number] | undefined): void {
    this.model = model;
    this.range = range;
    const last = Math.max(0, model.people.length - 1);
    const [from, to] = range ?? [0, last];
    for (const [input, value] of [[this.from, from], [this.to, to]] as const) {
      input.max = String(last);
      input.value = String(value);
      input.setAttribute('aria-valuetext', model.people.length === 0 ? '' : model.person(model.ranked[value] ?? 0).name);
    }
    const { figures, text } = this.context;
    this.rangeText.textContent = range === undefined ? '' : text('balanceRange', figures.count(to - from + 1), figures.count(model.people.length));
    this.clear.classList.toggle('hide', range === undefined);
    this.canvas.setAttribute('aria-label', this.label(model));
    this.draw();
  }

  draw(): void {
    const { model, canvas } = this;
    const context = canvas.getContext('2d');
    const width = this.plot.clientWidth;
    if (!model || !context || width === 0) return;
    const ratio = window.devicePixelRatio;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(plotHeight * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${plotHeight}px`;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, plotHeight);
    drawBars({ context, model, width, theme: readChartTheme(), range: this.range, label: (people) => this.context.text('balancePeople', this.context.figures.count(people)), count: (value) => this.context.figures.count(value) });
  }

  private label(model: ExplorerModel): string {
    const { figures, text } = this.context;
    const most = model.people.length === 0 ? 0 : model.person(model.ranked[0] ?? 0).count;
    const fewest = model.people.length === 0 ? 0 : model.person(model.ranked.at(-1) ?? 0).count;
    const buckets = model.plan.buckets.filter(({ people }) => people > 0).map(({ title, people }) => `${title}: ${figures.count(people)}.`).join(' ');
    return text('balanceLabel', figures.count(model.people.length), figures.count(fewest), figures.count(most), buckets);
  }

  private slide(): void {
    const [from, to] = [Number(this.from.value), Number(this.to.value)];
    this.setRange(Math.min(from, to), Math.max(from, to));
  }

  private beginDrag(event: PointerEvent): void {
    this.dragStart = this.personAt(event);
    this.canvas.setPointerCapture(event.pointerId);
  }

  private drag(event: PointerEvent): void {
    const at = this.personAt(event);
    this.canvas.title = this.model && this.model.people.length > 0 ? this.hover(this.model, at) : '';
    if (this.dragStart === undefined) return;
    this.range = [Math.min(at, this.dragStart), Math.max(at, this.dragStart)];
    this.draw();
  }

  private endDrag(event: PointerEvent): void {
    const { dragStart } = this;
    this.dragStart = undefined;
    if (dragStart === undefined) return;
    const at = this.personAt(event);
    this.setRange(Math.min(at, dragStart), Math.max(at, dragStart));
  }

  private hover(model: ExplorerModel, place: number): string {
    const person = model.person(model.ranked[place] ?? 0);
    return this.context.text('groupLabel', person.name, this.context.figures.count(person.count));
  }

  private setRange(from: number, to: number): void {
    const isAll = from === 0 && to === (this.model?.people.length ?? 0) - 1;
    this.onRange(isAll ? undefined : [from, to]);
  }

  private personAt(event: PointerEvent): number {
    const people = this.model?.people.length ?? 0;
    const share = (event.offsetX - margin.left) / Math.max(1, this.plot.clientWidth - margin.left);
    return Math.max(0, Math.min(people - 1, Math.floor(share * people)));
  }
}

interface BarsPlan {
  readonly context: CanvasRenderingContext2D;
  readonly model: ExplorerModel;
  readonly width: number;
  readonly theme: ChartTheme;
  readonly range: readonly [number, number] | undefined;
  readonly label: (people: number) => string;
  readonly count: (value: number) => string;
}

/** With more people than pixels each column shows the largest of its people. */
function drawBars(plan: BarsPlan): void {
  const { context, model, width, theme, range } = plan;
  const { ranked } = model;
  const people = ranked.length;
  const inner = width - margin.left;
  const most = Math.max(1, ...[0, 1].map((i) => (i === 0 ? Math.max(0, ...sampled(ranked, (person) => model.person(person).count)) : Math.max(0, ...sampled(ranked, (person) => model.plan.cropsOf[person] ?? 0)))));
  const y = (value: number): number => plotHeight - margin.bottom - (value / most) * (plotHeight - margin.top - margin.bottom);
  drawScale(plan, most, y);
  const columns = Math.min(people, Math.floor(inner));
  const columnWidth = inner / Math.max(1, columns);
  const gap = columnWidth > 4 ? 1.2 : columnWidth > 2 ? 0.5 : 0;
  const [blue, orange] = [theme.runs[0]?.color ?? theme.text, theme.runs[3]?.color ?? theme.text];
  for (let column = 0; column < columns; column++) {
    const first = Math.floor((column * people) / columns);
    const last = Math.max(first, Math.floor(((column + 1) * people) / columns) - 1);
    const person = ranked[first] as number;
    const crops = model.plan.cropsOf[person] ?? 0;
    const isShown = range === undefined || (last >= range[0] && first <= range[1]);
    const x = margin.left + column * columnWidth;
    const photos = model.person(person).count;
    context.fillStyle = withAlpha(blue, (crops > 0 ? 0.9 : 0.4) * (isShown ? 1 : 0.3));
    context.fillRect(x, y(photos), Math.max(0.6, columnWidth - gap), plotHeight - margin.bottom - y(photos));
    if (crops === 0) continue;
    context.fillStyle = withAlpha(orange, isShown ? 1 : 0.35);
    context.fillRect(x - 0.2, y(crops) - 1, Math.max(0.8, columnWidth - gap + 0.4), 2);
  }
  drawBuckets(plan);
}

function sampled<T>(values: readonly number[], read: (value: number) => T): T[] {
  // Sorted by photos, so the first thousand hold the largest; crops follow them but for a factor, so the rest is looked at in steps.
  const step = Math.max(1, Math.floor(values.length / 5000));
  return values.filter((_, i) => i < 1000 || i % step === 0).map(read);
}

function drawScale({ context, width, theme, count }: BarsPlan, most: number, y: (value: number) => number): void {
  const step = niceStep(most / 2);
  context.font = `${theme.fontSize}px ${theme.fontFamily}`;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (let value = 0; value <= most; value += step) {
    context.fillStyle = theme.muted;
    context.fillText(count(value), margin.left - 8, y(value));
    context.fillStyle = value === 0 ? theme.axis : theme.grid;
    context.fillRect(margin.left, Math.round(y(value)), width - margin.left, 1);
  }
}

/** The people of each rule lie together, because both go by the number of photos. */
function drawBuckets({ context, model, width, theme, label }: BarsPlan): void {
  const inner = width - margin.left;
  const people = model.ranked.length;
  const buckets = model.plan.buckets.filter((bucket) => bucket.people > 0);
  if (buckets.length < 2) return;
  context.textAlign = 'left';
  context.textBaseline = 'alphabetic';
  let first = 0;
  let textEnd = 0;
  for (const bucket of buckets) {
    const x = margin.left + (first / people) * inner;
    if (first > 0) {
      context.strokeStyle = theme.axis;
      context.setLineDash([2, 3]);
      context.beginPath();
      context.moveTo(Math.round(x) - 0.5, 4);
      context.lineTo(Math.round(x) - 0.5, plotHeight - margin.bottom);
      context.stroke();
      context.setLineDash([]);
    }
    first += bucket.people;
    const at = x + (x > margin.left ? 6 : 0);
    const [top, below] = [label(bucket.people), bucket.effect];
    const room = margin.left + (first / people) * inner - at;
    const needed = Math.max(context.measureText(top).width, context.measureText(below).width);
    if (needed > Math.max(room, 0) && at + needed > width) continue;
    if (at < textEnd || needed > room + 24) continue;
    context.fillStyle = theme.text;
    context.fillText(top, at, 12);
    context.fillStyle = theme.muted;
    context.fillText(below, at, 26);
    textEnd = at + needed + 6;
  }
}

/** 1, 2 or 5 times a power of ten, at least `least`. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least) ?? power * 10;
}

function slider(label: string, onInput: () => void): HTMLInputElement {
  const input = element('input', { 'type': 'range', 'min': '0', 'value': '0', 'aria-label': label }) as HTMLInputElement;
  input.addEventListener('input', onInput);
  return input;
}
