import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { RunHistory, chartColumns } from '../../../src/protocol/run-history';
import { SmoothedColumn, smooth, smoothedLowest } from '../../../src/protocol/smoothed-column';
import { thinHistory } from '../../../src/protocol/thinned-history';
import { decimate } from '../../../webview/training/chart/points';
import { testStep } from '../../support/run-samples';

function historyOf(losses: readonly (number | null)[]): RunHistory {
  const history = new RunHistory();
  losses.forEach((loss, index) => history.apply(testStep(index + 1, { loss })));
  return history;
}

/** A falling loss with noise, without a random source. */
const noisy = (steps: number): number[] => Array.from({ length: steps }, (_, index) => 0.3 + 4 * Math.exp(-index / 3000) * (1 + 0.3 * Math.sin(index * 12.9898)));

describe('thinHistory', () => {
  test('leaves a short history as it is', () => {
    const history = historyOf(noisy(3000));
    assert.deepEqual(thinHistory(history), history.toData());
  });

  test('has every step in some row, with its extremes, and the newest steps one by one', () => {
    const losses: (number | null)[] = noisy(20_000);
    for (const at of [7000, 7001, 9000]) losses[at] = null;
    for (const at of [5000, 12_345]) losses[at] = 0;
    losses[8123] = 1e6;
    const history = historyOf(losses);
    const thinned = new RunHistory(thinHistory(history));
    assert.ok(thinned.length < 3200, `${thinned.length} rows`);
    assert.equal(thinned.stepCount, 20_000);
    const { groups } = thinned;
    const [step, loss] = [thinned.column('step'), thinned.column('loss')];
    let begin = 0;
    groups?.counts.forEach((count, row) => {
      const own = history.column('loss').subarray(begin, begin + count);
      const finite = own.filter(Number.isFinite);
      assert.equal(step[row], begin + count);
      assert.ok(finite.length === 0 || finite.length === count, 'a gap is a row of its own');
      assert.ok(own.every((value) => value === 0) || !own.includes(0), 'so is a loss of 0');
      const [low, high] = [groups.low.loss?.[row], groups.high.loss?.[row]];
      if (finite.length > 0) assert.deepEqual([low, high], [Math.min(...finite), Math.max(...finite)]);
      assert.ok(finite.length === 0 ? Number.isNaN(loss[row]) : Math.abs((loss[row] as number) - finite.reduce((sum, value) => sum + value, 0) / count) < 1e-9 * Math.abs(loss[row] as number) + 1e-12);
      begin += count;
    });
    assert.deepEqual(loss.subarray(groups?.counts.length), history.column('loss').subarray(begin));
    assert.equal(groups?.counts[0], 1, 'the first loss is said on the page');
    assert.ok(20_000 - begin >= 512);
  });

  test('a spike of one step is drawn at any width', () => {
    fc.assert(fc.property(fc.nat(19_999), fc.integer({ min: 50, max: 900 }), fc.boolean(), (at, pixels, isUp) => {
      const losses = noisy(20_000);
      losses[at] = isUp ? 99 : 0.001;
      const thinned = new RunHistory(thinHistory(historyOf(losses), { columns: chartColumns }));
      const [low, high] = [thinned.groups?.low.loss, thinned.groups?.high.loss];
      const drawn = decimate({ x: thinned.column('step'), y: thinned.column('loss'), ...(low && high ? { bounds: { low, high } } : {}) }, 0, 20_000, pixels);
      const values = drawn.map(({ y }) => y);
      assert.equal(isUp ? Math.max(...values) : Math.min(...values), losses[at]);
      assert.ok(drawn.every(({ x }, index) => index === 0 || x >= (drawn[index - 1]?.x ?? 0)));
    }), { numRuns: 15 });
  });

  test('goes on step by step, and its smoothed end is that of all steps', () => {
    const history = historyOf(noisy(30_000));
    const page = new RunHistory(structuredClone(thinHistory(history)));
    for (const each of [history, page]) for (let step = 30_001; step <= 30_050; step++) each.apply(testStep(step));
    assert.equal(page.stepCount, history.length);
    assert.deepEqual(page.column('elapsedMs').subarray(-50), history.column('elapsedMs').subarray(-50));
    for (const weight of [0, 0.5, 0.9, 0.99]) {
      const [all, rows] = [smooth(history.column('loss'), weight), new SmoothedColumn().update(page.column('loss'), weight, 0, page.groups?.counts).values];
      assert.ok(Math.abs((all.at(-1) as number) - (rows.at(-1) as number)) < 1e-4, `weight ${weight}`);
    }
  });

  test('the smoothed curve of the rows keeps to that of all steps', () => {
    const history = historyOf(noisy(100_000));
    const page = new RunHistory(thinHistory(history));
    const all = smooth(history.column('loss'), 0.99);
    const { values } = new SmoothedColumn().update(page.column('loss'), 0.99, 0, page.groups?.counts);
    const steps = page.column('step');
    values.forEach((value, row) => assert.ok(Math.abs(value - (all[(steps[row] as number) - 1] as number)) < 0.02 * value, `row ${row}`));
  });

  test('a part of it has the rows that are asked for', () => {
    const history = historyOf(noisy(100_000));
    const part = new RunHistory(thinHistory(history, { columns: chartColumns, rows: { from: 50_000, to: 52_000 }, groupRows: 8192 }));
    assert.deepEqual([part.groups, part.length, part.column('step')[0]], [undefined, 2000, 50_001]);
    assert.deepEqual(part.column('loss'), history.column('loss').subarray(50_000, 52_000));
  });
});

test('the lowest smoothed value is found among all steps', () => {
  const losses = Float64Array.from(noisy(5000));
  const smoothed = smooth(losses, 0.9);
  assert.deepEqual(smoothedLowest(losses, 0.9), { index: smoothed.indexOf(Math.min(...smoothed)), value: Math.min(...smoothed) });
  assert.equal(smoothedLowest(Float64Array.of(Number.NaN), 0.9), undefined);
});
