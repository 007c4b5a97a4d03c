import { deviateAxis, linearAxis, pixel, plotSvg, polyline, rateAxis, text, type PlotPlace } from '../../protocol/plot-frame';
import { decidedCurve, detPoints, fewestDecidingPairs } from '../roc';
import type { VerificationReport } from '../verification';

const mostPoints = 500;
const percentTicks = [0, 0.2, 0.4, 0.6, 0.8, 1].map((value) => ({ value, label: `${Math.round(100 * value)} %` }));

/** TAR over FAR, with its interval as a band; begins where enough pairs decide. */
export function rocPlot(report: VerificationReport): string {
  const low = Math.min(0.1, fewestDecidingPairs / report.differentPairs);
  const curve = decidedCurve(report.roc, low, mostPoints);
  return plotSvg({
    description: `Receiver operating characteristic: area ${report.auc.toFixed(4)}, equal error rate ${percent(report.eer)}`,
    x: rateAxis(low, 'False accept rate (FAR)'),
    y: linearAxis(0, 1, 'True accept rate (TAR)', percentTicks),
    marks: (place) => [
      rocBand(report, place),
      polyline('curve', curve.map(({ far, tar }) => [place.x(far), place.y(tar)])),
      ...(report.eer >= low ? eerPoint(place, { x: report.eer, y: 1 - report.eer, labelBelow: 18 }, report.eer) : []),
    ],
  });
}

/** False rejects over false accepts on normal-deviate axes; only where enough pairs of both kinds decide. */
export function detPlot(report: VerificationReport): string {
  const low = (pairs: number): number => Math.min(0.05, fewestDecidingPairs / pairs);
  const [lowFar, lowFrr, high] = [low(report.differentPairs), low(report.samePairs), 0.5];
  const curve = detPoints(report.roc, mostPoints).filter(({ far, frr }) => far >= lowFar && frr >= lowFrr && far <= high && frr <= high);
  return plotSvg({
    description: `Detection error trade-off: equal error rate ${percent(report.eer)}`,
    x: deviateAxis(lowFar, high, 'False accept rate (FAR)'),
    y: deviateAxis(lowFrr, high, 'False reject rate (FRR)'),
    marks: (place) => [
      polyline('chance', [Math.max(lowFar, lowFrr), high].map((rate) => [place.x(rate), place.y(rate)])),
      ...(curve.length > 1
        ? [polyline('curve', curve.map(({ far, frr }) => [place.x(far), place.y(frr)]))]
        : [text((place.area.left + place.area.right) / 2, (place.area.top + place.area.bottom) / 2, 'Fewer than 10 pairs err: too few to draw', 'middle')]),
      ...(report.eer >= Math.max(lowFar, lowFrr) && report.eer <= high ? eerPoint(place, { x: report.eer, y: report.eer, labelBelow: -8 }, report.eer) : []),
    ],
  });
}

/** Scores of both kinds of pairs, each as shares of its kind, with the recommended threshold and its interval. */
export function histogramPlot({ histogram, samePairs, differentPairs, threshold, thresholdInterval }: VerificationReport): string {
  const shares = { same: histogram.same.map((count) => count / samePairs), different: histogram.different.map((count) => count / differentPairs) };
  const filled = [...shares.same.keys()].filter((bin) => (shares.same[bin] ?? 0) + (shares.different[bin] ?? 0) > 0);
  const width = (histogram.high - histogram.low) / histogram.same.length;
  const edge = (bin: number): number => histogram.low + bin * width;
  const [first, last] = [Math.max(0, (filled[0] ?? 0) - 1), Math.min(histogram.same.length, (filled.at(-1) ?? 0) + 2)];
  const top = Math.max(...shares.same, ...shares.different) * 1.12;
  return plotSvg({
    description: `Scores of pairs of the same person and of different people; recommended threshold ${threshold.toFixed(3)}`,
    x: linearAxis(edge(first), edge(last), 'Cosine similarity', cosineTicks(edge(first), edge(last))),
    y: linearAxis(0, top, 'Share of the pairs of a kind', evenTicks(0, top).map((value) => ({ value, label: `${Number((100 * value).toFixed(1))} %` }))),
    marks: (place) => [
      '<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="hatch" x1="0" y1="0" x2="0" y2="5"/></pattern></defs>',
      ...(['same', 'different'] as const).map((kind) => steps(kind, shares[kind].slice(first, last), (bin) => place.x(edge(first + bin)), place)),
      thresholdMark(place, threshold, thresholdInterval),
    ],
  });
}

function rocBand({ rocBand: band }: VerificationReport, place: PlotPlace): string {
  if (band.length < 2) return '';
  const upper = band.map(({ far, high }) => `${pixel(place.x(far))},${pixel(place.y(high))}`);
  const lower = band.map(({ far, low }) => `${pixel(place.x(far))},${pixel(place.y(low))}`).reverse();
  return `<polygon class="band" points="${[...upper, ...lower].join(' ')}"/>`;
}

/** @param labelBelow pixels from the point down to its label, on the side where the curve is not */
function eerPoint(place: PlotPlace, { x, y, labelBelow }: { readonly x: number; readonly y: number; readonly labelBelow: number }, eer: number): string[] {
  const left = place.x(x) > place.area.left + 0.75 * (place.area.right - place.area.left);
  return [
    `<circle class="point" cx="${pixel(place.x(x))}" cy="${pixel(place.y(y))}" r="4"/>`,
    text(place.x(x) + (left ? -9 : 9), place.y(y) + labelBelow, `EER ${percent(eer)}`, left ? 'end' : 'start', 'strong'),
  ];
}

/** One kind's bins as an outline that returns to the axis. */
function steps(kind: 'same' | 'different', shares: readonly number[], x: (bin: number) => number, place: PlotPlace): string {
  const corners = shares.flatMap((share, bin) => [`${pixel(x(bin))},${pixel(place.y(share))}`, `${pixel(x(bin + 1))},${pixel(place.y(share))}`]);
  const points = [`${pixel(x(0))},${place.area.bottom}`, ...corners, `${pixel(x(shares.length))},${place.area.bottom}`].join(' ');
  return `<polygon class="${kind}" points="${points}"/>`;
}

/** At the edge where the threshold or its interval is beyond the scores. */
function thresholdMark({ x, area }: PlotPlace, threshold: number, interval: { readonly low: number; readonly high: number }): string {
  const inside = (value: number): number => Math.min(area.right, Math.max(area.left, x(value)));
  const [at, low, high] = [threshold, interval.low, interval.high].map(inside) as [number, number, number];
  const isRight = at > (area.left + area.right) / 2;
  return [
    `<rect class="interval" x="${pixel(low)}" width="${pixel(Math.max(1, high - low))}" y="${area.top}" height="${area.bottom - area.top}"/>`,
    `<line class="threshold" x1="${pixel(at)}" x2="${pixel(at)}" y1="${area.top}" y2="${area.bottom}"/>`,
    text(at + (isRight ? -8 : 8), area.top + 12, `threshold ${threshold.toFixed(3)}`, isRight ? 'end' : 'start', 'strong'),
  ].join('');
}

/** With the decimals that tell neighbours apart. */
function cosineTicks(low: number, high: number): { value: number; label: string }[] {
  const values = evenTicks(low, high);
  const step = (values[1] ?? 1) - (values[0] ?? 0);
  const decimals = Math.max(1, -Math.floor(Math.log10(step) + 1e-9));
  return values.map((value) => ({ value, label: value.toFixed(decimals) }));
}

/** Round numbers within a range, three to eight of them. */
function evenTicks(low: number, high: number): number[] {
  const rough = (high - low) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? rough;
  const start = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - start + 1 }, (_, index) => (start + index) * step);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 2 : 1)} %`;
}
