import type { Chart, Scale } from 'chart.js';
import { withAlpha } from '../../common/theme';
import type { ChartSeries } from './chart-input';
import type { Point } from './points';

/** One series with its points as thinned for the chart. */
export interface Curve {
  readonly series: ChartSeries;
  readonly raw?: readonly Point[];
  readonly points: readonly Point[];
}

const rawOpacity = 0.2;
const dotRadius = 2.5;
/** A dot on the edge of the plot shows whole. */
const dotRoomPx = 4;

/**
 * Draws curves over each other, the last one on top. Chart.js would do it with an object for each point, which it makes anew with
 * every update: with ten long runs that takes longer than a frame.
 */
export function drawCurves(chart: Chart<'line'>, curves: readonly Curve[], logY: boolean): void {
  const { ctx: context, chartArea, scales } = chart;
  const [x, y] = [scales['x'], scales['y']];
  if (!chartArea || !x || !y) return;
  const place: Place = { x: pixels(x, false), y: pixels(y, logY), logY };
  context.save();
  context.lineJoin = 'round';
  for (const { series, raw, points } of curves) {
    const { style, strength, isMeasured = false } = series;
    const color = strength === 1 ? style.color : withAlpha(style.color, strength);
    const room = isMeasured ? dotRoomPx : 1;
    context.save();
    context.beginPath();
    context.rect(chartArea.left - room, chartArea.top - room, chartArea.width + 2 * room, chartArea.height + 2 * room);
    context.clip();
    if (raw) strokeLine(context, raw, place, { color: withAlpha(style.color, rawOpacity * strength), width: 1, dash: [] });
    strokeLine(context, points, place, { color, width: style.dash.length === 0 ? 2 : 1.75, dash: style.dash });
    if (isMeasured) fillDots(context, points, place, color);
    context.restore();
  }
  context.restore();
}

interface Place {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  /** Values of 0 and below have no place then. */
  readonly logY: boolean;
}

/** What a scale does with a value, without its looking up options for each one. */
function pixels(scale: Scale, isLogarithmic: boolean): (value: number) => number {
  const transformed = (value: number): number => (isLogarithmic ? Math.log10(value) : value);
  const [low, high] = [transformed(scale.min), transformed(scale.max)];
  const [from, to] = [scale.getPixelForValue(scale.min), scale.getPixelForValue(scale.max)];
  const each = (to - from) / (high - low);
  return isLogarithmic ? (value) => from + (Math.log10(value) - low) * each : (value) => from + (value - low) * each;
}

function isDrawn(y: number, logY: boolean): boolean {
  return Number.isFinite(y) && (!logY || y > 0);
}

/** A gap starts the line anew. */
function strokeLine(context: CanvasRenderingContext2D, points: readonly Point[], place: Place, { color, width, dash }: { readonly color: string; readonly width: number; readonly dash: readonly number[] }): void {
  context.beginPath();
  let isOpen = false;
  for (const { x, y } of points) {
    if (!isDrawn(y, place.logY)) isOpen = false;
    else if (isOpen) context.lineTo(place.x(x), place.y(y));
    else {
      context.moveTo(place.x(x), place.y(y));
      isOpen = true;
    }
  }
  context.strokeStyle = color;
  context.lineWidth = width;
  context.setLineDash([...dash]);
  context.stroke();
}

function fillDots(context: CanvasRenderingContext2D, points: readonly Point[], place: Place, color: string): void {
  context.fillStyle = color;
  for (const { x, y } of points) {
    if (!isDrawn(y, place.logY)) continue;
    context.beginPath();
    context.arc(place.x(x), place.y(y), dotRadius, 0, 2 * Math.PI);
    context.fill();
  }
}
