import type { Chart } from 'chart.js';
import type { ChartTheme } from '../../common/chart-style';
import type { ChartMarks } from './chart-input';

/** Below this width labels shorten to one line. */
const narrowPx = 500;

interface Surface {
  readonly context: CanvasRenderingContext2D;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly widthPx: number;
  readonly theme: ChartTheme;
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

/** The ground of the steps still to come; goes below the curves. */
export function drawTint(chart: Chart<'line'>, marks: ChartMarks, theme: ChartTheme): void {
  const surface = surfaceOf(chart, theme);
  if (!surface || !marks.liveEnd) return;
  const from = clamp(surface.x(marks.liveEnd.x), surface.left, surface.right);
  surface.context.fillStyle = theme.tint;
  surface.context.fillRect(from, surface.top, surface.right - from, surface.bottom - surface.top);
}

/** Everything that lies above the curves. */
export function drawMarks(chart: Chart<'line'>, marks: ChartMarks, theme: ChartTheme): void {
  const surface = surfaceOf(chart, theme);
  if (!surface) return;
  surface.context.save();
  marks.forks.forEach((fork, index) => drawFork(surface, fork, marks.labelled, index === marks.forks.length - 1));
  for (const checkpoint of marks.checkpoints) drawCheckpoint(surface, checkpoint);
  if (marks.best) drawBest(surface, marks.best);
  for (const point of marks.broken) drawCross(surface, point);
  if (marks.crossHair !== undefined) drawCrossHair(surface, marks.crossHair);
  if (marks.liveEnd) drawEnd(surface, marks.liveEnd);
  surface.context.restore();
}

function surfaceOf(chart: Chart<'line'>, theme: ChartTheme): Surface | undefined {
  const { ctx, chartArea, scales, width } = chart;
  const x = scales['x'];
  const y = scales['y'];
  if (!chartArea || !x || !y) return undefined;
  return {
    context: ctx, left: chartArea.left, right: chartArea.right, top: chartArea.top, bottom: chartArea.bottom, widthPx: width, theme,
    x: (value) => x.getPixelForValue(value),
    y: (value) => y.getPixelForValue(value),
  };
}

function drawFork(surface: Surface, fork: ChartMarks['forks'][number], labelled: boolean, isLatest: boolean): void {
  const { context, theme, top, bottom } = surface;
  if (!isWithin(surface, fork.x)) return;
  const x = Math.round(surface.x(fork.x)) + 0.5;
  context.strokeStyle = theme.text;
  context.globalAlpha = 0.8;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  strokeLine(context, x, labelled ? top - 28 : top, x, bottom);
  context.setLineDash([]);
  context.globalAlpha = 1;
  if (labelled && isLatest) drawForkLabel(surface, x, fork);
}

function drawForkLabel({ context, theme, top, widthPx }: Surface, x: number, { title, note }: { title: string; note: string }): void {
  const narrow = widthPx < narrowPx;
  context.textBaseline = 'alphabetic';
  const bold = `600 ${theme.fontSize}px ${theme.fontFamily}`;
  const plain = `${theme.fontSize}px ${theme.fontFamily}`;
  context.font = plain;
  const noteWidth = narrow ? 0 : context.measureText(note).width;
  context.font = bold;
  const width = Math.max(noteWidth, context.measureText(title).width);
  const toTheLeft = x + 8 + width > widthPx;
  context.textAlign = toTheLeft ? 'right' : 'left';
  const textX = toTheLeft ? Math.max(x - 8, width) : x + 8;
  context.fillStyle = theme.text;
  context.fillText(title, textX, top - 20);
  if (narrow) return;
  context.font = plain;
  context.fillStyle = theme.muted;
  context.fillText(note, textX, top - 6);
}

function drawCheckpoint(surface: Surface, value: number): void {
  if (!isWithin(surface, value)) return;
  const { context, theme, bottom } = surface;
  const x = Math.round(surface.x(value)) + 0.5;
  context.strokeStyle = theme.text;
  context.globalAlpha = 0.7;
  context.lineWidth = 1;
  strokeLine(context, x, bottom - 4, x, bottom);
  context.globalAlpha = 1;
}

function drawBest(surface: Surface, best: { x: number; label: string }): void {
  if (!isWithin(surface, best.x)) return;
  const { context, theme, bottom, widthPx } = surface;
  const x = surface.x(best.x);
  context.fillStyle = theme.text;
  context.beginPath();
  context.moveTo(x, bottom - 7);
  context.lineTo(x + 4, bottom);
  context.lineTo(x - 4, bottom);
  context.fill();
  if (widthPx < narrowPx) return;
  context.font = `${theme.fontSize}px ${theme.fontFamily}`;
  context.fillStyle = theme.muted;
  context.textAlign = 'center';
  context.fillText(best.label, Math.min(x, surface.right - 12), bottom - 11);
}

function drawCross({ context, x, y, top }: Surface, point: { x: number; y: number; color: string }): void {
  const centreX = x(point.x);
  const centreY = Math.max(top, y(point.y));
  context.strokeStyle = point.color;
  context.lineWidth = 1.8;
  strokeLine(context, centreX - 4, centreY - 4, centreX + 4, centreY + 4);
  strokeLine(context, centreX - 4, centreY + 4, centreX + 4, centreY - 4);
}

function drawCrossHair(surface: Surface, value: number): void {
  if (!isWithin(surface, value)) return;
  const { context, theme, top, bottom } = surface;
  const x = Math.round(surface.x(value)) + 0.5;
  context.strokeStyle = theme.axis;
  context.lineWidth = 1;
  strokeLine(context, x, top, x, bottom);
}

function drawEnd(surface: Surface, end: NonNullable<ChartMarks['liveEnd']>): void {
  if (!isWithin(surface, end.x)) return;
  const { context, theme, top, bottom, right } = surface;
  const x = surface.x(end.x);
  const y = clamp(surface.y(end.y), top, bottom);
  context.fillStyle = end.color;
  context.strokeStyle = theme.background;
  context.lineWidth = 1.5;
  context.beginPath();
  context.arc(x, y, 3.5, 0, 2 * Math.PI);
  context.fill();
  context.stroke();
  if (!end.label) return;
  context.font = `600 ${theme.fontSize}px ${theme.fontFamily}`;
  context.fillStyle = theme.text;
  const fitsRight = x + 8 + context.measureText(end.label).width <= right + 8;
  context.textAlign = fitsRight ? 'left' : 'right';
  context.fillText(end.label, fitsRight ? x + 8 : x, Math.max(top + 10, y - 8));
}

function isWithin({ x, left, right }: Surface, value: number): boolean {
  const pixel = x(value);
  return pixel >= left - 1 && pixel <= right + 1;
}

function strokeLine(context: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
