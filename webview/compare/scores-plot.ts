import { linearAxis, pixel, plotSvg, text, type PlotFrame, type PlotPlace } from '../../src/protocol/plot-frame';
import { scoreBins, type HistogramBin, type ScoreProfile } from '../../src/protocol/score-profile';

export interface ScoresInput {
  readonly profile: ScoreProfile;
  readonly threshold: number;
  readonly thresholdText: string;
  readonly description: string;
  readonly labels: { readonly axis: string; readonly same: string; readonly different: string };
  readonly colors: { readonly same: string; readonly different: string };
  readonly formatCosine: (cosine: number) => string;
  readonly width: number;
  readonly height: number;
}

const tickDistance = 0.2;
/** Room beside the outermost scores. */
const rangeMargin = 0.02;
/** Width of the pill that holds the threshold. */
const pillWidth = 44;
/** Of a letter of a label, at most. */
const letterWidth = 8;

export function scoresFrame(width: number, height: number): PlotFrame {
  // Half a pill fits beside the axis on both sides.
  return { width, height, area: { left: pillWidth / 2, right: width - pillWidth / 2, top: 8, bottom: height - 46 } };
}

/** Range of the axis: all scores and the threshold, to round numbers. */
export function scoresRange(profile: ScoreProfile, threshold: number): { from: number; to: number } {
  const bins = scoreBins(profile);
  const low = Math.min(bins[0]?.from ?? 0, threshold) - rangeMargin;
  const high = Math.max(bins.at(-1)?.to ?? 1, threshold) + rangeMargin;
  return { from: Math.max(-1, Math.floor(low * 10) / 10), to: Math.min(1, Math.ceil(high * 10) / 10) };
}

/** Scores of both kinds of pairs as shares of their kind: hatched for different people, filled for the same person, and the threshold between. */
export function scoresPlot(input: ScoresInput): string {
  const { profile, threshold, labels, width, height } = input;
  const bins = scoreBins(profile);
  const { from, to } = scoresRange(profile, threshold);
  const top = Math.max(0.01, ...bins.flatMap(({ same, different }) => [same, different])) * 1.12;
  const first = Math.ceil(from / tickDistance - 1e-9);
  const ticks = Array.from({ length: Math.floor(to / tickDistance + 1e-9) - first + 1 }, (_, index) => ((first + index) * tickDistance)).map((value) => ({ value, label: input.formatCosine(value) }));
  return plotSvg({
    description: input.description,
    x: linearAxis(from, to, labels.axis, ticks),
    y: linearAxis(0, top, '', []),
    marks: (place) => [
      `<defs><pattern id="different" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V5" stroke="${input.colors.different}" stroke-width="2.4"/></pattern></defs>`,
      ...bins.map((bin) => bar(place, bin, bin.different, 'fill="url(#different)"', input.colors.different)),
      ...bins.map((bin) => bar(place, bin, bin.same, `fill="${input.colors.same}" fill-opacity="0.55"`, input.colors.same)),
      thresholdMark(place, input),
    ],
  }, scoresFrame(width, height));
}

function bar({ x, y, area }: PlotPlace, { from, to }: HistogramBin, share: number, fill: string, stroke: string): string {
  if (share === 0) return '';
  return `<rect x="${pixel(x(from) + 0.5)}" width="${pixel(Math.max(1, x(to) - x(from) - 1))}" y="${pixel(y(share))}" height="${pixel(area.bottom - y(share))}" ${fill} stroke="${stroke}" stroke-width="0.75"/>`;
}

function thresholdMark({ x, area }: PlotPlace, { threshold, thresholdText, labels, width }: ScoresInput): string {
  const at = x(threshold);
  return [
    `<line class="threshold" x1="${pixel(at)}" x2="${pixel(at)}" y1="${area.top}" y2="${area.bottom + 2}"/>`,
    sideLabel(at, area.top, -1, labels.different, at),
    sideLabel(at, area.top, 1, labels.same, width - at),
    `<rect class="pill-ground" x="${pixel(at - pillWidth / 2)}" y="${area.bottom - 9}" width="${pillWidth}" height="18" rx="9"/>`,
    text(at, area.bottom + 4, thresholdText, 'middle', 'pill-text'),
  ].join('');
}

/** Names the pairs of one side of the threshold: there, or where that side is too narrow, in a second line across with an arrow. @param side -1 left, 1 right */
function sideLabel(at: number, top: number, side: -1 | 1, label: string, room: number): string {
  const gap = 8;
  const isLeft = side < 0;
  if (label.length * letterWidth + gap <= room) return text(at + side * gap, top + 10, label, isLeft ? 'end' : 'start', 'strong');
  return text(at - side * gap, top + 28, isLeft ? `← ${label}` : `${label} →`, isLeft ? 'start' : 'end', 'strong');
}
