import { createHash } from 'node:crypto';
import { Figures } from '../../protocol/figures';
import { escaped } from '../../protocol/plot-frame';
import type { Interval } from '../bootstrap';
import type { ScoredPair } from '../evaluate-model';
import type { EvaluationReport } from '../report';
import { methodSentences, protocolSentence } from '../report-wording';
import { pageStyle } from './page-style';
import { detPlot, histogramPlot, rocPlot } from './plots';
import type { WorstPairs } from './worst-pairs';

export interface PageContent {
  readonly evaluation: EvaluationReport;
  readonly worst: WorstPairs;
  /** JPEG of a photo's crop by its name, where pictures are wanted. */
  readonly thumbnails: ReadonlyMap<string, Uint8Array>;
  /** Facts about model and photos, by their names for people. */
  readonly facts: readonly (readonly [name: string, value: string])[];
}

const figures = new Figures('en');

/** An evaluation as one HTML page that loads nothing: style, drawings and pictures are in it, and its policy forbids all else. */
export function evaluationPage(content: PageContent): string {
  const { title } = content.evaluation;
  const styleHash = createHash('sha256').update(pageStyle).digest('base64');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${styleHash}'; img-src data:; base-uri 'none'; form-action 'none'">
<title>${escaped(`Verification of ${title}`)}</title>
<style>${pageStyle}</style>
</head>
<body>
<main>
${[header(content), plots(content), rates(content), errors(content), folds(content), details(content)].join('\n')}
</main>
</body>
</html>
`;
}

function header({ evaluation: { title, report, identification, subject } }: PageContent): string {
  const { accuracy, auc, eer, threshold } = report.intervals;
  const tar = report.tarAtFar.findLast(({ far }) => far >= 1e-3);
  const shown = [
    figure('Accuracy', figures.percentText(report.accuracy, 2), percentRange(accuracy), true),
    figure('Area under the curve', report.auc.toFixed(4), range(auc, 4), true),
    figure('Equal error rate', figures.percentText(report.eer, 2), percentRange(eer)),
    ...(tar ? [figure(`TAR at FAR ${tar.far.toExponential()}`, figures.percentText(tar.tar, 1), percentRange(tar.interval, 1))] : []),
    ...(identification ? [figure('Rank-1 identification', figures.percentText(identification.leaveOneOut.rank1, 1), percentRange(identification.leaveOneOut.rank1Interval, 1))] : []),
    figure('Recommended threshold', report.threshold.toFixed(3), range(threshold, 3)),
  ];
  return `<header>
<h1>${escaped(title)}</h1>
<p class="mute">${escaped(`${subject}: ${figures.count(report.samePairs)} pairs of the same person and ${figures.count(report.differentPairs)} of different people.`)}</p>
<dl class="figures">
${shown.join('\n')}
</dl>
</header>`;
}

function figure(name: string, value: string, interval: string, leads = false): string {
  return `<div><dt>${escaped(name)}</dt><dd${leads ? ' class="lead"' : ''}>${escaped(value)}<span>${escaped(interval)}</span></dd></div>`;
}

function plots({ evaluation: { report } }: PageContent): string {
  const undecided = figures.percentText(10 / report.differentPairs, 2);
  return `<section class="plots">
<figure><h2>Scores</h2>${histogramPlot(report)}<figcaption>Filled: the same person. Hatched: different people. Grey: 95 % interval of the threshold.</figcaption></figure>
<figure><h2>ROC</h2>${rocPlot(report)}<figcaption>Band: 95 % interval. The curve begins at FAR ${escaped(undecided)}; below it fewer than 10 pairs decide.</figcaption></figure>
<figure><h2>DET</h2>${detPlot(report)}<figcaption>Axes of normal deviates: lower left is better. Dotted: both errors alike.</figcaption></figure>
</section>`;
}

function rates({ evaluation: { report, identification } }: PageContent): string {
  const decided = report.tarAtFar.map(({ far, tar, interval, threshold }) => row([
    nonBreaking(far.toExponential()), figures.percentText(tar, 2), percentRange(interval), threshold.toFixed(4),
  ]));
  const undecided = report.undecidedRates.map(({ far, differentPairsNeeded }) => `<tr><td class="rate">${far.toExponential()}</td><td colspan="3" class="mute">takes ${figures.count(differentPairsNeeded)} pairs of different people; there are ${figures.count(report.differentPairs)}</td></tr>`);
  const table = `<div><h2>True accept rates</h2><div class="scroll"><table>
<thead><tr><th>FAR</th><th>TAR</th><th>95 % interval</th><th class="number">Threshold</th></tr></thead>
<tbody>${[...decided, ...undecided].join('\n')}</tbody></table></div></div>`;
  if (!identification) return `<section class="columns">${table}</section>`;
  const identified = ([['Each photo among all others', identification.leaveOneOut], ['First photo of each person as gallery', identification.galleryProbe]] as const)
    .map(([name, { probes, rank1, rank1Interval, rank5 }]) => row([
      name, `${figures.percentText(rank1, 1)} (${percentRange(rank1Interval, 1)})`, figures.percentText(rank5, 1), figures.count(probes),
    ]));
  return `<section class="columns">${table}<div><h2>Identification among ${figures.count(identification.people)} people</h2><div class="scroll"><table>
<thead><tr><th>Looked up</th><th>Rank 1</th><th>Rank 5</th><th class="number">Photos</th></tr></thead>
<tbody>${identified.join('\n')}</tbody></table></div></div></section>`;
}

function row(cells: readonly string[]): string {
  return `<tr>${cells.map((cell, index) => `<td${index === 0 ? '' : ` class="${index === cells.length - 1 ? 'number' : 'rate'}"`}>${escaped(cell)}</td>`).join('')}</tr>`;
}

function errors({ worst, thumbnails, evaluation: { report } }: PageContent): string {
  const list = (name: string, explanation: string, pairs: readonly ScoredPair[], count: number, of: number): string => `<div>
<h2>${name}: ${figures.count(count)} of ${figures.count(of)}</h2>
<p class="mute small">${explanation}</p>
${pairs.length === 0 ? '<p>None at this threshold.</p>' : `<ol class="pairs">${pairs.map((pair) => pairItem(pair, thumbnails)).join('\n')}</ol>`}
</div>`;
  return `<section class="columns">
${list('False accepts', 'Different people taken for the same, the most alike first.', worst.falseAccepts, worst.counts.falseAccepts, report.differentPairs)}
${list('False rejects', 'The same person not recognised, the least alike first.', worst.falseRejects, worst.counts.falseRejects, report.samePairs)}
</section>`;
}

function pairItem({ a, b, score }: ScoredPair, thumbnails: ReadonlyMap<string, Uint8Array>): string {
  const picture = (name: string): string => {
    const bytes = thumbnails.get(name);
    return bytes ? `<img alt="${escaped(name)}" src="data:image/jpeg;base64,${Buffer.from(bytes).toString('base64')}">` : '';
  };
  return `<li>${picture(a)}${picture(b)}<span class="names">${escaped(a)}<br>${escaped(b)}</span><span class="score">${score.toFixed(3)}</span></li>`;
}

function folds({ evaluation: { report } }: PageContent): string {
  const names = report.folds.map((_, index) => `<th class="number">${index + 1}</th>`).join('');
  const cells = (values: readonly string[]): string => values.map((value) => `<td class="number">${value}</td>`).join('');
  return `<section><h2>Folds</h2><div class="scroll"><table>
<thead><tr><th>Fold</th>${names}</tr></thead>
<tbody><tr><td>Accuracy</td>${cells(report.folds.map(({ accuracy }) => figures.percentText(accuracy, 1)))}</tr>
<tr><td>Threshold of the others</td>${cells(report.folds.map(({ threshold }) => threshold.toFixed(3)))}</tr></tbody></table></div>
<p class="mute small">Mean ${escaped(figures.percentText(report.accuracy, 2))}, standard deviation ${escaped(figures.percentText(report.accuracyDeviation, 2))}.</p></section>`;
}

function details({ evaluation, facts }: PageContent): string {
  return `<section><h2>How this was measured</h2>
<p>${escaped(protocolSentence(evaluation.report))}</p>
${methodSentences(evaluation).map((sentence) => `<p>${escaped(sentence)}</p>`).join('\n')}
<dl class="facts">
${facts.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join('\n')}
</dl></section>`;
}

function percentRange({ low, high }: Interval, decimals = 2): string {
  return `${figures.fixed(100 * low, decimals)} to ${figures.percentText(high, decimals)}`;
}

function range({ low, high }: Interval, decimals: number): string {
  return `${low.toFixed(decimals)} to ${high.toFixed(decimals)}`;
}

/** 1e-3 with a hyphen at which no line ends. */
function nonBreaking(rate: string): string {
  return rate.replace('-', '\u2011');
}
