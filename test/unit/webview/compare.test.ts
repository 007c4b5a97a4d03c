import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CompareMessage, CompareRow } from '../../../src/protocol/compare-panel';
import { ScoreProfiler } from '../../../src/protocol/score-profile';
import type { ChartTheme } from '../../../webview/common/chart-style';
import { curvesPlot } from '../../../webview/compare/curves-plot';
import { pageModel, rowStyle, tickedRows, withTick } from '../../../webview/compare/page-model';
import { scoresPlot, scoresRange } from '../../../webview/compare/scores-plot';
import { standaloneSvg } from '../../../webview/compare/standalone-svg';

const theme: ChartTheme = {
  text: '#111', muted: '#444', grid: '#ccc', axis: '#999', background: '#fff', tint: '#eee', fontFamily: '"A B", sans-serif', fontSize: 11,
  runs: [{ color: 'blue', dash: [] }, { color: 'purple', dash: [7, 3] }, { color: 'green', dash: [9, 3] }, { color: 'orange', dash: [2, 3] }],
};

function row(id: string, tar: number | undefined, form: 'float' | 'kmodel' = 'float', run = id): CompareRow {
  const common = { id, run, name: run, form, state: 'finished' as const, isStarred: false, hasModel: true };
  if (tar === undefined) return { ...common, facts: {} };
  return { ...common, facts: { tar }, evaluation: { fingerprint: 'f', people: 4, samePairs: 100, differentPairs: 1000, threshold: 0.4137, equalErrorThreshold: 0.3, isStale: false, curve: [[0.01, tar], [0.1, 0.9], [1, 1]], tarAtFar: [{ far: 0.01, tar }] } };
}

const rows = [row('a', 0.5), row('b', 0.8), row('b.kmodel', 0.7, 'kmodel', 'b'), row('c', undefined), row('d', 0.6), row('e', 0.4)];
const message: Extract<CompareMessage, { kind: 'rows' }> = { kind: 'rows', runs: [], rows };

describe('what the page shows', () => {
  test('at first the four best that have curves, best first, and the recommended threshold of the best', () => {
    const model = pageModel(message, {});
    assert.deepEqual(model.shown.map(({ id }) => id), ['b', 'b.kmodel', 'd', 'a']);
    assert.deepEqual([model.focused?.id, model.threshold], ['b', 0.41]);
    assert.deepEqual(model.sorted.at(-1)?.id, 'c');
  });

  test('ticks are kept by hand from the first one on', () => {
    const hidden = withTick(rows, {}, 'd', false);
    assert.deepEqual([...tickedRows(rows, { hidden })], ['a', 'b', 'b.kmodel']);
    assert.deepEqual([...tickedRows(rows, { hidden: withTick(rows, { hidden }, 'e', true) })], ['a', 'b', 'b.kmodel', 'e']);
  });

  test('the user\'s threshold holds, and rows that are gone are not focused', () => {
    const model = pageModel(message, { threshold: 0.2, focused: 'gone' });
    assert.deepEqual([model.focused?.id, model.threshold], ['b', 0.2]);
    assert.equal(pageModel({ ...message, rows: [] }, { threshold: 0.2 }).threshold, undefined);
  });

  test('a .kmodel has the colour of its run and a dash of its own', () => {
    const styles = rows.map((each) => rowStyle(rows, each, theme));
    assert.deepEqual(styles.map(({ color }) => color), ['blue', 'purple', 'purple', 'green', 'orange', 'blue']);
    assert.deepEqual([styles[2]?.dash, styles[0]?.dash], [[3, 3], []]);
    assert.notDeepEqual(styles[5], styles[0], 'the fifth run repeats a colour with another dash');
  });
});

describe('drawings', () => {
  const curves = (kind: 'roc' | 'det'): string => curvesPlot({
    rows: [{ row: rows[0] as CompareRow, style: theme.runs[1] ?? { color: '', dash: [] } }], kind, description: 'a <b>', axisTitle: 'FAR', mark: { rate: 0.01, label: 'FAR 1e-2' },
    formatShare: (share) => `${Math.round(share * 100)} %`, width: 400, height: 300,
  });

  test('a ROC begins where pairs decide and ends at 1, in its colour and dash', () => {
    const [, dash, points = ''] = /stroke="purple"[^>]*stroke-dasharray="([^"]*)" points="([^"]*)"/.exec(curves('roc')) ?? [];
    assert.equal(dash, '7 3');
    const places = points.split(' ').map((point) => point.split(',').map(Number));
    assert.equal(places.length, 3);
    assert.deepEqual(places.at(-1), [392, 8]);
    assert.equal(places[0]?.[0], 44);
    assert.match(curves('roc'), /<circle class="dot"/);
    assert.doesNotMatch(curves('roc'), /<b>/);
  });

  test('a DET falls', () => {
    const [, points = ''] = / points="([^"]*)"/.exec(curves('det')) ?? [];
    const heights = points.split(' ').map((point) => Number(point.split(',')[1]));
    assert.ok(heights.every((height, index) => index === 0 || height > (heights[index - 1] ?? 0)), points);
  });

  const profiler = new ScoreProfiler();
  for (const [score, same] of [[0.1, false], [0.15, false], [0.6, true], [0.8, true]] as const) profiler.add(score, same);
  const profile = profiler.profile();
  const drawn = (threshold: number): string => scoresPlot({
    profile, threshold, thresholdText: threshold.toFixed(2), description: 'scores', labels: { axis: 'cosine', same: 'same', different: 'different' }, colors: { same: 'blue', different: 'orange' },
    formatCosine: (value) => value.toFixed(1), width: 400, height: 300,
  });
  const scores = drawn(0.4);

  test('scores have bars of both kinds and the threshold', () => {
    assert.equal(scores.match(/fill="url\(#different\)"/g)?.length, 2);
    assert.equal(scores.match(/fill="blue"/g)?.length, 2);
    assert.match(scores, />0\.40</);
    assert.deepEqual(scoresRange(profile, -0.5).from, -0.6);
  });

  test('the names of both sides stay within the drawing when the threshold is at its edge', () => {
    const names = (svg: string): string[] => [...svg.matchAll(/text-anchor="(\w+)"[^>]*>([^<]*(?:same|different)[^<]*)</g)].map(([, anchor, label]) => `${anchor ?? ''} ${label ?? ''}`);
    assert.deepEqual(names(scores), ['end different', 'start same']);
    assert.deepEqual(names(drawn(0.99)), ['end different', 'end same →']);
    assert.deepEqual(names(drawn(-0.9)), ['start ← different', 'start same']);
  });

  test('a saved drawing has a size, colours and a ground of its own', () => {
    const saved = standaloneSvg(scores, theme);
    assert.match(saved, /^<svg width="400" height="300" xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    assert.match(saved, /<style>[^<]*\.threshold\{stroke:#111/);
    assert.match(saved, /<rect width="400" height="300" fill="#fff"\/>/);
    assert.doesNotMatch(saved, /var\(/);
    assert.equal(standaloneSvg('', theme), '');
  });
});
