import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { SeededRandom } from '../../../src/base/random';
import { parsePairs } from '../../../src/evaluation/pair-file';
import { reportJson, reportText, rocCsv, writeReport } from '../../../src/evaluation/report';
import { rocSvg } from '../../../src/evaluation/roc-svg';
import { verify, type VerificationReport } from '../../../src/evaluation/verification';

let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'evaluation-report-'));
});
after(() => rm(folder, { recursive: true, force: true }));

function exampleReport(pairs = 4000): VerificationReport {
  const random = new SeededRandom('report-example');
  const same = Uint8Array.from({ length: pairs }, (_, index) => index % 2);
  const scores = Float64Array.from(same, (flag) => 0.4 * flag + 0.15 * random.normal());
  return verify(scores, same, Uint8Array.from(same, (_, index) => (index >> 1) % 10), { bootstrapSamples: 50 });
}

test('the text names every figure', () => {
  const report = exampleReport();
  const text = reportText('my model', report);
  assert.match(text, /^Verification of my model\n/u);
  assert.match(text, /4000 \(2000 of the same person, 2000 of different people\)/u);
  assert.ok(text.includes(`${(100 * report.accuracy).toFixed(2)} %`) && text.includes(report.auc.toFixed(5)) && text.includes(report.threshold.toFixed(4)));
  assert.match(text, /TAR at FAR 1e-2 .* %/u);
  assert.match(text, /TAR at FAR 1e-3 +takes 10000 pairs of different people, there are 2000/u);
  assert.match(text, /Intervals +95 %, bootstrap of pairs, \d+ draws/u);
});

test('the JSON object survives JSON and holds the figures', () => {
  const report = exampleReport();
  const json = JSON.parse(JSON.stringify(reportJson(report))) as Record<string, unknown>;
  assert.deepEqual(json, reportJson(report));
  for (const key of ['pairs', 'accuracy', 'accuracyDeviation', 'auc', 'eer', 'threshold', 'thresholdInterval', 'tarAtFar', 'histogram']) assert.ok(key in json, key);
});

test('the CSV holds the whole curve in order', () => {
  const [header, first, ...rows] = rocCsv(exampleReport()).trimEnd().split('\n');
  assert.equal(header, 'far,tar,threshold');
  assert.equal(first, '0,0,inf');
  const values = rows.map((row) => row.split(',').map(Number));
  assert.ok(values.length > 50 && values.every((row) => row.length === 3 && row.every(Number.isFinite)));
  assert.deepEqual(values.at(-1)?.slice(0, 2), [1, 1]);
});

test('the drawing is well formed, escapes the title and stays inside its frame', () => {
  for (const report of [exampleReport(), exampleReport(40), verify([0.9, 0.8, 0.1, 0.2], [1, 1, 0, 0], [0, 1, 0, 1])]) {
    const svg = rocSvg('<a & b>', report);
    assert.ok(svg.includes('&lt;a &amp; b&gt;') && !svg.includes('<a &'));
    assert.ok(!/NaN|Infinity|undefined/u.test(svg));
    const stack: string[] = [];
    for (const [, closing, name = '', selfClosing] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/gu)) {
      if (closing) assert.equal(stack.pop(), name);
      else if (!selfClosing) stack.push(name);
    }
    assert.deepEqual(stack, []);
    const points = (/points="([^"]+)"/u.exec(svg)?.[1] ?? '').split(' ').map((point) => point.split(',').map(Number));
    assert.ok(points.length > 50);
    for (const [x = -1, y = -1] of points) assert.ok(x >= 72 && x <= 616 && y >= 56 && y <= 420, `${x},${y}`);
  }
});

test('the files are written beside what is in the folder', async () => {
  const own = path.join(folder, 'out');
  await writeReport(own, { title: 'm', subject: 's', report: exampleReport(), facts: { model: 'm' }, scoredPairs: [] });
  await writeFile(path.join(own, 'note.txt'), 'mine');
  const scoredPairs = [{ a: 'x, y/1.jpg', b: 'z/1.jpg', same: false, fold: 0, score: 0.25 }];
  const written = await writeReport(own, { title: 'm', subject: 's', report: exampleReport(), facts: { model: 'm' }, scoredPairs });
  assert.deepEqual((await readdir(own)).sort(), ['note.txt', 'report.json', 'report.txt', 'roc.csv', 'roc.svg', 'scores.csv']);
  assert.deepEqual(written.map((file) => path.basename(file)).sort(), ['report.json', 'report.txt', 'roc.csv', 'roc.svg', 'scores.csv']);
  assert.deepEqual(parsePairs(await readFile(path.join(own, 'scores.csv'), 'utf8'), 'scores.csv').pairs, [{ a: 'x, y/1.jpg', b: 'z/1.jpg', same: false, fold: 0 }]);
  const json = JSON.parse(await readFile(path.join(own, 'report.json'), 'utf8')) as { model: string; curve: { roc: { threshold: number | null }[] } };
  assert.equal(json.model, 'm');
  assert.equal(json.curve.roc[0]?.threshold, null);
});
