import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { average, decimate, firstAtLeast, nearestIndex, smooth } from '../../../webview/training/chart/points';
import { niceCeiling, panned, zoomed } from '../../../webview/training/chart/range';
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
  test('nice ceilings', () => {
    assert.deepEqual([0.07, 1, 4.1, 12, 83, 0, Number.NaN].map(niceCeiling), [0.08, 1, 5, 15, 100, 1, 1]);
  });
});

test('a kept view state of another version is read as far as it fits', () => {
  assert.deepEqual(restoreViewState({ smoothing: 5, logY: true, axis: 'time', hidden: ['a', 3], zoomX: [1, Number.NaN], zoomY: [1, 2] }), {
    smoothing: 0.9, logY: true, axis: 'time', hidden: ['a'], zoomY: [1, 2],
  });
  assert.equal(restoreViewState(undefined).axis, 'step');
});
