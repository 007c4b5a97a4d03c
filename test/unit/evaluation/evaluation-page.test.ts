import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { SeededRandom } from '../../../src/base/random';
import type { ScoredPair } from '../../../src/evaluation/evaluate-model';
import { evaluationPage } from '../../../src/evaluation/page/evaluation-page';
import { normalDeviate } from '../../../src/protocol/plot-frame';
import { detPlot, histogramPlot, rocPlot } from '../../../src/evaluation/page/plots';
import { worstPairs } from '../../../src/evaluation/page/worst-pairs';
import { verify, type VerificationReport } from '../../../src/evaluation/verification';

function exampleReport(pairs: number, distance = 0.4): VerificationReport {
  const random = new SeededRandom('page-example');
  const same = Uint8Array.from({ length: pairs }, (_, index) => index % 2);
  const scores = Float64Array.from(same, (flag) => distance * flag + 0.15 * random.normal());
  return verify(scores, same, Uint8Array.from(same, (_, index) => (index >> 1) % 10), { bootstrapSamples: 30 });
}

const reports = [exampleReport(4000), exampleReport(40), exampleReport(400, 3), verify([0.9, 0.8, 0.1, 0.2], [1, 1, 0, 0], [0, 1, 0, 1], { bootstrapSamples: 5 })];
/** As of a model that has only begun to learn. */
const beginner = verify(Array.from({ length: 200 }, (_, i) => 0.998 + 0.000_007 * i + (i % 2) * 1e-4), Array.from({ length: 200 }, (_, i) => i % 2 === 1), Array.from({ length: 200 }, (_, i) => (i >> 1) % 10), { bootstrapSamples: 5 });

test('scores that lie close together are told apart, by bars and by the figures on their axis', () => {
  assert.ok(beginner.histogram.same.filter((count) => count > 0).length > 20);
  const labels = [...histogramPlot(beginner).matchAll(/>(0\.\d+|1\.0+)</gu)].map(([, label]) => label);
  assert.ok(labels.length >= 3 && new Set(labels).size === labels.length, labels.join());
});

test('every plot is well formed and keeps its curves inside its frame, also with few or perfectly separated pairs', () => {
  for (const report of [...reports, beginner]) {
    for (const plot of [rocPlot, detPlot, histogramPlot]) {
      const svg = plot(report);
      assert.ok(!/NaN|Infinity|undefined/u.test(svg), plot.name);
      const stack: string[] = [];
      for (const [, closing, name = '', selfClosing] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/giu)) {
        if (closing) assert.equal(stack.pop(), name);
        else if (!selfClosing) stack.push(name);
      }
      assert.deepEqual(stack, []);
      for (const [, points = ''] of svg.matchAll(/points="([^"]*)"/gu)) {
        for (const [x = NaN, y = NaN] of points.split(' ').map((point) => point.split(',').map(Number))) {
          assert.ok(x >= 65.9 && x <= 506.1 && y >= 13.9 && y <= 286.1, `${plot.name}: ${x},${y}`);
        }
      }
    }
  }
});

test('normal deviates', () => {
  // Quantiles of the standard normal distribution from tables.
  for (const [share, deviate] of [[0.5, 0], [0.158655, -1], [0.0227501, -2], [0.00134990, -3], [0.975, 1.959964]] as const) {
    assert.ok(Math.abs(normalDeviate(share) - deviate) < 6e-4, String(share));
  }
});

test('the worst errors come first, and only errors are listed', () => {
  const pair = (a: string, same: boolean, score: number): ScoredPair => ({ a, b: 'b', same, score, fold: 0 });
  const pairs = [pair('1', false, 0.2), pair('2', false, 0.9), pair('3', false, 0.5), pair('4', true, 0.45), pair('5', true, 0.1), pair('6', true, 0.8), pair('7', false, 0.7)];
  const { falseAccepts, falseRejects, counts } = worstPairs(pairs, 0.5, 2);
  assert.deepEqual(falseAccepts.map(({ a }) => a), ['2', '7']);
  assert.deepEqual(falseRejects.map(({ a }) => a), ['5', '4']);
  assert.deepEqual(counts, { falseAccepts: 3, falseRejects: 2 });
});

test('the page states its figures, escapes names, and its policy allows its own style and nothing from outside', () => {
  const [report = assert.fail()] = reports;
  const falseAccept = { a: '<img src=x>/1.jpg', b: 'b"&/2.jpg', same: false, fold: 0, score: 0.91 };
  const page = evaluationPage({
    evaluation: { title: 'team <r09>', subject: 'Photos of people', report, facts: {}, scoredPairs: [] },
    worst: { falseAccepts: [falseAccept], falseRejects: [], counts: { falseAccepts: 1, falseRejects: 0 } },
    thumbnails: new Map([['b"&/2.jpg', Uint8Array.of(1, 2, 3)]]), facts: [['Fingerprint of the data', 'c0ffee']],
  });
  assert.ok(page.includes('team &lt;r09&gt;') && page.includes('&lt;img src=x&gt;') && !page.includes('<img src=x>'));
  assert.ok(page.includes('<img alt="b&quot;&amp;/2.jpg" src="data:image/jpeg;base64,AQID">'));
  for (const part of [report.auc.toFixed(4), report.threshold.toFixed(3), 'c0ffee', 'without shuffling', 'takes 10,000 pairs', 'None at this threshold', 'prefers-color-scheme: dark']) assert.ok(page.includes(part), part);
  const policy = /Content-Security-Policy" content="([^"]*)"/u.exec(page)?.[1] ?? '';
  assert.match(policy, /^default-src 'none'/u);
  const style = /<style>([\s\S]*)<\/style>/u.exec(page)?.[1] ?? '';
  assert.ok(policy.includes(`'sha256-${createHash('sha256').update(style).digest('base64')}'`), 'the policy names this style sheet');
  assert.doesNotMatch(page, /<script|https?:|\sstyle=|\son\w+=/u);
});
