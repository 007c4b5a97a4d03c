import type { CompareRow } from '../../src/protocol/compare-panel';
import { linearAxis, pixel, plotSvg, rateAxis, text, type Plot, type PlotFrame, type PlotPlace } from '../../src/protocol/plot-frame';
import type { RunStyle } from '../common/chart-style';

export interface CurvesInput {
  readonly rows: readonly { readonly row: CompareRow; readonly style: RunStyle }[];
  readonly kind: 'roc' | 'det';
  readonly description: string;
  readonly axisTitle: string;
  /** Of false accepts, where the marks stand, and its label. */
  readonly mark?: { readonly rate: number; readonly label: string };
  readonly formatShare: (share: number) => string;
  readonly width: number;
  readonly height: number;
}

type Points = readonly (readonly [x: number, y: number])[];

/** Lowest height of a DET curve: one pair in a thousand. */
const lowestRejects = 1e-3;

/** ROC or DET curves over a logarithmic axis of false accepts; each begins where enough pairs decide. */
export function curvesPlot(input: CurvesInput): string {
  const { rows, kind, width, height, mark } = input;
  const frame: PlotFrame = { width, height, area: { left: 44, right: width - 8, top: 8, bottom: height - 42 } };
  const begin = Math.min(...rows.map(({ row }) => row.evaluation?.curve[0]?.[0] ?? 1));
  const low = 10 ** Math.floor(Math.log10(Math.min(0.1, begin)) + 1e-9);
  const heightOf = (tar: number): number => (kind === 'roc' ? tar : Math.max(lowestRejects, 1 - tar));
  const lines = rows.map(({ row, style }) => ({
    style, points: (row.evaluation?.curve ?? []).map(([far, tar]) => [far, heightOf(tar)] as const), marked: row.evaluation?.tarAtFar.find(({ far }) => far === mark?.rate)?.tar,
  }));
  const plot: Plot = {
    description: input.description,
    x: rateAxis(low, input.axisTitle),
    y: kind === 'roc' ? shareAxis(Math.min(1, ...lines.flatMap(({ points }) => points.map(([, tar]) => tar))), input.formatShare) : rateAxis(lowestRejects, ''),
    marks: (place) => [
      ...(begin > low * 1.001 ? [`<rect class="undecided" x="${place.area.left}" y="${place.area.top}" width="${pixel(place.x(begin) - place.area.left)}" height="${place.area.bottom - place.area.top}"/>`] : []),
      ...(mark && mark.rate >= low ? [markLine(place, mark)] : []),
      ...[...lines].reverse().map(({ style, points }) => line(place, style, points)),
      ...(mark ? lines.flatMap(({ style, marked }) => (marked === undefined ? [] : [dot(place, style, mark.rate, heightOf(marked))])) : []),
    ],
  };
  return plotSvg(plot, frame);
}

/** From the round share below the lowest value up to 1. */
function shareAxis(lowest: number, format: (share: number) => string): Plot['y'] {
  const step = lowest > 0.5 ? 0.1 : 0.2;
  const low = Math.max(0, Math.min(1 - 2 * step, Math.floor(lowest / step + 1e-9) * step));
  const count = Math.round((1 - low) / step);
  return linearAxis(low, 1, '', Array.from({ length: count + 1 }, (_, index) => low + index * step).map((value) => ({ value, label: format(value) })));
}

function line({ x, y }: PlotPlace, { color, dash }: RunStyle, points: Points): string {
  const places = points.map(([far, value]) => `${pixel(x(far))},${pixel(y(value))}`).join(' ');
  return `<polyline fill="none" stroke="${color}" stroke-width="2" stroke-linejoin="round"${dash.length === 0 ? '' : ` stroke-dasharray="${dash.join(' ')}"`} points="${places}"/>`;
}

function markLine({ x, area }: PlotPlace, { rate, label }: NonNullable<CurvesInput['mark']>): string {
  const isRight = x(rate) > (area.left + area.right) / 2;
  return `<line class="mark" x1="${pixel(x(rate))}" x2="${pixel(x(rate))}" y1="${area.top}" y2="${area.bottom}"/>${text(x(rate) + (isRight ? -8 : 8), area.bottom - 8, label, isRight ? 'end' : 'start', 'strong')}`;
}

function dot({ x, y }: PlotPlace, { color }: RunStyle, rate: number, value: number): string {
  return `<circle class="dot" cx="${pixel(x(rate))}" cy="${pixel(y(value))}" r="3.5" fill="${color}"/>`;
}
