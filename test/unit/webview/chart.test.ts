import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { SmoothedColumn, smooth } from '../../../src/protocol/smoothed-column';
import { KeptPoints } from '../../../webview/training/chart/kept-points';
import { average, decimate, firstAtLeast, nearestIndex } from '../../../webview/training/chart/points';
import { chartsSvg } from '../../../webview/training/chart/svg-chart';
import { logTicks, niceCeiling, panned, zoomed } from '../../../webview/training/chart/range';
import { restoreViewState } from '../../../webview/training/view-state';

const curve = (values: readonly number[]): { x: Float64Array; y: Float64Array } => ({ x: Float64Array.from(values, (_, index) => index), y: Float64Array.from(values) });

describe('smooth', () => {
  test('starts at the first value and keeps a constant', () => {
    assert.deepEqual([...smooth(Float64Array.of(3, 3, 3), 0.9)].map((value) => Number(value.toFixed(12))), [3, 3, 3]);
  });

  test('weighs the first two values by 1 - w', () => {
    const [, second] = smooth(Float64Array.of(1, 2), 0.5);
    assert.ok(Math.abs((second as number) - 5 / 3) < 1e-12);
  });

  test('weight 0 changes nothing, gaps stay gaps and are not averaged', () => {
    assert.deepEqual([...smooth(Float64Array.of(1, 5, 2), 0)], [1, 5, 2]);
    const gapped = smooth(Float64Array.of(2, Number.NaN, 2), 0.9);
    assert.ok(Number.isNaN(gapped[1]));
    assert.ok(Math.abs((gapped[2] as number) - 2) < 1e-12);
  });
});

describe('SmoothedColumn', () => {
  test('goes on where it stopped, and starts anew when earlier values changed', () => {
    const values = Float64Array.from({ length: 300 }, (_, index) => (index % 50 === 7 ? Number.NaN : Math.sin(index) + 3));
    const column = new SmoothedColumn();
    for (const length of [0, 1, 120, 300]) assert.deepEqual(column.update(values.subarray(0, length), 0.9, 0).values, smooth(values.subarray(0, length), 0.9));
    const whole = column.update(values, 0.9, 0);
    assert.equal(whole.lowest, whole.values.findIndex((value) => value === Math.min(...whole.values.filter(Number.isFinite))));
    const changed = values.map((value) => value + 1);
    assert.deepEqual(column.update(changed, 0.9, 1).values, smooth(changed, 0.9));
    assert.deepEqual(column.update(changed, 0.5, 1).values, smooth(changed, 0.5));
  });
});

test('points are thinned again only when their name or range changes', () => {
  const kept = new KeptPoints();
  let made = 0;
  const [one, other] = [{}, {}];
  const draw = (source: object | undefined, name: string, to: number): void => {
    kept.begin();
    kept.get(source && { source, name }, [0, to], () => [{ x: ++made, y: 0 }]);
    kept.end();
  };
  for (const [source, name, to] of [[one, 'a', 1], [one, 'a', 1], [one, 'b', 1], [one, 'a', 1], [one, 'a', 2], [other, 'a', 2], [undefined, 'a', 2], [undefined, 'a', 2]] as const) draw(source, name, to);
  assert.equal(made, 7);
});

test('a picture has every run, its colours as they are, and texts that cannot break it', () => {
  const theme = { text: '#111', muted: '#222', grid: '', axis: '#333', background: '#fff', tint: '', runs: [], fontFamily: '"Noto Sans", sans-serif', fontSize: 11 };
  const points = { x: Float64Array.of(0, 5, 10), y: Float64Array.of(4, Number.NaN, 1) };
  const svg = chartsSvg([{
    title: 'Loss', input: {
      x: { from: 0, to: 10 }, y: { from: 0, to: 5 }, logY: false, theme, formatX: String, formatY: String,
      marks: { forks: [{ x: 5, title: '', note: '' }], checkpoints: [], broken: [], labelled: true },
      series: [{ runId: '1', runName: 'r<1>', style: { color: '#abcdef', dash: [7, 3] }, raw: points, curve: points, strength: 1 }],
    },
  }]);
  assert.match(svg, /r&lt;1&gt;/);
  assert.match(svg, /stroke="#abcdef" stroke-width="2" stroke-dasharray="7 3"/);
  assert.doesNotMatch(svg, /NaN|undefined|var\(|color-mix/);
  assert.equal(svg.match(/<path d="M[^"]*M[^"]*" stroke="#abcdef" stroke-width="1"/g)?.length, 1, 'a gap starts the line anew');
});

test('a picture with a logarithmic axis has labels within one power of ten', () => {
  const theme = { text: '#111', muted: '#222', grid: '', axis: '#333', background: '#fff', tint: '', runs: [], fontFamily: 'sans-serif', fontSize: 11 };
  const svg = chartsSvg([{ title: 'Loss', input: {
    x: { from: 0, to: 10 }, y: { from: 2.4, to: 6.2 }, logY: true, theme, formatX: (value) => `x${value}`, formatY: (value) => `y${value}`, series: [],
    marks: { forks: [], checkpoints: [], broken: [], labelled: false },
  } }]);
  assert.deepEqual(svg.match(/(?<=>)y\d(?=<)/g), ['y3', 'y4', 'y5', 'y6']);
});

describe('decimate', () => {
  test('keeps every extreme, in order, with few points a pixel', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 400 }), fc.integer({ min: 1, max: 20 }), (values, pixels) => {
      const kept = decimate(curve(values), 0, values.length - 1 || 1, pixels);
      assert.equal(Math.min(...kept.map(({ y }) => y)), Math.min(...values));
      assert.equal(Math.max(...kept.map(({ y }) => y)), Math.max(...values));
      assert.ok(kept.every(({ x }, index) => index === 0 || x > (kept[index - 1] as { x: number }).x));
      assert.ok(kept.length <= 5 * (pixels + 1));
      assert.deepEqual(kept.at(-1), { x: values.length - 1, y: values.at(-1) });
    }));
  });

  test('keeps a gap and the neighbours beyond the range', () => {
    const values = Array.from({ length: 100 }, (_, index) => (index === 55 ? Number.NaN : index));
    const kept = decimate(curve(values), 50, 60.5, 1);
    assert.equal(kept[0]?.x, 49);
    assert.equal(kept.at(-1)?.x, 61);
    assert.ok(kept.some(({ y }) => Number.isNaN(y)));
  });
});

describe('average', () => {
  test('gives one mean a column and the last point exactly', () => {
    const points = average(curve([1, 3, 5, 7, 9]), 0, 5, 2.5);
    assert.deepEqual(points, [{ x: 0.5, y: 2 }, { x: 2.5, y: 6 }, { x: 4, y: 9 }]);
  });

  test('a column without values is a gap', () => {
    assert.ok(Number.isNaN(average(curve([1, Number.NaN]), 0, 2, 2).at(-1)?.y));
  });
});

test('finding by binary search', () => {
  const values = Float64Array.of(1, 4, 9);
  assert.equal(firstAtLeast(values, 4), 1);
  assert.equal(firstAtLeast(values, 10), 3);
  assert.equal(nearestIndex(values, 6), 1);
  assert.equal(nearestIndex(values, 7), 2);
  assert.equal(nearestIndex(new Float64Array(0), 7), undefined);
});

describe('ranges', () => {
  const whole = { from: 0, to: 100 };
  test('zooming keeps the anchor in place', () => {
    assert.deepEqual(zoomed(whole, whole, 40, 0.5), { from: 20, to: 70 });
  });
  test('zooming out ends at the whole range', () => assert.equal(zoomed({ from: 20, to: 70 }, whole, 40, 4), undefined));
  test('panning stays within the whole range', () => {
    assert.deepEqual(panned({ from: 20, to: 70 }, whole, 50), { from: 50, to: 100 });
    assert.deepEqual(panned({ from: 20, to: 70 }, whole, -50), { from: 0, to: 50 });
  });
  test('a logarithmic axis has round labels within one power of ten and over many', () => {
    assert.deepEqual(logTicks({ from: 0.7, to: 6.5 }), [1, 2, 5]);
    assert.deepEqual(logTicks({ from: 2.4, to: 6.2 }), [3, 4, 5, 6]);
    assert.deepEqual(logTicks({ from: 0.012, to: 0.6 }), [0.02, 0.05, 0.1, 0.2, 0.5]);
    assert.deepEqual(logTicks({ from: 1e-3, to: 5 }), [1e-3, 1e-2, 0.1, 1]);
  });
  test('every logarithmic axis has two to six labels, all within it', () => {
    fc.assert(fc.property(fc.double({ min: -5, max: 3, noNaN: true }), fc.double({ min: 0.01, max: 6, noNaN: true }), (low, width) => {
      const range = { from: 10 ** low, to: 10 ** (low + width) };
      const found = logTicks(range);
      assert.ok(found.length >= 2 && found.length <= 6, `${found.length} labels for ${low} ${width}`);
      assert.ok(found.every((value) => value >= range.from * (1 - 1e-9) && value <= range.to * (1 + 1e-9)));
    }));
  });
  test('nice ceilings', () => {
    assert.deepEqual([0.07, 1, 4.1, 12, 83, 0, Number.NaN].map(niceCeiling), [0.08, 1, 5, 15, 100, 1, 1]);
  });
});

test('a kept view state of another version is read as far as it fits', () => {
  assert.deepEqual(restoreViewState({ smoothing: 5, logY: true, axis: 'time', hidden: ['a', 3], zoomX: [1, Number.NaN], zoomY: [1, 2] }), {
    smoothing: 0.9, logY: true, axis: 'time', hidden: ['a'], details: false, zoomY: [1, 2],
  });
  assert.equal(restoreViewState(undefined).axis, 'step');
});
