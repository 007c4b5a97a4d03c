import { thinnedRoc, trueAcceptRateAt, type RocPoint } from './roc';
import type { VerificationReport } from './verification';

const width = 640;
const height = 480;
const plot = { left: 72, right: 616, top: 56, bottom: 420 } as const;
const mostPoints = 600;
const tarTicks = [0, 0.2, 0.4, 0.6, 0.8, 1] as const;

/** The ROC curve as a drawing: TAR over FAR on a logarithmic axis that begins where one pair of different people decides. */
export function rocSvg(title: string, report: VerificationReport): string {
  const decades = Math.max(1, Math.ceil(Math.log10(report.differentPairs) - 1e-9));
  const x = (far: number): number => plot.right + (Math.max(-decades, Math.log10(far)) / decades) * (plot.right - plot.left);
  const y = (tar: number): number => plot.bottom - tar * (plot.bottom - plot.top);
  const summary = `AUC ${report.auc.toFixed(4)}, EER ${(100 * report.eer).toFixed(2)} %, ${report.pairs} pairs`;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img"`,
    '  font-family="sans-serif" font-size="13" fill="#222222">',
    `<title>${escaped(`ROC curve of ${title}: ${summary}`)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${plot.left}" y="24" font-size="16" font-weight="bold">${escaped(title)}</text>`,
    `<text x="${plot.left}" y="44">${escaped(summary)}</text>`,
    ...tarTicks.map((tar) => horizontalLine(y(tar), `${Math.round(100 * tar)} %`)),
    ...Array.from({ length: decades + 1 }, (_, index) => verticalLine(x(10 ** (index - decades)), index === decades ? '1' : `1e-${decades - index}`)),
    label((plot.left + plot.right) / 2, height - 16, 'False accept rate (FAR)', ''),
    label(20, (plot.top + plot.bottom) / 2, 'True accept rate (TAR)', ` transform="rotate(-90 20 ${(plot.top + plot.bottom) / 2})"`),
    `<polyline fill="none" stroke="#0b62c4" stroke-width="2" points="${curvePoints(report, decades, x, y)}"/>`,
    `<circle cx="${fixed(x(Math.max(report.eer, Number.MIN_VALUE)))}" cy="${fixed(y(1 - report.eer))}" r="4" fill="#c43c0b"><title>Equal error rate</title></circle>`,
    '</svg>',
  ].join('\n')}\n`;
}

/** A line between two points of the curve is bent on a logarithmic axis, so points on it are added. */
function curvePoints(report: VerificationReport, decades: number, x: (far: number) => number, y: (tar: number) => number): string {
  const corners = thinnedRoc(report.roc, mostPoints).filter(({ far }) => far >= 10 ** -decades);
  const steps = 100;
  const between = Array.from({ length: steps + 1 }, (_, step) => {
    const far = 10 ** (-decades * (1 - step / steps));
    return { far, tar: trueAcceptRateAt(report.roc, far) };
  });
  return [...corners, ...between]
    .sort((first: Omit<RocPoint, 'threshold'>, second) => first.far - second.far || first.tar - second.tar)
    .map(({ far, tar }) => `${fixed(x(far))},${fixed(y(tar))}`)
    .join(' ');
}

function horizontalLine(y: number, text: string): string {
  const line = `<line x1="${plot.left}" y1="${fixed(y)}" x2="${plot.right}" y2="${fixed(y)}" stroke="#dddddd"/>`;
  return `${line}<text x="${plot.left - 8}" y="${fixed(y + 4)}" text-anchor="end">${text}</text>`;
}

function verticalLine(x: number, text: string): string {
  const line = `<line x1="${fixed(x)}" y1="${plot.top}" x2="${fixed(x)}" y2="${plot.bottom}" stroke="#dddddd"/>`;
  return `${line}<text x="${fixed(x)}" y="${plot.bottom + 20}" text-anchor="middle">${text}</text>`;
}

function label(x: number, y: number, text: string, attributes: string): string {
  return `<text x="${x}" y="${y}" text-anchor="middle"${attributes}>${text}</text>`;
}

function fixed(value: number): string {
  return value.toFixed(2);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
